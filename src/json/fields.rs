//! The fields of a JSON object, each of a known name, read one after another.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::params::ParameterSet;

/// The most bytes of parameters in JSON.
const MAX_PARAMS: usize = 1 << 20;

/// The fields of a JSON object, each of a known name and at most once, whose values are not read yet: so that what a
/// hostile text costs is bounded by what is asked of it.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    fields: Vec<(&'static str, &'a RawValue)>,
    labels: &'a [(&'static str, &'static str)],
}

impl<'a> Fields<'a> {
    /// Looks through `what`, an object in JSON whose fields may be those `known`.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for what is no object in JSON, and for a field that is not
    /// known or comes twice.
    pub fn read(what: &str, json: &'a str, known: &[&'static str]) -> Result<Self> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let read = Known(known).deserialize(&mut reader);
        let read = read.and_then(|fields| reader.end().map(|()| fields));
        let fields = read.map_err(|error| Error::parameter(format!("{what} cannot be read: {error}")))?;
        Ok(Self { fields, labels: &[] })
    }

    /// Fields that are known, and what errors call some of them.
    pub fn renamed(
        fields: Vec<(&'static str, &'a RawValue)>,
        labels: &'a [(&'static str, &'static str)],
    ) -> Self {
        Self { fields, labels }
    }

    /// What errors call a field.
    pub fn label(&self, name: &'static str) -> &'static str {
        self.labels.iter().find(|(field, _)| *field == name).map_or(name, |(_, label)| label)
    }

    /// The names of the fields that were not taken.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(name, _)| *name)
    }

    /// Takes a field as it stands in the text; null counts as left out.
    pub fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let at = self.fields.iter().position(|(field, _)| *field == name)?;
        let (_, value) = self.fields.swap_remove(at);
        (value.get() != "null").then_some(value)
    }

    /// Takes and reads a field.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) naming the field when it has another type.
    pub fn get<T: Deserialize<'a>>(&mut self, name: &'static str) -> Result<Option<T>> {
        let read = self.take(name).map(|value| serde_json::from_str(value.get())).transpose();
        read.map_err(|error| Error::parameter(format!("`{}` cannot be read: {error}", self.label(name))))
    }

    /// Takes a text.
    ///
    /// # Errors
    /// Those of [`get`](Self::get).
    pub fn text(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>> {
        Ok(self.get::<Text>(name)?.map(|Text(text)| text))
    }

    /// Takes a text that must be there.
    ///
    /// # Errors
    /// Those of [`get`](Self::get), and [`InvalidParameter`](ErrorKind::InvalidParameter) when there is none.
    pub fn required(&mut self, name: &'static str) -> Result<Cow<'a, str>> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// The error of a field that must be there and is not.
    pub fn missing(&self, name: &'static str) -> Error {
        Error::parameter(format!("`{}` is missing: it must be given", self.label(name)))
    }

    /// Takes a parameter set, and the names that its text has; the defaults where it is left out.
    ///
    /// # Errors
    /// Those of [`params`].
    pub fn params<P: ParameterSet>(&mut self, name: &'static str) -> Result<(P, Fields<'a>)> {
        let json = self.take(name).map_or("{}", RawValue::get);
        let set = params(json).map_err(|error| error.context(self.label(name)))?;
        let known: Vec<_> = P::parameters().iter().map(|parameter| parameter.name).collect();
        Ok((set, Fields::read(name, json, &known)?))
    }
}

/// Reads a parameter set.
///
/// # Errors
/// Those of [`ParameterSet::from_json`], and [`LimitExceeded`](ErrorKind::LimitExceeded) above 1 MiB.
fn params<P: ParameterSet>(json: &str) -> Result<P> {
    if json.len() <= MAX_PARAMS {
        return P::from_json(json);
    }
    Err(Error::new(
        ErrorKind::LimitExceeded,
        format!("the parameters have {} bytes, and at most {MAX_PARAMS} are allowed", json.len()),
    ))
}

/// A text that is borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads an object whose fields have these names.
struct Known<'k>(&'k [&'static str]);

impl<'de> DeserializeSeed<'de> for Known<'_> {
    type Value = Vec<(&'static str, &'de RawValue)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Known<'_> {
    type Value = Vec<(&'static str, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Self::Value = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            let Some(known) = self.0.iter().find(|known| **known == name) else {
                let known = self.0.join(", ");
                return Err(A::Error::custom(format!("it has no field `{name:.80}`, but {known}")));
            };
            if fields.iter().any(|(field, _)| field == known) {
                return Err(A::Error::custom(format!("`{known}` comes twice")));
            }
            fields.push((known, map.next_value()?));
        }
        Ok(fields)
    }
}
