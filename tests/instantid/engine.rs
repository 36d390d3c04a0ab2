//! `Engine::stylize` by diffusion, with the tiny parts and the real detector.
#![cfg(feature = "embedded")]

use std::fs;
use std::path::Path;

use facekit::geometry::{Filter, resize};
use facekit::models::LicensePolicy;
use facekit::params::{StylizeArea, StylizeEngine, StylizeParams};
use facekit::picture::{EncodeOptions, FileFormat, Provenance};
use facekit::style::Style;
use facekit::{Engine, ErrorKind, Image, Limits};
use tempfile::TempDir;

use crate::runs::case;
use crate::stylizer::installed;
use crate::{golden, golden_path};

/// A folder with all parts, the LoRA of [`Style::ThreeD`] among them, and an engine for it.
fn home() -> (TempDir, Engine) {
    let folder = installed(&case("hosted"));
    fs::copy(golden("swap/arcface_tiny.onnx"), folder.path().join("antelopev2_glintr100.onnx")).unwrap();
    let lora = "3DRedmond-3DRenderStyle-3DRenderAF.safetensors";
    fs::copy(golden("diffusion/lora/xl_kohya.safetensors"), folder.path().join(lora)).unwrap();
    let engine = engine(folder.path());
    (folder, engine)
}

fn engine(folder: &Path) -> Engine {
    Engine::builder().licenses(LicensePolicy::Any).models(folder).build().unwrap()
}

fn portrait() -> Image {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
    Image::open(path, &Limits::default()).unwrap()
}

/// A quick run: four steps at 128 pixels.
fn quick() -> StylizeParams {
    StylizeParams { num_inference_steps: 4, size: 128, seed: 7, ..StylizeParams::default() }
}

#[test]
fn auto_takes_diffusion_where_all_of_it_is_installed() {
    let (_folder, engine) = home();
    let photo = portrait();
    let stylized = engine.stylize(&photo, &quick()).unwrap();
    assert_eq!(stylized.engine, StylizeEngine::Diffusion);
    assert_eq!((stylized.width, stylized.height, stylized.seed), (128, 128, Some(7)));
    assert_eq!(stylized.scheduler.map(|scheduler| scheduler.name()), Some("dpmpp_2m_sde"));
    for model in ["facekit-lite-detect", "redmond_3d_render", "instantid_resampler", "midas"] {
        assert!(stylized.models.iter().any(|name| name == model), "{model}: {:?}", stylized.models);
    }
    assert!(stylized.notes.is_empty(), "{:?}", stylized.notes);
    assert_eq!(stylized.image.metadata().provenance(), Some(Provenance::Generated));
    assert!(engine.stylize(&photo, &quick()).unwrap().image == stylized.image);
    let silent = StylizeParams { provenance: false, colors: 4, ..quick() };
    let silent = engine.stylize(&photo, &silent).unwrap();
    assert_eq!(silent.image.metadata().provenance(), None);
    assert_eq!(silent.notes, ["`colors` has no effect with the engine diffusion"]);
}

#[test]
fn a_seed_that_was_drawn_is_reported_and_gives_the_same_again() {
    let (_folder, engine) = home();
    let photo = portrait();
    let drawn = StylizeParams { seed: -1, ..quick() };
    let [a, b] = [&drawn, &drawn].map(|params| engine.stylize(&photo, params).unwrap());
    assert_ne!(a.seed, b.seed);
    assert!(a.image != b.image);
    let again = StylizeParams { seed: a.seed.unwrap().into(), ..quick() };
    assert!(engine.stylize(&photo, &again).unwrap().image == a.image);
}

#[test]
fn a_picture_of_any_shape_keeps_it() {
    let (_folder, engine) = home();
    let photo = portrait();
    let tall = Image::from_view(photo.view().crop(120, 0, 201, 333).unwrap());
    let stylized = engine.stylize(&tall, &quick()).unwrap();
    assert_eq!((stylized.width, stylized.height), (77, 128));
    let thin = Image::from_view(photo.view().crop(200, 0, 40, 512).unwrap());
    let faceless = StylizeParams { instant_id_strength: 0.0, ..quick() };
    let error = engine.stylize(&thin, &faceless).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("40×512"), "{error}");
}

#[test]
fn the_face_alone_is_painted_and_the_rest_stays() {
    let (_folder, engine) = home();
    let photo = portrait();
    let stylized = engine.stylize(&photo, &StylizeParams { area: StylizeArea::Face, ..quick() }).unwrap();
    assert_eq!((stylized.width, stylized.height), (photo.width(), photo.height()));
    let face = stylized.faces[0].rect;
    // The square around a face near the border is moved into the picture.
    let reach = face.width.max(face.height) + 1.0;
    let middle = |at: f32, side: u32| at.max(reach - 1.0).min(side as f32 - reach + 1.0);
    let (left, top) = (middle(face.center().x, photo.width()), middle(face.center().y, photo.height()));
    let (mut inside, mut outside) = (false, false);
    for y in 0..photo.height() {
        let pairs = photo.view().row(y).chunks(3).zip(stylized.image.view().row(y).chunks(3));
        for (x, _) in pairs.enumerate().filter(|(_, (a, b))| a != b) {
            let (x, y) = (x as f32, y as f32);
            let is_near = (x - left).abs().max((y - top).abs()) <= reach;
            inside |= is_near;
            outside |= !is_near;
        }
    }
    assert!(inside && !outside);
}

