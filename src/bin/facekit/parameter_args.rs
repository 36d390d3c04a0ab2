//! Command line options made from a pipeline's parameter table.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Command};
use facekit::Error;
use facekit::params::{Kind, Parameter, ParameterSet};
use serde_json::{Map, Number, Value};

/// Adds an option for every parameter of the set, the parameters of a set within it included.
pub fn add<P: ParameterSet>(command: Command) -> Command {
    table::<P>().into_iter().fold(command, |command, (set, parameter)| {
        let arg = arg(&parameter);
        command.arg(match set {
            Some(set) => arg.help_heading(heading(set)),
            None => arg,
        })
    })
}

/// The set that the options give.
pub fn read<P: ParameterSet>(matches: &ArgMatches) -> Result<P, Error> {
    read_without(matches, &[])
}

/// The set that the options give, but for those that a command reads itself.
pub fn read_without<P: ParameterSet>(matches: &ArgMatches, own: &[&str]) -> Result<P, Error> {
    let mut json = Map::new();
    for (set, parameter) in table::<P>().into_iter().filter(|(_, parameter)| !own.contains(&parameter.name)) {
        let Some(value) = value(matches, &parameter)? else { continue };
        let object = match set {
            Some(set) => json.entry(set).or_insert_with(|| Value::Object(Map::new())),
            None => &mut Value::Null,
        };
        match object {
            Value::Object(object) => object.insert(parameter.name.to_owned(), value),
            _ => json.insert(parameter.name.to_owned(), value),
        };
    }
    P::from_json(&Value::Object(json).to_string())
}

/// Every parameter with the name of the inner set that it stands in; one of the outer set hides an inner namesake.
fn table<P: ParameterSet>() -> Vec<(Option<&'static str>, Parameter)> {
    let (sets, own): (Vec<_>, Vec<_>) = P::parameters().into_iter().partition(|p| p.kind == Kind::Set);
    let inner = sets.into_iter().flat_map(|set| set.set.into_iter().map(move |p| (Some(set.name), p)));
    let hidden: Vec<_> = own.iter().map(|p| p.name).collect();
    let inner = inner.filter(|(_, p)| !hidden.contains(&p.name));
    own.into_iter().map(|p| (None, p)).chain(inner).collect()
}

/// The name of an inner set as a heading: `Crop` for `crop`.
fn heading(set: &str) -> String {
    let (first, rest) = set.split_at(1);
    first.to_uppercase() + rest
}

fn arg(parameter: &Parameter) -> Arg {
    let arg = Arg::new(parameter.name).long(parameter.name.replace('_', "-")).help(help(parameter));
    let arg = arg.allow_hyphen_values(true);
    match parameter.kind {
        Kind::Bool => {
            arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL")
        }
        Kind::Choice(words) => arg.value_parser(one_of(words, [])).ignore_case(true).value_name("WORD"),
        Kind::Choices(words) => arg
            .value_parser(one_of(words, []))
            .ignore_case(true)
            .value_name("WORD,WORD,…")
            .action(ArgAction::Append)
            .value_delimiter(','),
        Kind::Text if parameter.default.is_null() => arg.value_name("NAME|PATH"),
        Kind::Text => arg.value_name("TEXT"),
        Kind::Texts(form) => arg.value_name(form).action(ArgAction::Append),
        Kind::Integer | Kind::Number => arg.value_name("N"),
        Kind::Integers | Kind::Numbers(_) => {
            arg.value_name("N,N,…").action(ArgAction::Append).value_delimiter(',')
        }
        Kind::Set => unreachable!("the parameters of an inner set stand for it"),
    }
}

/// One of some words, with hyphens, underscores or nothing in place of spaces and hyphens, or one of some others.
pub fn one_of(
    words: &[&'static str],
    others: impl IntoIterator<Item = PossibleValue>,
) -> PossibleValuesParser {
    let words = words.iter().map(|&word| {
        let written = ["-", "_", " ", ""].map(|by| word.replace([' ', '-', '_'], by));
        PossibleValue::new(word).aliases(written.into_iter().filter(move |written| written != word))
    });
    PossibleValuesParser::new(words.chain(others))
}

fn help(parameter: &Parameter) -> String {
    let mut help = parameter.help.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((low, high)) = parameter.range {
        help += &format!(" [{low} to {high}]");
    }
    if matches!(parameter.kind, Kind::Texts(_)) {
        help += " May be given again.";
    }
    let default = typed(&parameter.default);
    if !default.is_empty() {
        help += &format!(" [default: {default}]");
    }
    help
}

/// A default as it would be typed: a number as short as single precision allows, a list with commas.
fn typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(String::new, |number| (number as f32).to_string())
        }
        Value::Array(values) => values.iter().map(typed).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn value(matches: &ArgMatches, parameter: &Parameter) -> Result<Option<Value>, Error> {
    let Some(mut words) = matches.get_many::<String>(parameter.name) else { return Ok(None) };
    let wrong = |word: &str, expected: &str| {
        let option = parameter.name.replace('_', "-");
        Error::parameter(format!("--{option} is `{word}`, and must be {expected}"))
    };
    let may_be_negative = parameter.range.is_some_and(|(low, _)| low < 0.0);
    let integer = |word: &String| match may_be_negative {
        true => word.parse::<i64>().map(Value::from).map_err(|_| wrong(word, "a whole number")),
        false => word.parse::<u32>().map(Value::from).map_err(|_| wrong(word, "a whole number of 0 or more")),
    };
    let number = |word: &String| {
        let number = word.parse().ok().and_then(Number::from_f64);
        number.map(Value::Number).ok_or_else(|| wrong(word, "a number"))
    };
    let value = match parameter.kind {
        Kind::Choices(_) | Kind::Texts(_) => words.cloned().map(Value::String).collect(),
        Kind::Integers => Value::Array(words.map(integer).collect::<Result<_, _>>()?),
        Kind::Numbers(count) => {
            let numbers: Vec<_> = words.map(number).collect::<Result<_, _>>()?;
            if numbers.len() != count {
                return Err(wrong(&format!("{} numbers", numbers.len()), &format!("{count} numbers")));
            }
            Value::Array(numbers)
        }
        kind => {
            let Some(word) = words.next() else { return Ok(None) };
            match kind {
                Kind::Bool => word.parse().map(Value::Bool).map_err(|_| wrong(word, "true or false"))?,
                Kind::Integer => integer(word)?,
                Kind::Number => number(word)?,
                _ => Value::String(word.clone()),
            }
        }
    };
    Ok(Some(value))
}
