//! What a parameter is, and the declaration that makes a set of them.

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::choice::Choice;
use crate::error::{Error, Result};

/// One parameter of a set, as the command line and documentation see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name in Rust, C and JSON; the command line writes it with hyphens.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The smallest and largest number, where it is a number or a list of numbers.
    pub range: Option<(f64, f64)>,
    /// The default, in JSON; null for "not given".
    pub default: Value,
    /// The parameters of the set that it is, if it is one.
    pub set: Vec<Parameter>,
}

/// What values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Any text: a model's name or a path.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Several of these words, each once.
    Choices(&'static [&'static str]),
    /// Several texts of this form.
    Texts(&'static str),
    /// Several whole numbers.
    Integers,
    /// Exactly this many numbers.
    Numbers(usize),
    /// Another parameter set.
    Set,
}

/// A pipeline's parameter set.
pub trait ParameterSet: Default + Serialize + DeserializeOwned {
    /// Every parameter, in the order of its declaration.
    fn parameters() -> Vec<Parameter>;

    /// Checks every value against its range.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) naming the parameter, its value and its range.
    fn validate(&self) -> Result<()>;

    /// Reads and validates a JSON object; what it leaves out has its default.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) naming an unknown field, a wrong type or a value
    /// out of range.
    fn from_json(json: &str) -> Result<Self> {
        let params: Self = serde_json::from_str(json).map_err(|error| {
            let reason = field_at_fault::<Self>(json).unwrap_or_else(|| error.to_string());
            Error::parameter(format!("the parameters are not valid: {reason}"))
        })?;
        params.validate()?;
        Ok(params)
    }

    /// The set as a JSON object.
    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("a parameter set is plain data"))
    }
}

/// A type that a parameter may have.
pub trait ParameterType {
    /// What values it takes.
    const KIND: Kind;

    /// The parameters of the set that it is, if it is one.
    fn set() -> Vec<Parameter> {
        Vec::new()
    }

    /// Checks the value against the range of its declaration.
    fn check(&self, _name: &str, _range: Option<(f64, f64)>) -> Result<()> {
        Ok(())
    }
}

impl ParameterType for bool {
    const KIND: Kind = Kind::Bool;
}

impl ParameterType for String {
    const KIND: Kind = Kind::Text;
}

impl ParameterType for u32 {
    const KIND: Kind = Kind::Integer;

    fn check(&self, name: &str, range: Option<(f64, f64)>) -> Result<()> {
        check_range(name, f64::from(*self), range)
    }
}

impl ParameterType for i64 {
    const KIND: Kind = Kind::Integer;

    fn check(&self, name: &str, range: Option<(f64, f64)>) -> Result<()> {
        check_range(name, *self as f64, range)
    }
}

impl ParameterType for f32 {
    const KIND: Kind = Kind::Number;

    fn check(&self, name: &str, range: Option<(f64, f64)>) -> Result<()> {
        check_range(name, f64::from(*self), range)
    }
}

impl<T: Choice> ParameterType for T {
    const KIND: Kind = Kind::Choice(T::NAMES);
}

impl<T: Choice> ParameterType for List<T> {
    const KIND: Kind = Kind::Choices(T::NAMES);

    fn check(&self, name: &str, _range: Option<(f64, f64)>) -> Result<()> {
        let Self(choices) = self;
        if !choices.is_empty() && choices.iter().enumerate().all(|(i, choice)| !choices[..i].contains(choice))
        {
            return Ok(());
        }
        let names: Vec<_> = choices.iter().map(|choice| choice.name()).collect();
        Err(Error::parameter(format!(
            "`{name}` is [{}], and must be some of {}, each once",
            names.join(", "),
            T::NAMES.join(", ")
        )))
    }
}

/// Several words of a choice, each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

impl<T: ParameterType> ParameterType for Option<T> {
    const KIND: Kind = T::KIND;

    fn check(&self, name: &str, range: Option<(f64, f64)>) -> Result<()> {
        self.as_ref().map_or(Ok(()), |value| value.check(name, range))
    }
}

impl<const N: usize> ParameterType for [f32; N] {
    const KIND: Kind = Kind::Numbers(N);

    fn check(&self, name: &str, range: Option<(f64, f64)>) -> Result<()> {
        self.iter().try_for_each(|value| value.check(name, range))
    }
}

fn check_range(name: &str, value: f64, range: Option<(f64, f64)>) -> Result<()> {
    let (low, high) = range.unwrap_or((f64::MIN, f64::MAX));
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::parameter(format!("`{name}` is {value}, and must be {low} to {high}")))
}

/// The first field of a JSON object that cannot be read alone, and why: serde does not name it.
fn field_at_fault<P: DeserializeOwned>(json: &str) -> Option<String> {
    let alone = |path: &[&str], value: &Value| {
        let object = path.iter().rev().fold(value.clone(), |inner, name| json!({ *name: inner }));
        let error = serde_json::from_value::<P>(object).err()?;
        Some(format!("`{}`: {error}", path.join(".")))
    };
    let fields = serde_json::from_str::<Map<String, Value>>(json).ok()?;
    fields.iter().find_map(|(name, value)| match value {
        Value::Object(inner) => {
            let within = inner.iter().find_map(|(field, value)| alone(&[name, field], value));
            within.or_else(|| alone(&[name], value))
        }
        value => alone(&[name], value),
    })
}

/// Checks a number that must be a multiple of another.
pub(super) fn check_multiple(name: &str, value: u32, unit: u32) -> Result<()> {
    if value.is_multiple_of(unit) {
        return Ok(());
    }
    Err(Error::parameter(format!("`{name}` is {value}, and must be a multiple of {unit}")))
}

/// The two ends of a declared range.
pub(super) fn ends(range: RangeInclusive<f64>) -> (f64, f64) {
    range.into_inner()
}

/// Declares a parameter set: a line a parameter, with its documentation, type, default, range, and what it must be a
/// multiple of.
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        pub struct $set:ident {
            $(
                $(#[doc = $doc:literal])+
                $name:ident: $type:ty = $default:expr $(, in $range:expr)? $(, multiple of $unit:expr)?;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $set {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for $set {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl $crate::params::ParameterSet for $set {
            fn parameters() -> Vec<$crate::params::Parameter> {
                use $crate::params::{Parameter, ParameterType};
                let defaults = Self::default();
                vec![$(Parameter {
                    name: stringify!($name),
                    help: concat!($($doc, "\n"),+).trim(),
                    kind: <$type as ParameterType>::KIND,
                    range: None $(.or(Some($crate::params::parameter::ends($range))))?,
                    default: serde_json::to_value(&defaults.$name).unwrap_or_default(),
                    set: <$type as ParameterType>::set(),
                },)+]
            }

            fn validate(&self) -> $crate::Result<()> {
                use $crate::params::ParameterType;
                $(
                    let range = None $(.or(Some($crate::params::parameter::ends($range))))?;
                    self.$name.check(stringify!($name), range)?;
                    $($crate::params::parameter::check_multiple(stringify!($name), self.$name, $unit)?;)?
                )+
                Ok(())
            }
        }

        impl $crate::params::ParameterType for $set {
            const KIND: $crate::params::Kind = $crate::params::Kind::Set;

            fn set() -> Vec<$crate::params::Parameter> {
                <Self as $crate::params::ParameterSet>::parameters()
            }

            fn check(&self, name: &str, _range: Option<(f64, f64)>) -> $crate::Result<()> {
                $crate::params::ParameterSet::validate(self).map_err(|error| error.context(name))
            }
        }
    };
}

pub(super) use parameters;
