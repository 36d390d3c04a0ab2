use facekit::face::Embedding;
use facekit::face::align;
use facekit::face::swappers::SourceKind;
use facekit::geometry::Point;
use facekit::runtime::{Phase, PixelCoding};
use facekit::{CancelToken, Image, Limits, PixelFormat};
use serde::Deserialize;

use crate::support::*;

#[derive(Deserialize)]
struct Golden {
    points: [[f32; 2]; 5],
    source_points: [[f32; 2]; 5],
    stride: usize,
    latents: Vec<Latent>,
    crops: Vec<Crops>,
}

#[derive(Deserialize)]
struct Latent {
    model: String,
    seeds: Vec<i32>,
    weight: Option<f32>,
}

#[derive(Deserialize)]
struct Crops {
    model: String,
    sizes: Vec<u32>,
}

fn expected() -> Golden {
    serde_json::from_slice(&std::fs::read(golden("swappers.json")).unwrap()).unwrap()
}

fn points(points: [[f32; 2]; 5]) -> [Point; 5] {
    points.map(|[x, y]| Point::new(x, y))
}

fn picture(name: &str) -> Image {
    Image::open(golden(name), &Limits::default()).unwrap()
}

#[test]
fn latents_are_those_of_insightface_and_facefusion() {
    let (installed, cancel) = (Installed::all(), CancelToken::new());
    let numbers = std::fs::read(golden("latents.f32")).unwrap();
    let latents: Vec<&[u8]> = numbers.chunks_exact(4 * 512).collect();
    let cases = expected().latents;
    assert_eq!(latents.len(), cases.len());
    for (Latent { model, seeds, weight }, bytes) in cases.iter().zip(latents) {
        let swapper = installed.swapper(model).unwrap();
        assert_eq!((swapper.source_kind(), swapper.embedding_len()), (SourceKind::Identity, 512));
        let embeddings: Vec<_> = seeds.iter().map(|&seed| identity(seed)).collect();
        let source = Embedding::average(&embeddings).unwrap();
        let mut found = swapper.source_of_identity(&source, &cancel).unwrap();
        if let Some(weight) = *weight {
            found = swapper.balance(&found, &identity(3), weight, &cancel).unwrap();
        }
        assert_eq!(found.tensor().shape(), [1, 512], "{model}");
        let expected = bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes);
        let apart = found.tensor().iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart <= 1e-6, "{model} {seeds:?} {weight:?}: {apart}");
    }
}

#[test]
fn a_weight_of_a_half_leaves_the_source_as_it_is() {
    let (installed, cancel) = (Installed::all(), CancelToken::new());
    for name in ["inswapper_128", "ghost_1_256"] {
        let swapper = installed.swapper(name).unwrap();
        let source = swapper.source_of_identity(&identity(1), &cancel).unwrap();
        let balanced = swapper.balance(&source, &identity(3), 0.5, &cancel).unwrap();
        assert!(source.tensor().iter().zip(balanced.tensor()).all(|(a, b)| (a - b).abs() <= 1e-6), "{name}");
    }
}

#[test]
fn crops_are_those_of_the_formulas_at_every_boost() {
    let (installed, cancel, photo) = (Installed::all(), CancelToken::new(), half_size());
    let expected = expected();
    for Crops { model, sizes } in &expected.crops {
        let swapper = installed.swapper(model).unwrap();
        let source = match swapper.source_kind() {
            SourceKind::Identity => swapper.source_of_identity(&identity(1), &cancel),
            SourceKind::Picture => swapper.source_of_picture(photo.view(), &points(expected.source_points)),
        };
        let source = source.unwrap();
        if swapper.source_kind() == SourceKind::Picture {
            let face = PixelCoding::UNIT_RGB.decode(source.tensor()).unwrap();
            let name = format!("{model}_source.png");
            assert_same_picture(&every(&face, 3), &picture(&name), &name);
        }
        for &size in sizes {
            assert_eq!(swapper.size(Some(size)).unwrap(), size);
            let target = align(photo.view(), &points(expected.points), swapper.template(), size).unwrap();
            let swapped = swapper.run(target.view(), &source, &cancel).unwrap();
            let name = format!("{model}_{size}.png");
            assert_same_picture(&every(&swapped, expected.stride), &picture(&name), &name);
        }
        assert_eq!(swapper.size(None).unwrap(), swapper.sizes().next().unwrap());
    }
}

#[test]
fn a_run_gives_the_same_bytes_each_time_and_from_any_layout() {
    let (installed, cancel) = (Installed::all(), CancelToken::new());
    let swapper = installed.swapper("inswapper_128").unwrap();
    let source = swapper.source_of_identity(&identity(1), &cancel).unwrap();
    let target = align(half_size().view(), &points(expected().points), swapper.template(), 256).unwrap();
    let swapped = swapper.run(target.view(), &source, &cancel).unwrap();
    let bgra: Vec<u8> = target.pixels().chunks_exact(3).flat_map(|p| [p[2], p[1], p[0], 9]).collect();
    let bgra = facekit::ImageRef::new(&bgra, 256, 256, 1024, PixelFormat::Bgra).unwrap();
    assert_eq!(swapper.run(bgra, &source, &cancel).unwrap(), swapped);
}

#[test]
fn phases_hold_each_pixel_once() {
    let pixels: Vec<u8> = (0..13 * 7 * 3).map(|i| (i * 37 % 256) as u8).collect();
    let image = Image::from_pixels(13, 7, PixelFormat::Rgb, pixels).unwrap();
    for step in 1..=5 {
        let mut joined = Image::new(13, 7, PixelFormat::Rgb).unwrap();
        for (i, phase) in (0..).zip(Phase::of_step(step)) {
            let tensor = PixelCoding::SIGNED_RGB.encode_phase(image.view(), phase);
            let first = image.view().row(i / step)[3 * (i % step) as usize];
            assert!((tensor[[0, 0, 0, 0]] - (f32::from(first) / 127.5 - 1.0)).abs() < 1e-6, "{phase:?}");
            let tensor = tensor.view().into_dyn();
            PixelCoding::SIGNED_RGB.decode_phase(tensor.clone(), &mut joined.view_mut(), phase).unwrap();
            let mut other = Image::new(13, 12, PixelFormat::Rgb).unwrap();
            let error = PixelCoding::SIGNED_RGB.decode_phase(tensor, &mut other.view_mut(), phase);
            assert_eq!(error.unwrap_err().kind(), facekit::ErrorKind::InvalidModel);
        }
        assert_eq!(joined, image, "{step}");
    }
    assert_eq!(Phase::of_step(0).count(), 0);
}
