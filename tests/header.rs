//! The C header is what the code makes, and its parameters are those of Rust.
use std::path::Path;

use cbindgen::{Builder, Config};
use facekit::params::{
    CropParams, DetailParams, DetectParams, DiffusionParams, EmbedParams, FaceMaskParams, Kind, MaskParams,
    Parameter, ParameterSet, RefineParams, RestoreParams, StylizeParams, SwapParams,
};
use serde_json::Value;

/// The files whose types and functions are the header's, in its order. The last two have enums that are also Rust's.
const SOURCES: &[&str] = &[
    "src/capi/version.rs",
    "src/capi/error.rs",
    "src/capi/engine_options.rs",
    "src/capi/log.rs",
    "src/capi/limits.rs",
    "src/capi/engine.rs",
    "src/capi/models.rs",
    "src/capi/image.rs",
    "src/capi/call.rs",
    "src/capi/face.rs",
    "src/capi/choice.rs",
    "src/capi/detect.rs",
    "src/capi/embed.rs",
    "src/capi/mask.rs",
    "src/capi/restore.rs",
    "src/capi/diffusion_params.rs",
    "src/capi/detail_params.rs",
    "src/capi/detail.rs",
    "src/capi/stylize_params.rs",
    "src/capi/stylize.rs",
    "src/capi/stylize_file.rs",
    "src/capi/swap_params.rs",
    "src/capi/swap.rs",
    "src/capi/jobs.rs",
    "src/capi/job.rs",
    "src/capi/job_submit.rs",
    "src/capi/job_result.rs",
    "src/capi/enums.rs",
    "src/capi/json.rs",
    "src/picture/view.rs",
    "src/picture/encode.rs",
];

/// The header as the code makes it.
///
/// The files are named, and not taken from the crate, because cbindgen would declare the type of every constant that
/// the crate has.
fn generate() -> String {
    let mut config = Config::from_file(root().join("cbindgen.toml")).unwrap();
    config.after_includes = Some(version_macros());
    let builder =
        SOURCES.iter().fold(Builder::new(), |builder, source| builder.with_src(root().join(source)));
    let mut header = Vec::new();
    builder.with_config(config).generate().unwrap().write(&mut header);
    // C++98 takes no comma after the last constant of an enum.
    String::from_utf8(header).unwrap().replace(",\n}", "\n}")
}

/// The version of the header, for a client to compare with that of the library.
fn version_macros() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    let number = parts.iter().fold(0, |number, part| number * 1000 + part);
    format!(
        "\n/** The version of this header. */\n#define FACEKIT_VERSION \"{version}\"\n\
         \n/** The version of this header as a number, see facekit_version_number(). */\n\
         #define FACEKIT_VERSION_NUMBER {number}"
    )
}

#[test]
fn the_committed_header_is_what_the_code_makes() {
    let path = root().join("include/facekit.h");
    let header = generate();
    if std::env::var_os("FACEKIT_ACCEPT").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &header).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == header, "include/facekit.h is not what src/capi makes: run `cargo xtask header`");
}

#[test]
fn every_file_with_a_function_of_c_is_in_the_header() {
    for entry in std::fs::read_dir(root().join("src/capi")).unwrap() {
        let path = entry.unwrap().path();
        let exports = std::fs::read_to_string(&path).unwrap().contains("#[unsafe(no_mangle)]");
        let listed = SOURCES.iter().any(|source| root().join(source) == path);
        assert!(listed || !exports, "{} is not among the sources", path.display());
    }
}

#[test]
fn every_handle_states_its_threads_and_its_lifetime() {
    let header = generate();
    let mut handles = 0;
    for comment in header.split("/**").skip(1) {
        let (comment, declaration) = comment.split_once("*/").unwrap();
        let declaration = declaration.trim_start().lines().next().unwrap_or_default();
        let is_opaque = declaration.starts_with("typedef struct facekit_") && declaration.ends_with(';');
        handles += usize::from(is_opaque);
        let states = comment.contains("Threads: ") && comment.contains("Lifetime: ");
        assert!(states || !is_opaque, "{declaration} does not state its threads and its lifetime");
    }
    let opaque = |line: &&str| line.starts_with("typedef struct facekit_") && line.ends_with(';');
    assert_eq!(header.lines().filter(opaque).count(), handles, "a handle has no comment");
}

