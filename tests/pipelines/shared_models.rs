//! Real detectors on real photographs, where the folder `../shared` is there: how many faces they find.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use facekit::models::LicensePolicy;
use facekit::params::DetectParams;
use facekit::{Engine, Image, Limits, Rect};

use crate::support::*;

/// The boxes of dlib's example set, by the name of the picture.
fn boxes(folder: &Path) -> BTreeMap<String, Vec<Rect>> {
    let attribute = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!("{name}='"))?;
        rest.split_once('\'').map(|(value, _)| value.to_owned())
    };
    let mut boxes: BTreeMap<String, Vec<Rect>> = BTreeMap::new();
    for name in ["testing.xml", "training.xml"] {
        let mut picture = String::new();
        for line in fs::read_to_string(folder.join(name)).unwrap().lines() {
            if line.contains("<image ") {
                picture = attribute(line, "file").unwrap().rsplit('/').next().unwrap().to_owned();
            } else if line.contains("<box ") {
                let [x, y, width, height] = ["left", "top", "width", "height"]
                    .map(|name| attribute(line, name).unwrap().parse().unwrap());
                boxes.entry(picture.clone()).or_default().push(Rect::new(x, y, width, height));
            }
        }
    }
    boxes
}

struct Score {
    found: usize,
    more: usize,
    milliseconds: f64,
}

/// Looks for the boxes of some pictures: a face counts when it has an intersection over union of 0.4 with a box.
fn score(engine: &Engine, params: &DetectParams, pictures: &[(Image, Vec<Rect>)]) -> Score {
    let mut score = Score { found: 0, more: 0, milliseconds: 0.0 };
    for (image, boxes) in pictures {
        let detection = engine.detect(image, params).unwrap();
        score.milliseconds += detection.metrics.inference_time.as_secs_f64() * 1e3;
        let mut faces = detection.faces;
        for expected in boxes {
            let best = (0..faces.len())
                .max_by(|a, b| faces[*a].rect.iou(expected).total_cmp(&faces[*b].rect.iou(expected)));
            if let Some(best) = best.filter(|best| faces[*best].rect.iou(expected) >= 0.4) {
                faces.swap_remove(best);
                score.found += 1;
            }
        }
        score.more += faces.len();
    }
    score
}

#[test]
fn every_face_of_two_sets_is_found() {
    let (Some(folder), Some(solvay)) = (shared("photos/dlib"), shared("photos/solvay_conference_1927.png"))
    else {
        return;
    };
    let Some(models) = shared("models/detect") else { return };
    let pictures: Vec<_> = boxes(&folder)
        .into_iter()
        .map(|(name, boxes)| (Image::open(folder.join(name), &Limits::default()).unwrap(), boxes))
        .collect();
    assert_eq!(pictures.iter().map(|(_, boxes)| boxes.len()).sum::<usize>(), 43);
    let solvay = Image::open(solvay, &Limits::default()).unwrap();
    let engine = Engine::builder().licenses(LicensePolicy::Any).build().unwrap();
    println!("detector                        dlib  more  ms each  solvay      ms");
    for name in [
        "yunet_n_dynamic",
        "yunet_s_dynamic",
        "yunet_n_640_640",
        "scrfd_2.5g_kps_NONCOMMERCIAL",
        "scrfd_500m_kps_NONCOMMERCIAL",
        "ultraface_rfb_320",
        "blazeface_full_range",
        "facekit-lite-detect",
    ] {
        let path = models.join(format!("{name}.onnx"));
        let detector = if path.exists() { path.to_str().unwrap() } else { name };
        let params = DetectParams { detector: Some(detector.to_owned()), ..Default::default() };
        engine.detect(&plain(64, 64, [0; 3]), &params).unwrap();
        let Score { found, more, milliseconds } = score(&engine, &params, &pictures);
        let group = engine.detect(&solvay, &params).unwrap();
        println!(
            "{name:<30} {found:>2}/43 {more:>5} {:>8.0} {:>5}/29 {:>7.0}",
            milliseconds / pictures.len() as f64,
            group.faces.len(),
            group.metrics.inference_time.as_secs_f64() * 1e3
        );
        if name == "yunet_n_dynamic" {
            assert_eq!((found, group.faces.len()), (43, 29));
            for image in [plain(600, 400, [90, 120, 200]), pattern(640, 480)] {
                assert_eq!(engine.detect(&image, &params).unwrap().faces, [], "no face, no alarm");
            }
        }
    }
}
