//! Swaps measured with a real recognizer, where `../shared` is there.

use std::io::Write as _;

use facekit::params::{DetectParams, EmbedParams, SwapParams};
use facekit::pipelines::SwapSource;
use facekit::{Image, Limits};

use crate::shared_folder::shared;
use crate::support::*;

fn recognizer() -> Option<String> {
    Some(shared("models/recognize/mobilefacenet_128d.onnx")?.to_str()?.to_owned())
}

/// How like two people are to MobileFaceNet.
fn similarity(recognizer: &str, a: &Image, b: &Image) -> f32 {
    let params = EmbedParams { recognizer: Some(recognizer.to_owned()), ..EmbedParams::default() };
    engine().compare(a, b, &params).unwrap().similarity
}

#[test]
fn a_mesh_swap_looks_like_its_source() {
    let Some(recognizer) = recognizer() else { return };
    for (source, target) in [(astronaut(), hopper()), (hopper(), astronaut())] {
        let swapped = engine().swap(&source, &target, &SwapParams::default()).unwrap().image;
        let (before, after) =
            (similarity(&recognizer, &source, &target), similarity(&recognizer, &source, &swapped));
        let _ = writeln!(std::io::stderr(), "similarity to the source: {before:.3} before, {after:.3} after");
        assert!(after > before + 0.3, "{before} {after}");
    }
}

#[test]
fn each_of_several_people_is_replaced_by_the_one_named_for_them() {
    let Some(recognizer) = recognizer() else { return };
    let Some(stranger) = shared("photos/portraits").and_then(|folder| {
        let mut files: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.into_iter().next()
    }) else {
        return;
    };
    let (a, b) = (astronaut(), Image::from_view(hopper().view().crop(0, 0, 512, 512).unwrap()));
    let stranger = Image::open(stranger, &Limits::default()).unwrap();
    let rows = (0..512).flat_map(|y| [a.view().row(y), b.view().row(y)].concat());
    let target = Image::from_pixels(1024, 512, a.format(), rows.collect()).unwrap();
    let detect = DetectParams { recognizer: Some(recognizer), ..DetectParams::default() };
    let params = SwapParams { detect, ..mesh() };
    let only_b = SwapSource { pictures: vec![(&stranger).into()], replaces: Some((&b).into()) };
    let swapped = engine().swap_file(std::slice::from_ref(&only_b), &encoded(&target), &params).unwrap();
    let image = Image::decode(&swapped.bytes, &Limits::default()).unwrap();
    assert_eq!(swapped.faces, 1);
    let [left, ..] = changed(&image, &target).unwrap();
    assert!(left > 512, "{left}");

    let everyone_else = SwapSource::new(&b);
    let swapped = engine().swap_file(&[only_b, everyone_else], &encoded(&target), &params).unwrap();
    let image = Image::decode(&swapped.bytes, &Limits::default()).unwrap();
    assert_eq!(swapped.faces, 2);
    let half = |x| Image::from_view(image.view().crop(x, 0, 512, 512).unwrap());
    let of =
        |face: &Image, person: &Image| similarity(params.detect.recognizer.as_deref().unwrap(), face, person);
    assert!(of(&half(0), &b) > of(&half(0), &stranger) + 0.2);
    assert!(of(&half(512), &stranger) > of(&half(512), &b) + 0.2);
}