/// What an engine is made with in Rust, it is made with in C.
#[test]
fn every_option_of_an_engine_is_there_in_c() {
    const IN_C: &[(&str, &str)] = &[
        ("runtime", "set_runtime"),
        ("models", "add_models"),
        ("embedded", "set_embedded"),
        ("providers", "add_provider"),
        ("strict", "set_strict"),
        ("threads", "set_threads"),
        ("parallel_runs", "set_parallel_runs"),
        ("graph_cache", "set_graph_cache"),
        ("memory_budget", "set_memory_budget"),
        ("licenses", "allow_license"),
        ("limits", "set_limits"),
        ("on_log", "set_log"),
    ];
    let rust = std::fs::read_to_string(root().join("src/engine/builder.rs")).unwrap();
    let (_, builder) = rust.split_once("impl EngineBuilder {").unwrap();
    let options = builder.split("    pub fn ").skip(1).filter_map(|function| {
        let (name, arguments) = function.split_once('(')?;
        arguments.trim_start().starts_with("mut self").then_some(name)
    });
    let options: Vec<_> = options.collect();
    assert_eq!(options, IN_C.iter().map(|(rust, _)| *rust).collect::<Vec<_>>());
    let header = generate();
    for (rust, c) in IN_C {
        assert!(header.contains(&format!(" facekit_engine_options_{c}(")), "C cannot set `{rust}`");
    }
}

#[test]
fn the_parameter_structs_are_those_of_rust() {
    let header = generate();
    check_struct(&header, "facekit_detect_params", &DetectParams::parameters());
    check_struct(&header, "facekit_embed_params", &EmbedParams::parameters());
    check_struct(&header, "facekit_mask_params", &MaskParams::parameters());
    check_struct(&header, "facekit_face_mask_params", &FaceMaskParams::parameters());
    check_struct(&header, "facekit_restore_params", &RestoreParams::parameters());
    check_struct(&header, "facekit_diffusion_params", &DiffusionParams::parameters());
    check_struct(&header, "facekit_crop_params", &CropParams::parameters());
    check_struct(&header, "facekit_detail_params", &DetailParams::parameters());
    check_struct(&header, "facekit_refine_params", &RefineParams::parameters());
    check_struct(&header, "facekit_stylize_params", &StylizeParams::parameters());
    check_struct(&header, "facekit_swap_params", &SwapParams::parameters());
}

/// Checks the fields of a struct, in their order, and that the comment of each states its range and default.
fn check_struct(header: &str, name: &str, parameters: &[Parameter]) {
    let start = header.find(&format!("typedef struct {name} {{")).unwrap();
    let end = start + header[start..].find(&format!("}} {name};")).unwrap();
    let fields: Vec<(String, &str)> = header[start..end]
        .split("/**")
        .skip(1)
        .map(|field| field.split_once("*/").unwrap())
        .map(|(comment, declaration)| (comment.replace("\n     *", ""), declaration.trim()))
        .collect();
    let mut fields = fields.iter().filter(|(_, declaration)| {
        // What C needs beside the parameters: the struct's size and the lengths of lists.
        declaration != &"size_t struct_size;" && !declaration.ends_with("_count;")
    });
    for parameter in parameters {
        let (comment, declaration) =
            fields.next().unwrap_or_else(|| panic!("{name} has no {}", parameter.name));
        let declared = declaration.trim_end_matches(';').split('[').next().unwrap();
        let declared = declared.rsplit([' ', '*']).next().unwrap();
        assert_eq!(declared, parameter.name, "in {name}");
        let default = format!("Default: {}.", default_in_c(parameter, comment));
        assert!(comment.contains(&default), "{name}.{}: no `{default}` in {comment}", parameter.name);
        if let Some((low, high)) = parameter.range {
            let range = format!("{low} to {high}");
            assert!(comment.contains(&range), "{name}.{}: no `{range}` in {comment}", parameter.name);
        }
    }
    assert_eq!(fields.next(), None, "{name} has a field that is no parameter");
}

/// The default of a parameter as C writes it; its comment names the enum of a choice.
fn default_in_c(parameter: &Parameter, comment: &str) -> String {
    let constant = |word: &str| {
        let kind = comment.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
        let kind = kind.into_iter().find(|word| word.starts_with("facekit_")).unwrap_or("facekit_enum");
        format!("{kind}_{}", word.replace('-', "_")).to_uppercase()
    };
    match (&parameter.default, parameter.kind) {
        (Value::Null, Kind::Number) => "NAN".into(),
        (Value::Null, Kind::Choice(_) | Kind::Bool) => "-1".into(),
        (Value::Null, Kind::Integer) => "0".into(),
        (Value::Array(texts), Kind::Texts(_)) if texts.is_empty() => "NULL".into(),
        (Value::Null, _) | (_, Kind::Set) => "NULL".into(),
        (Value::String(word), Kind::Choice(_)) => constant(word),
        (Value::Array(all), Kind::Choices(words)) if all.len() == words.len() => "NULL".into(),
        (Value::Array(words), Kind::Choices(_)) => {
            let constants: Vec<_> = words.iter().map(|word| constant(word.as_str().unwrap())).collect();
            format!("{{{}}}", constants.join(", "))
        }
        (Value::Array(values), _) => {
            let values: Vec<String> = values.iter().map(number).collect();
            format!("{{{}}}", values.join(", "))
        }
        (value @ Value::Number(_), _) => number(value),
        (value, _) => value.to_string(),
    }
}

/// A number as short as single precision allows.
fn number(value: &Value) -> String {
    (value.as_f64().unwrap() as f32).to_string()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
