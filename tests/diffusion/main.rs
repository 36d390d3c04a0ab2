//! Diffusion against diffusers: tiny pipelines with random weights, step by step and to the last pixel.
//!
//! tests/reference/diffusion.py makes the packs and the golden numbers, and tells in which order noise is drawn.

mod golden;
#[path = "../support/golden_pack.rs"]
mod golden_pack;
#[path = "../support/places.rs"]
mod places;

use std::path::Path;

use facekit::diffusion::{Attends, ControlImage, Diffuser, DiffuserOptions, Img2Img, Remade};
use facekit::geometry::Mask;
use facekit::models::{LicensePolicy, Models, Store};
use facekit::runtime::{Runtime, SessionOptions};
use facekit::{Control, Image};

use golden::{Case, cases, golden, picture};

/// The largest difference of the final latents that the house allows.
const LATENTS: f32 = 1e-4;

#[test]
fn every_pipeline_gives_the_latents_and_the_picture_of_diffusers() {
    let mut failures = Vec::new();
    let all = cases();
    for case in &all {
        if let Err(failure) = check(case) {
            failures.push(format!("{}: {failure}", case.name));
        }
    }
    assert!(all.len() >= 6, "only {} cases", all.len());
    assert!(
        failures.is_empty(),
        "{} of {} cases differ:\n{}",
        failures.len(),
        all.len(),
        failures.join("\n")
    );
}

#[test]
fn a_pack_of_half_precision_stays_near_the_one_of_single_precision() {
    let mut case = cases().into_iter().find(|case| case.name == "sd1").unwrap();
    for part in ["unet", "text_encoder"] {
        case.pack.insert(part.to_owned(), format!("half/{part}"));
    }
    let remade = remake(&case).unwrap();
    let expected = case.latents.of(golden("latents.bin"));
    let apart = remade.latents.iter().zip(&expected).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
    let size = expected.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
    let relative = (apart / size).sqrt();
    // Half precision has 11 bits: a few in ten thousand a step, over five steps of guidance 6.
    assert!((1e-6..0.02).contains(&relative), "{relative}");
}

fn check(case: &Case) -> Result<(), String> {
    let remade = remake(case)?;
    let expected = case.latents.of(golden("latents.bin"));
    let made = remade.latents.as_slice().unwrap();
    if made.len() != expected.len() {
        return Err(format!("{} latents, not {}", made.len(), expected.len()));
    }
    let worst = made.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    if worst.is_nan() || worst > LATENTS {
        return Err(format!("the latents differ by {worst}"));
    }
    let Some(expected) = &case.picture else { return Ok(()) };
    let expected = expected.of(golden("pictures.bin"));
    let near = remade.image.pixels().iter().zip(&expected).filter(|(a, b)| a.abs_diff(**b) <= 1).count();
    if remade.image.pixels().len() != expected.len() || (near as f64) < 0.999 * expected.len() as f64 {
        return Err(format!("{near} of {} bytes are within 1 level", expected.len()));
    }
    Ok(())
}

fn remake(case: &Case) -> Result<Remade, String> {
    let folder = golden_pack::assemble(Path::new(&golden("")), &case.pack, &case.scheduler);
    let models = models();
    let image = picture(&case.image);
    let mask = case.mask.as_ref().map(|name| mask(name));
    let controls: Vec<_> =
        case.controlnets.iter().map(|control| (picture(&control.image), control)).collect();
    let options = DiffuserOptions {
        clip_skip: case.clip_skip,
        loras: case.loras.iter().map(|lora| (golden(&lora.file), lora.scale)).collect(),
        controlnets: case.controlnets.iter().map(|control| golden(&format!("{}/", control.folder))).collect(),
        ..DiffuserOptions::default()
    };
    let pack = folder.path().join("pack/");
    let diffuser = Diffuser::open(&models, pack.to_str(), options).map_err(|error| error.to_string())?;
    let request = Img2Img {
        image: image.view(),
        mask: mask.as_ref(),
        prompt: &case.prompt,
        negative_prompt: case.negative_prompt.as_deref(),
        steps: case.steps_run,
        denoise: case.denoise(),
        guidance_scale: case.guidance_scale,
        seed: case.seed,
        controls: controls
            .iter()
            .map(|(image, control)| ControlImage {
                image: image.view(),
                scale: control.scale,
                start: control.start,
                end: control.end,
                attends: Attends::Text,
            })
            .collect(),
        identities: case.identities(),
    };
    diffuser.img2img(&request, &Control::new()).map_err(|error| error.to_string())
}

/// The installed models: none, since packs are named by their paths.
fn models() -> Models {
    let runtime = Runtime::load(None).unwrap();
    Models::new(runtime, Store::open(Vec::new(), LicensePolicy::Any), SessionOptions::default(), None)
}

/// A mask picture, cut at one half as diffusers cuts it.
fn mask(name: &str) -> Mask {
    let image: Image = picture(name);
    let values = image.pixels().chunks_exact(3).map(|pixel| f32::from(u8::from(pixel[0] >= 128)));
    Mask::from_values(image.width(), image.height(), values.collect()).unwrap()
}
