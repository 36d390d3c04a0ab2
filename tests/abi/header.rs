//! What a C header declares.

use std::fs;

/// The names that a header of facekit declares, in its order.
pub struct Header {
    pub functions: Vec<String>,
    pub constants: Vec<String>,
    /// Structs that are not opaque, with the names of their fields.
    pub structs: Vec<(String, Vec<String>)>,
}

impl Header {
    pub fn of(path: &str) -> Self {
        let text = without_comments(&fs::read_to_string(crate::root(path)).unwrap());
        let mut header = Self { functions: Vec::new(), constants: Vec::new(), structs: Vec::new() };
        header.functions.extend(text.lines().filter_map(crate::declared_function).map(str::to_owned));
        for (_, body) in declarations(&text, "enum") {
            let names = body.split(',').filter_map(|constant| constant.split_once('='));
            header.constants.extend(names.map(|(name, _)| name.trim().to_owned()));
        }
        for (name, body) in declarations(&text, "struct") {
            let fields = body.split(';').map(str::trim).filter(|field| !field.is_empty()).map(field_name);
            header.structs.push((name.to_owned(), fields.collect()));
        }
        header
    }
}

/// The enums or structs that are declared with a body, and their bodies.
fn declarations<'a>(text: &'a str, kind: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let declarations = text.split(&format!("typedef {kind} ")).skip(1).collect::<Vec<_>>();
    declarations.into_iter().filter_map(|declaration| {
        let (name, rest) = declaration.split_once(" {").filter(|(name, _)| !name.contains(' '))?;
        Some((name, rest.split_once("\n}")?.0))
    })
}

/// The name of a field: of a callback what stands in `(*…)`, otherwise its last word, without the length of an array.
fn field_name(field: &str) -> String {
    let name = match field.split_once("(*") {
        Some((_, callback)) => callback.split(')').next(),
        None => field.split('[').next().and_then(|field| field.rsplit([' ', '*']).next()),
    };
    name.unwrap().to_owned()
}

fn without_comments(text: &str) -> String {
    let parts = text.split("/*");
    parts.enumerate().map(|(i, part)| if i == 0 { part } else { part.split_once("*/").unwrap().1 }).collect()
}