#[test]
fn what_is_missing_is_named_and_auto_goes_on_without_it() {
    let (folder, engine) = home();
    let photo = portrait();
    // The LoRA of another style is not there.
    let pixels = StylizeParams { style: Style::Pixels, ..quick() };
    let stylized = engine.stylize(&photo, &pixels).unwrap();
    assert_eq!(stylized.engine, StylizeEngine::Classic);
    assert!(stylized.notes[0].contains("redmond_pixel_art"), "{:?}", stylized.notes);
    let asked = StylizeParams { engine: StylizeEngine::Diffusion, ..pixels.clone() };
    let error = engine.stylize(&photo, &asked).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    assert!(error.chain().contains("redmond_pixel_art"), "{}", error.chain());
    let without = StylizeParams { lora_scale: 0.0, ..asked };
    assert_eq!(engine.stylize(&photo, &without).unwrap().engine, StylizeEngine::Diffusion);

    fs::remove_file(folder.path().join("midas.onnx")).unwrap();
    let engine = self::engine(folder.path());
    let stylized = engine.stylize(&photo, &quick()).unwrap();
    assert_eq!(stylized.engine, StylizeEngine::Classic);
    assert!(
        stylized.notes[0].contains("`control_depth_strength` is 0.8 (0 goes without)"),
        "{:?}",
        stylized.notes
    );
    let flat = StylizeParams { control_depth_strength: 0.0, ..quick() };
    assert_eq!(engine.stylize(&photo, &flat).unwrap().engine, StylizeEngine::Diffusion);
}

#[test]
fn a_custom_lora_takes_the_place_of_the_styles_words_and_lora() {
    let (_folder, engine) = home();
    let photo = portrait();
    let custom = |path: &str| StylizeParams { custom_lora: Some(path.into()), style: Style::Toy, ..quick() };
    let lora = golden_path("diffusion/lora/xl_kohya.safetensors");
    let own = engine.stylize(&photo, &custom(&lora)).unwrap();
    let styled = engine.stylize(&photo, &quick()).unwrap();
    assert!(own.image != styled.image, "the same LoRA, but not the same words");
    // Without guidance the negative prompt, which has words of the style too, has no part.
    let unguided = |params| StylizeParams { prompt_strength: 1.0, ..params };
    let prompt = Style::ThreeD.prompt("a person");
    let same_words = engine.stylize(&photo, &unguided(StylizeParams { prompt, ..custom(&lora) })).unwrap();
    assert!(same_words.image == engine.stylize(&photo, &unguided(quick())).unwrap().image);
    assert_eq!(own.notes, ["`style` has no effect with the engine diffusion"]);
    let error =
        engine.stylize(&photo, &custom(&golden_path("diffusion/lora/sd1_kohya.safetensors"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(error.chain().contains("sd1_kohya"), "{}", error.chain());
}

#[test]
fn every_chosen_face_has_a_part() {
    let (_folder, engine) = home();
    let photo = portrait();
    let rows = (0..photo.height()).flat_map(|y| [photo.view().row(y); 2].concat());
    let two = Image::from_pixels(1024, 512, photo.format(), rows.collect()).unwrap();
    let stylized = engine.stylize(&two, &quick()).unwrap();
    assert_eq!((stylized.faces.len(), stylized.width, stylized.height), (2, 128, 64));
    let mut one = quick();
    one.detect.select = facekit::params::Select::One;
    let one = engine.stylize(&two, &one).unwrap();
    assert_eq!(one.faces.len(), 1);
    assert!(one.image != stylized.image);
}

#[test]
fn a_face_is_needed_unless_instant_id_is_left_out() {
    let (_folder, engine) = home();
    let empty = Image::new(200, 200, facekit::PixelFormat::Rgb).unwrap();
    let error = engine.stylize(&empty, &quick()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
    assert!(error.to_string().contains("`instant_id_strength`"), "{error}");
    let without = StylizeParams { instant_id_strength: 0.0, ..quick() };
    let stylized = engine.stylize(&empty, &without).unwrap();
    assert_eq!((stylized.width, stylized.faces.len()), (128, 0));
    let nothing = StylizeParams { denoising_strength: 0.0, ..quick() };
    let stylized = engine.stylize(&portrait(), &nothing).unwrap();
    let small = resize(portrait().view(), 128, 128, Filter::Area).unwrap();
    assert!(stylized.image.pixels() == small.pixels());
}

#[test]
fn a_file_is_encoded_as_it_was() {
    let (_folder, engine) = home();
    let file = portrait().encode(&EncodeOptions::new(FileFormat::Jpeg)).unwrap();
    let stylized = engine.stylize_file(&file, &quick()).unwrap();
    assert_eq!((stylized.format, stylized.width, stylized.seed), (FileFormat::Jpeg, 128, Some(7)));
}

#[test]
fn a_pack_that_cannot_be_held_to_faces_is_passed_over() {
    let (folder, _) = home();
    let ordinary = folder.path().join("sd_xl_base_1.0");
    copy_all(&golden("diffusion/xl"), &ordinary);
    let engine = self::engine(folder.path());
    assert_eq!(engine.stylize(&portrait(), &quick()).unwrap().engine, StylizeEngine::Diffusion);

    let alone = TempDir::new().unwrap();
    copy_all(&golden("diffusion/xl"), &alone.path().join("sd_xl_base_1.0"));
    let engine = self::engine(alone.path());
    let stylized = engine.stylize(&portrait(), &quick()).unwrap();
    assert_eq!(stylized.engine, StylizeEngine::Classic);
    assert!(stylized.notes[0].contains("image tokens"), "{:?}", stylized.notes);
    let named = StylizeParams { custom_lora: Some("mine".into()), ..quick() };
    assert_eq!(engine.stylize(&portrait(), &named).unwrap_err().kind(), ErrorKind::ModelNotFound);
    let typo = StylizeParams { model: Some("typo".into()), ..quick() };
    assert_eq!(engine.stylize(&portrait(), &typo).unwrap_err().kind(), ErrorKind::ModelNotFound);
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy_all(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}
