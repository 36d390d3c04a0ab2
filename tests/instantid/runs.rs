//! Whole runs against diffusers.

use std::collections::BTreeMap;

use facekit::CancelToken;
use facekit::diffusion::{
    Attends, ControlImage, Diffuser, DiffuserOptions, Identity, ImageTokens, Img2Img, Remade,
};
use facekit::face::Embedding;
use facekit::geometry::Mask;
use facekit::style::IdentityAdapter;
use facekit::{Control, Image};
use ndarray::{Ix3, s};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::places::{Bytes, Floats};
use crate::stylizer::recognizer;
use crate::{golden, golden_pack, golden_path, models, picture, read};

/// The largest difference of the final latents that the house allows.
pub const LATENTS: f32 = 1e-4;

/// What diffusers was given, and where what it gave stands.
#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub pack: BTreeMap<String, String>,
    pub prompt: String,
    pub negative_prompt: Option<String>,
    pub guidance_scale: f32,
    pub num_inference_steps: u32,
    pub seed: u64,
    pub image: String,
    controlnets: Vec<ControlCase>,
    #[serde(default)]
    loras: Vec<LoraCase>,
    image_token_scale: f32,
    pub faces: Vec<FaceCase>,
    pub steps_run: u32,
    pub scheduler: Value,
    latents: Floats,
    picture: Option<Bytes>,
}

#[derive(Deserialize)]
struct ControlCase {
    folder: String,
    image: String,
    scale: f32,
    start: f32,
    end: f32,
    attends: String,
}

#[derive(Deserialize)]
struct LoraCase {
    file: String,
    scale: f32,
}

#[derive(Deserialize)]
pub struct FaceCase {
    embedding: Floats,
    image_tokens: Floats,
    mask: Option<String>,
}

impl FaceCase {
    /// Who it shows, as a recognizer of a name said it.
    pub fn embedding(&self, recognizer: &str) -> Embedding {
        let raw = self.embedding.of(golden("instantid/latents.bin")).into_iter().collect();
        Embedding::new(recognizer, raw).unwrap()
    }

    /// For the negative prompt, then for the prompt.
    pub fn tokens(&self, scale: f32) -> ImageTokens {
        let tokens =
            self.image_tokens.of(golden("instantid/latents.bin")).into_dimensionality::<Ix3>().unwrap();
        let of = |batch: usize| tokens.slice(s![batch..=batch, .., ..]).to_owned();
        ImageTokens { negative: of(0), positive: of(1), scale }
    }
}

impl Case {
    pub fn denoise(&self) -> f32 {
        self.steps_run as f32 / self.num_inference_steps as f32
    }

    /// The pack in a folder.
    pub fn assemble(&self) -> TempDir {
        golden_pack::assemble(&golden(""), &self.pack, &self.scheduler)
    }

    /// How far what was made is from what diffusers made.
    pub fn distance(&self, remade: &Remade) -> f32 {
        let expected = self.latents.of(golden("instantid/latents.bin"));
        assert_eq!(remade.latents.shape(), expected.shape(), "{}", self.name);
        let apart = remade.latents.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        apart.fold(0.0, |worst, apart| if apart.is_nan() { apart } else { apart.max(worst) })
    }

    /// How much of the picture is within one level.
    fn likeness(&self, remade: &Remade) -> f64 {
        let Some(expected) = &self.picture else { return 1.0 };
        let expected = expected.of(golden("instantid/pictures.bin"));
        let near = remade.image.pixels().iter().zip(&expected).filter(|(a, b)| a.abs_diff(**b) <= 1).count();
        near as f64 / expected.len() as f64
    }
}

pub fn cases() -> Vec<Case> {
    read("instantid/cases.json")
}

pub fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).unwrap()
}

/// A grey picture as a mask.
fn mask(name: &str) -> Mask {
    let image: Image = picture(name);
    let values = image.pixels().chunks_exact(3).map(|pixel| f32::from(pixel[0]) / 255.0).collect();
    Mask::from_values(image.width(), image.height(), values).unwrap()
}

