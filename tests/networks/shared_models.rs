//! Real landmarkers and a real recognizer, where the folder `../shared` is there.

use std::path::PathBuf;

use crate::shared_folder::shared;
use facekit::face::Embedding;
use facekit::geometry::{Border, Filter, Similarity, crop_face, gaussian_blur, resize};
use facekit::params::{DetectParams, EmbedParams};
use facekit::{Image, Limits, PixelFormat};

use crate::{engine, root};

/// How many people are told apart.
const PEOPLE: usize = 24;

fn text(path: PathBuf) -> Option<String> {
    path.to_str().map(str::to_owned)
}

#[test]
fn landmarkers_agree_with_the_detector() {
    let Some(folder) = shared("models/landmark") else { return };
    for name in ["pfld_68", "pfld_ghostone_98", "facemesh_468", "facemesh_478_fp16in"] {
        let landmarker = text(folder.join(format!("{name}.onnx")));
        for photo in ["astronaut.png", "grace_hopper.jpg"] {
            let image = Image::open(root().join("examples/photos").join(photo), &Limits::default()).unwrap();
            let plain = engine().detect(&image, &DetectParams::default()).unwrap().faces;
            let params =
                DetectParams { landmarks: true, landmarker: landmarker.clone(), ..Default::default() };
            let faces = engine().detect(&image, &params).unwrap().faces;
            let (points, five) =
                (plain[0].points.unwrap(), faces[0].landmarks.as_ref().unwrap().five_points());
            let eyes = points[0].distance(points[1]);
            let apart = points.iter().zip(five).map(|(a, b)| a.distance(b)).sum::<f32>() / 5.0 / eyes;
            println!("{name}, {photo}: {apart:.3} of the distance between the eyes");
            assert_eq!(faces[0].points, Some(five), "{name}, {photo}: {apart}");
        }
    }
}

#[test]
fn mobilefacenet_tells_people_apart() {
    let (Some(folder), Some(model)) =
        (shared("photos/portraits"), shared("models/recognize/mobilefacenet_128d.onnx"))
    else {
        return;
    };
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jpg"));
    paths.sort();
    let params = EmbedParams { recognizer: text(model), ..Default::default() };
    let embed = |image: &Image| -> Option<Embedding> {
        engine().embed(image, &params).unwrap().faces.into_iter().next().map(|face| face.embedding)
    };
    let mut people = Vec::new();
    for path in paths.iter().step_by((paths.len() / PEOPLE).max(1)).take(PEOPLE) {
        let image = Image::open(path, &Limits::default()).unwrap();
        let height = (400 * image.height() / image.width()).max(1);
        let image = resize(image.view(), 400, height, Filter::Area).unwrap();
        let Some(original) = embed(&image) else { continue };
        let copies = [
            gaussian_blur(image.view(), 2.0).unwrap(),
            altered(&image, |i, level| level * 0.6 + ((i * 7919) % 31) as f32),
            altered(&image, |_, level| level * 1.3),
            turned(&image, 0.2),
        ];
        people.push((original, copies.iter().filter_map(embed).collect::<Vec<_>>()));
    }
    let (mut same, mut others) = (Vec::new(), Vec::new());
    for (i, (original, _)) in people.iter().enumerate() {
        for (j, (_, copies)) in people.iter().enumerate() {
            let similarities = copies.iter().map(|copy| original.similarity(copy).unwrap());
            if i == j { same.extend(similarities) } else { others.extend(similarities) }
        }
    }
    let wins: usize = same.iter().map(|same| others.iter().filter(|other| same > other).count()).sum();
    let auc = wins as f64 / (same.len() * others.len()) as f64;
    println!("{} people, {} copies: AUC {auc:.4}", people.len(), same.len());
    assert!(people.len() >= PEOPLE / 2 && auc >= 0.99, "{} people, AUC {auc}", people.len());
}

/// The same picture, turned about its centre by an angle in radians.
fn turned(image: &Image, angle: f64) -> Image {
    let [x, y] = [image.width(), image.height()].map(|side| f64::from(side) / 2.0);
    let centred = Similarity::from_parts(1.0, 0.0, [-x, -y]);
    let turn = centred.then(&Similarity::from_parts(1.0, angle, [x, y]));
    crop_face(image.view(), &turn, image.width(), image.height(), Border::Replicate).unwrap()
}

/// The same picture, each level changed.
fn altered(image: &Image, change: impl Fn(usize, f32) -> f32) -> Image {
    let levels = image.pixels().iter().enumerate().map(|(i, level)| change(i, f32::from(*level)) as u8);
    Image::from_pixels(image.width(), image.height(), PixelFormat::Rgb, levels.collect()).unwrap()
}
