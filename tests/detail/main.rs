//! Detail and refinement, end to end, with a tiny diffusion model of random weights.

#![cfg(feature = "embedded")]
mod hostile;
mod running;

use facekit::params::{DetailParams, DetectParams, DiffusionParams, Fallback, Outline, RefineParams, Select};
use facekit::picture::{FileFormat, Provenance};
use facekit::pipelines::{DetailEngine, Detailed};
use facekit::{Engine, Image, Limits, PixelFormat};

/// The pack of random weights, in the layout of Stable Diffusion 1.
const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diffusion/sd1/");
const ASTRONAUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");

fn astronaut() -> Image {
    Image::open(ASTRONAUT, &Limits::default()).unwrap()
}

fn engine() -> Engine {
    Engine::builder().build().unwrap()
}

/// The defaults with the tiny pack, at a size that runs quickly.
fn params() -> DetailParams {
    let mut params =
        DetailParams { model: Some(PACK.to_owned()), num_inference_steps: 15, ..DetailParams::default() };
    params.crop.guide_size = 128;
    params
}

/// The share of pixels that differ.
fn changed(a: &Image, b: &Image) -> f64 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let (a, b) = (a.pixels().chunks_exact(3), b.pixels().chunks_exact(3));
    let pixels = a.len() as f64;
    a.zip(b).filter(|(a, b)| a != b).count() as f64 / pixels
}

fn only(detailed: &Detailed) -> &Image {
    assert_eq!(detailed.images.len(), 1);
    &detailed.images[0]
}

#[test]
fn a_face_is_repainted_and_nothing_else() {
    let photo = astronaut();
    let detailed = engine().detail(&photo, &params()).unwrap();
    assert_eq!((detailed.engine, detailed.seeds.as_slice()), (DetailEngine::Diffusion, &[12467][..]));
    assert_eq!((detailed.width, detailed.height), (photo.width(), photo.height()));
    assert!(detailed.models.iter().any(|model| model == "sd1"), "{:?}", detailed.models);
    let face = &detailed.faces[0].rect;
    let image = only(&detailed);
    assert_eq!(image.metadata().provenance(), Some(Provenance::Composite));
    let share = changed(image, &photo);
    assert!((0.02..0.2).contains(&share), "{share}");
    // The square around the face is 1.6 boxes wide: nothing outside it may change.
    let reach = 0.8 * face.width.max(face.height) + 1.0;
    let center = face.center();
    for y in 0..photo.height() {
        for x in 0..photo.width() {
            let outside = (x as f32 - center.x).abs() > reach || (y as f32 - center.y).abs() > reach;
            let at = 3 * (y * photo.width() + x) as usize;
            if outside {
                assert_eq!(image.pixels()[at..at + 3], photo.pixels()[at..at + 3], "{x}, {y}");
            }
        }
    }
}

#[test]
fn a_seed_means_one_picture_on_any_number_of_threads() {
    let photo = astronaut();
    let one = Engine::builder().threads(1).build().unwrap().detail(&photo, &params()).unwrap();
    let two = Engine::builder().threads(2).build().unwrap().detail(&photo, &params()).unwrap();
    assert_eq!(only(&one).pixels(), only(&two).pixels());
    let other = engine().detail(&photo, &DetailParams { seed: 1, ..params() }).unwrap();
    assert_ne!(only(&one).pixels(), only(&other).pixels());
}

#[test]
fn samples_are_pictures_of_neighbouring_seeds() {
    let photo = astronaut();
    let engine = engine();
    let both = engine.detail(&photo, &DetailParams { samples: 2, seed: 7, ..params() }).unwrap();
    assert_eq!((both.images.len(), both.seeds.as_slice()), (2, &[7, 8][..]));
    let second = engine.detail(&photo, &DetailParams { seed: 8, ..params() }).unwrap();
    assert_eq!(both.images[1].pixels(), only(&second).pixels());
    assert_ne!(both.images[0].pixels(), both.images[1].pixels());
}