fn remake(case: &Case) -> facekit::Result<Remade> {
    let folder = case.assemble();
    let models = models(None);
    let options = DiffuserOptions {
        loras: case.loras.iter().map(|lora| (golden_path(&lora.file), lora.scale)).collect(),
        controlnets: case.controlnets.iter().map(|each| golden_path(&each.folder)).collect(),
        ..DiffuserOptions::default()
    };
    let diffuser = Diffuser::open(&models, folder.path().join("pack").to_str(), options)?;
    let image = picture(&case.image);
    let controls: Vec<_> = case.controlnets.iter().map(|each| picture(&each.image)).collect();
    let masks: Vec<_> = case.faces.iter().map(|face| face.mask.as_deref().map(mask)).collect();
    let people = case.faces.iter().zip(&masks);
    let request = Img2Img {
        image: image.view(),
        mask: None,
        prompt: &case.prompt,
        negative_prompt: case.negative_prompt.as_deref(),
        steps: case.steps_run,
        denoise: case.denoise(),
        guidance_scale: case.guidance_scale,
        seed: case.seed,
        controls: (case.controlnets.iter().zip(&controls))
            .map(|(each, image)| ControlImage {
                image: image.view(),
                scale: each.scale,
                start: each.start,
                end: each.end,
                attends: if each.attends == "face" { Attends::ImageTokens } else { Attends::Text },
            })
            .collect(),
        identities: people
            .map(|(face, mask)| Identity { tokens: face.tokens(case.image_token_scale), mask: mask.as_ref() })
            .collect(),
    };
    diffuser.img2img(&request, &Control::new())
}

#[test]
fn every_run_gives_the_latents_and_the_picture_of_diffusers() {
    let mut failures = Vec::new();
    let all = cases();
    for case in &all {
        let remade = remake(case).unwrap();
        let (distance, likeness) = (case.distance(&remade), case.likeness(&remade));
        if !(distance <= LATENTS && likeness >= 0.999) {
            failures.push(format!("{}: latents {distance}, picture {likeness}", case.name));
        }
    }
    assert!(all.len() >= 20, "only {} cases", all.len());
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), all.len(), failures.join("\n"));
}

#[test]
fn people_leave_no_part_of_the_picture_to_nobody() {
    let case = case("faces");
    let folder = case.assemble();
    let models = models(None);
    let pack = folder.path().join("pack");
    let diffuser = Diffuser::open(&models, pack.to_str(), DiffuserOptions::default()).unwrap();
    let image = picture(&case.image);
    let half = Mask::from_values(2, 1, vec![1.0, 0.0]).unwrap();
    let who = |mask| Identity { tokens: case.faces[0].tokens(1.0), mask };
    let mut request = Img2Img {
        image: image.view(),
        mask: None,
        prompt: "",
        negative_prompt: None,
        steps: 1,
        denoise: 0.5,
        guidance_scale: 1.0,
        seed: 1,
        controls: Vec::new(),
        identities: vec![who(Some(&half)), who(Some(&half))],
    };
    let error = diffuser.img2img(&request, &Control::new()).unwrap_err();
    assert!(error.to_string().contains("to nobody"), "{error}");
    request.identities = vec![who(Some(&half)), who(None)];
    diffuser.img2img(&request, &Control::new()).unwrap();
    request.identities = vec![who(None); 65];
    let error = diffuser.img2img(&request, &Control::new()).unwrap_err();
    assert!(error.to_string().contains("at most 64"), "{error}");
}

#[test]
fn tokens_are_those_of_the_resampler() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("antelopev2_glintr100.onnx");
    recognizer(&path, 512);
    let models = models(None);
    let adapter = golden_path("instantid/instantid.onnx");
    let adapter = IdentityAdapter::open(&models, Some(&adapter), path.to_str()).unwrap();
    let people: Vec<FaceCase> = read("instantid/tokens.json");
    for person in &people {
        let expected = person.tokens(1.0);
        let made = adapter.tokens(&person.embedding("any"), 1.0, &CancelToken::new()).unwrap();
        for (made, expected) in [(made.positive, expected.positive), (made.negative, expected.negative)] {
            assert_eq!(made.shape(), expected.shape());
            let apart = made.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-4, "{apart}");
        }
    }
}
