//! What a caller may get wrong: each is a clear error before any long work.

use std::fs;
use std::path::Path;

use facekit::models::LicensePolicy;
use facekit::params::{ControlUse, DetailParams, DiffusionParams, LoraUse, RefineParams};
use facekit::{Engine, ErrorKind};
use tempfile::TempDir;

use super::{PACK, astronaut, engine, params};

/// The error of a detail, which names what it should.
fn refused(engine: &Engine, params: &DetailParams, kind: ErrorKind, words: &[&str]) {
    let error = engine.detail(&astronaut(), params).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let text = error.chain().to_string();
    for word in words {
        assert!(text.contains(word), "no `{word}` in: {text}");
    }
}

fn with(diffusion: DiffusionParams) -> DetailParams {
    DetailParams { diffusion, ..params() }
}

#[test]
fn without_a_pack_the_error_says_which_would_serve_and_how_to_get_one() {
    let none = DetailParams::default();
    refused(&engine(), &none, ErrorKind::ModelNotFound, &["diffusion", "models/export", "fallback"]);
    let named = DetailParams { model: Some("no-such-pack".into()), ..none };
    refused(&engine(), &named, ErrorKind::ModelNotFound, &["no-such-pack"]);
}

#[test]
fn values_out_of_range_are_named() {
    let engine = engine();
    let cases: [(DetailParams, &str); 9] = [
        (DetailParams { samples: 0, ..params() }, "`samples`"),
        (DetailParams { samples: 5, ..params() }, "`samples`"),
        (DetailParams { num_inference_steps: 14, ..params() }, "`num_inference_steps`"),
        (DetailParams { num_inference_steps: 76, ..params() }, "`num_inference_steps`"),
        (DetailParams { guidance_scale: 4.9, ..params() }, "`guidance_scale`"),
        (DetailParams { guidance_scale: f32::NAN, ..params() }, "`guidance_scale`"),
        (DetailParams { denoise: 1.1, ..params() }, "`denoise`"),
        (DetailParams { image_quality: 9, ..params() }, "`image_quality`"),
        (DetailParams { passes: 3, ..params() }, "`passes`"),
    ];
    for (params, name) in cases {
        refused(&engine, &params, ErrorKind::InvalidParameter, &[name]);
    }
    let mut odd = params();
    odd.crop.guide_size = 100;
    refused(&engine, &odd, ErrorKind::InvalidParameter, &["guide_size", "multiple of 64"]);
    let refine = RefineParams { denoising: 6, ..RefineParams::default() };
    let error = engine.refine(&astronaut(), &refine).unwrap_err();
    assert!(error.to_string().contains("`denoising`"), "{error}");
}

#[test]
fn loras_and_controlnets_that_do_not_fit_are_named() {
    let engine = Engine::builder().licenses(LicensePolicy::Any).build().unwrap();
    let golden = |name: &str| format!("{}/tests/golden/diffusion/{name}", env!("CARGO_MANIFEST_DIR"));
    let lora = |name: &str, scale| DiffusionParams {
        loras: vec![LoraUse { lora: name.to_owned(), scale }],
        ..DiffusionParams::default()
    };
    let control = |name: &str| DiffusionParams {
        controlnets: vec![ControlUse { controlnet: name.to_owned(), scale: 1.0, start: 0.0, end: 1.0 }],
        ..DiffusionParams::default()
    };
    refused(&engine, &with(lora("no-such-lora", 1.0)), ErrorKind::ModelNotFound, &["no-such-lora"]);
    refused(&engine, &with(lora("a", 5.0)), ErrorKind::InvalidParameter, &["loras", "-4 to 4"]);
    let xl = golden("lora/xl_kohya.safetensors");
    refused(&engine, &with(lora(&xl, 1.0)), ErrorKind::InvalidModel, &["xl_kohya", "lora_"]);
    refused(&engine, &with(control("no-such-control")), ErrorKind::ModelNotFound, &["no-such-control"]);
    let xl = golden("xl_control_a/");
    refused(&engine, &with(control(&xl)), ErrorKind::InvalidModel, &["xl_control_a"]);
    let mut backwards = control("a");
    backwards.controlnets[0].start = 1.0;
    refused(&engine, &with(backwards), ErrorKind::InvalidParameter, &["controlnets", "start"]);
}

#[test]
fn a_truncated_lora_is_an_error() {
    let folder = TempDir::new().unwrap();
    let whole =
        fs::read(format!("{}/tests/golden/diffusion/lora/sd1_kohya.safetensors", env!("CARGO_MANIFEST_DIR")));
    let whole = whole.unwrap();
    let file = folder.path().join("cut.safetensors");
    for length in [0, 4, 100, whole.len() - 1] {
        fs::write(&file, &whole[..length]).unwrap();
        let lora = LoraUse { lora: file.to_str().unwrap().to_owned(), scale: 1.0 };
        let params = with(DiffusionParams { loras: vec![lora], ..DiffusionParams::default() });
        refused(&engine(), &params, ErrorKind::InvalidModel, &["cut.safetensors"]);
    }
}

#[test]
fn a_pack_with_a_part_missing_or_wrong_is_an_error_that_names_it() {
    for (change, words) in [
        (remove as fn(&Path), vec!["vae_decoder", "export"]),
        (unknown_scheduler, vec!["PNDMSchedulerOfMars", "euler"]),
        (no_tokenizer, vec!["merges.txt"]),
    ] {
        let folder = TempDir::new().unwrap();
        copy(Path::new(PACK), folder.path());
        change(folder.path());
        let model = Some(format!("{}/", folder.path().display()));
        let params = DetailParams { model, ..params() };
        let error = engine().detail(&astronaut(), &params).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidModel | ErrorKind::Unsupported), "{error}");
        let text = error.chain().to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
}

fn remove(pack: &Path) {
    fs::remove_file(pack.join("vae_decoder/model.onnx")).unwrap();
}

fn unknown_scheduler(pack: &Path) {
    let config = r#"{"_class_name": "PNDMSchedulerOfMars", "num_train_timesteps": 1000}"#;
    fs::write(pack.join("scheduler/scheduler_config.json"), config).unwrap();
}

fn no_tokenizer(pack: &Path) {
    fs::remove_file(pack.join("tokenizer/merges.txt")).unwrap();
}

#[test]
fn prompts_in_any_script_work_and_endless_ones_are_refused() {
    let engine = engine();
    for prompt in
        ["", "笑顔の女性、自然な肌", "وجه واضح", "👩‍🦰 ((smile:1.3)) [blur] \\(x\\)", "\u{0}\u{7f}", "((((("]
    {
        let mut params = DetailParams { prompt: prompt.into(), ..params() };
        params.crop.guide_size = 64;
        engine.detail(&astronaut(), &params).unwrap();
    }
    let words = "freckles ".repeat(10_000);
    refused(&engine, &DetailParams { prompt: words, ..params() }, ErrorKind::LimitExceeded, &["prompt"]);
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