#[test]
fn what_shall_not_change_does_not() {
    let photo = astronaut();
    let engine = engine();
    let none = DetailParams { denoise: 0.0, ..params() };
    let skipped = DetailParams { prompt: "[SKIP]".into(), ..params() };
    let twice = DetailParams { denoise: 0.0, passes: 2, outline_denoise: 0.0, ..params() };
    for params in [none, skipped, twice] {
        let detailed = engine.detail(&photo, &params).unwrap();
        assert!(detailed.faces.is_empty(), "no face was repainted");
        assert_eq!(only(&detailed).pixels(), photo.pixels());
        assert_eq!(only(&detailed).metadata().provenance(), None);
    }
    let empty = Image::new(64, 48, PixelFormat::Rgb).unwrap();
    let detailed = engine.detail(&empty, &params()).unwrap();
    assert_eq!((only(&detailed).pixels(), detailed.faces.len()), (empty.pixels(), 0));
}

#[test]
fn two_faces_have_prompts_and_seeds_of_their_own() {
    let photo = side_by_side();
    let engine = engine();
    let in_order = DetectParams { order: facekit::face::Order::LeftRight, ..DetectParams::default() };
    let both = DetailParams { detect: in_order.clone(), prompt: "a [SEP] b".into(), ..params() };
    let both = engine.detail(&photo, &both).unwrap();
    assert_eq!(both.faces.len(), 2);
    let second = DetailParams { detect: in_order.clone(), prompt: "[SKIP] [SEP] b".into(), ..params() };
    let second = engine.detail(&photo, &second).unwrap();
    let half = photo.width() / 2;
    assert_eq!(column(only(&second), 0, half), column(&photo, 0, half));
    assert_eq!(column(only(&second), half, half), column(only(&both), half, half));
    // Alone, the second face has the second seed.
    let alone = DetectParams { select: Select::Index, index: 1, ..in_order };
    let alone = DetailParams { detect: alone, prompt: "b".into(), seed: 12468, ..params() };
    let alone = engine.detail(&photo, &alone).unwrap();
    assert_eq!(only(&alone).pixels(), only(&second).pixels());
}

#[test]
fn a_second_pass_changes_the_face_again() {
    let photo = astronaut();
    let engine = engine();
    let once = engine.detail(&photo, &params()).unwrap();
    let twice = engine.detail(&photo, &DetailParams { passes: 2, ..params() }).unwrap();
    let restored = DetailParams { passes: 2, outline: Outline::Restorer, ..params() };
    let restored = engine.detail(&photo, &restored).unwrap();
    assert_ne!(only(&once).pixels(), only(&twice).pixels());
    assert_ne!(only(&once).pixels(), only(&restored).pixels());
    assert!(restored.models.contains(&"facekit-lite-restore".to_owned()), "{:?}", restored.models);
    // The restorer's box reaches further than the outline of the face, and shows only within that.
    let outside = |image: &Image| column(image, 0, photo.width() / 4);
    assert!(outside(only(&restored)) == outside(&photo));
    let outline = DetailParams { passes: 2, denoise: 0.0, ..params() };
    let outline = engine.detail(&photo, &outline).unwrap();
    assert!(changed(only(&outline), &photo) > 0.02);
}

#[test]
fn the_picture_is_enlarged_before_its_faces_are_repainted() {
    let photo = astronaut();
    let detailed = engine().detail(&photo, &DetailParams { upscale: 2, ..params() }).unwrap();
    let image = only(&detailed);
    assert_eq!((image.width(), image.height()), (2 * photo.width(), 2 * photo.height()));
    assert!(detailed.faces[0].rect.right() < photo.width() as f32, "faces are in pixels of the input");
}

#[test]
fn alpha_stays_as_it_is() {
    let photo = astronaut();
    let pixels = photo.pixels().chunks_exact(3).enumerate();
    let pixels: Vec<u8> = pixels.flat_map(|(i, p)| [p[0], p[1], p[2], (i % 251) as u8]).collect();
    let clear = Image::from_pixels(photo.width(), photo.height(), PixelFormat::Rgba, pixels).unwrap();
    let detailed = engine().detail(&clear, &params()).unwrap();
    let image = only(&detailed);
    assert_eq!(image.format(), PixelFormat::Rgba);
    assert_ne!(image.pixels(), clear.pixels());
    let alpha = |image: &Image| image.pixels().iter().skip(3).step_by(4).copied().collect::<Vec<_>>();
    assert_eq!(alpha(image), alpha(&clear));
}

#[test]
fn a_refinement_is_a_detail_by_the_documented_map() {
    let levels = (1..=5).map(|denoising| RefineParams { denoising, ..RefineParams::default() }.to_detail());
    let levels: Vec<_> = levels.map(|detail| (detail.denoise, detail.num_inference_steps)).collect();
    assert_eq!(levels, [(0.15, 10), (0.25, 14), (0.4, 20), (0.55, 25), (0.75, 30)]);
    let photo = astronaut();
    let engine = engine();
    for (level, denoise, steps) in [(1, 0.15, 10), (3, 0.4, 20), (5, 0.75, 30)] {
        let mut params =
            RefineParams { denoising: level, model: Some(PACK.to_owned()), ..RefineParams::default() };
        params.crop.guide_size = 128;
        let refined = engine.refine(&photo, &params).unwrap();
        let ran = RefineParams { num_inference_steps: Some(steps), ..params.clone() };
        assert_eq!(only(&refined).pixels(), only(&engine.refine(&photo, &ran).unwrap()).pixels());
        if (15..=75).contains(&steps) {
            let same = DetailParams { denoise, num_inference_steps: steps, ..self::params() };
            let detailed = engine.detail(&photo, &same).unwrap();
            assert_eq!(only(&refined).pixels(), only(&detailed).pixels(), "level {level}");
        }
    }
}

#[test]
fn a_restorer_stands_in_where_that_is_allowed_and_says_so() {
    let photo = astronaut();
    let params = DetailParams { fallback: Fallback::Restore, ..DetailParams::default() };
    let detailed = engine().detail(&photo, &params).unwrap();
    assert_eq!((detailed.engine, detailed.seeds.len()), (DetailEngine::Restore, 0));
    assert!(changed(only(&detailed), &photo) > 0.02);
    assert_eq!(serde_json::to_value(&detailed).unwrap()["engine"], "restore");
    let params = RefineParams { fallback: Fallback::Restore, denoising: 1, ..RefineParams::default() };
    let refined = engine().refine(&photo, &params).unwrap();
    assert!(changed(only(&refined), &photo) > 0.02);
}

#[test]
fn the_result_is_a_file_as_the_parameters_ask() {
    let photo = astronaut();
    let params = |image_format, base64| DetailParams {
        fallback: Fallback::Restore,
        image_format,
        base64,
        ..DetailParams::default()
    };
    let engine = engine();
    for (format, start) in
        [(FileFormat::Jpeg, &b"\xff\xd8\xff"[..]), (FileFormat::Png, b"\x89PNG"), (FileFormat::Webp, b"RIFF")]
    {
        let files = engine.detail(&photo, &params(format, false)).unwrap().files().unwrap();
        assert_eq!(files.len(), 1);
        assert!(files[0].starts_with(start), "{format}");
    }
    let text = engine.detail(&photo, &params(FileFormat::Png, true)).unwrap().files().unwrap();
    assert!(text[0].starts_with(b"iVBORw0KGgo"), "a PNG in base64");
}

#[test]
fn another_scheduler_gives_another_picture() {
    let photo = astronaut();
    let engine = engine();
    let own = engine.detail(&photo, &params()).unwrap();
    let scheduler = Some(facekit::diffusion::SchedulerKind::DpmPp2m);
    let diffusion = DiffusionParams { scheduler, karras: Some(true), ..DiffusionParams::default() };
    let other = engine.detail(&photo, &DetailParams { diffusion, ..params() }).unwrap();
    assert_ne!(only(&own).pixels(), only(&other).pixels());
}

/// The two test portraits beside each other.
fn side_by_side() -> Image {
    let left = astronaut();
    let right =
        Image::open(ASTRONAUT.replace("astronaut.png", "grace_hopper.jpg"), &Limits::default()).unwrap();
    let (width, height) = (left.width() + right.width(), left.height().max(right.height()));
    let mut both = Image::new(width, height, PixelFormat::Rgb).unwrap();
    let mut view = both.view_mut();
    for (image, x) in [(&left, 0), (&right, left.width())] {
        for y in 0..image.height() {
            let row = image.view().row(y);
            view.row_mut(y)[3 * x as usize..][..row.len()].copy_from_slice(row);
        }
    }
    both
}

/// The pixels of some columns.
fn column(image: &Image, x: u32, width: u32) -> Vec<u8> {
    let view = image.view().crop(x, 0, width, image.height()).unwrap();
    (0..view.height()).flat_map(|y| view.row(y).to_vec()).collect()
}
