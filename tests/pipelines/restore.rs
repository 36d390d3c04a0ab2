//! Restoration: every family's contract, what of the picture may change, and what the result says of itself.

use facekit::face::alignment;
use facekit::geometry::{Filter, Template, resize};
use facekit::params::{DetectParams, RestoreParams, Select};
use facekit::picture::Provenance;
use facekit::pipelines::Restored;
use facekit::{Error, ErrorKind, Image, Limits, Point};

use crate::support::*;

fn restore(image: &Image, params: &RestoreParams) -> Restored {
    engine().restore(image, params).unwrap()
}

fn refuse(image: &Image, params: &RestoreParams) -> Error {
    engine().restore(image, params).unwrap_err()
}

/// How much brighter, in levels, a picture became in the middle of its face.
fn brightening(before: &Image, after: &Restored) -> f32 {
    let center = after.faces[0].rect.center();
    let (mut total, mut count) = (0.0, 0.0);
    for y in center.y as u32 - 4..center.y as u32 + 4 {
        let start = 3 * (center.x as usize - 4);
        for (a, b) in before.view().row(y)[start..start + 24].iter().zip(&after.image.view().row(y)[start..])
        {
            total += f32::from(*b) - f32::from(*a);
            count += 1.0;
        }
    }
    total / count
}

/// A picture of middle tones, so that nothing saturates.
fn calm() -> Image {
    let image = square(&astronaut(), 256);
    let pixels = image.pixels().iter().map(|value| 90 + value / 4).collect();
    Image::from_pixels(256, 256, image.format(), pixels).unwrap()
}

#[test]
fn every_family_of_restorers_runs() {
    let image = calm();
    // A tenth of half the range is 12.75 levels.
    for name in ["gfpgan", "gpen_256", "gpen_1024", "lite_restore", "weights_among_inputs"] {
        let allow = facekit::models::LicensePolicy::Allow(vec!["weights_among_inputs".into()]);
        let engine = facekit::Engine::builder().licenses(allow).build().unwrap();
        let restored = engine.restore(&image, &restorer_of_one_face(&format!("models/{name}.onnx"))).unwrap();
        assert_eq!(restored.models, ["one_face", name]);
        assert_eq!(restored.faces.len(), 1);
        let levels = brightening(&image, &restored);
        assert!((levels - 12.75).abs() < 1.0, "{name}: {levels}");
    }
}

#[test]
fn the_weight_reaches_the_graph() {
    let image = calm();
    for name in ["codeformer_float64", "codeformer_float32"] {
        for fidelity_weight in [0.0, 0.5, 1.0] {
            let params = restorer_of_one_face(&format!("models/{name}.onnx"));
            let restored = restore(&image, &RestoreParams { fidelity_weight, ..params });
            let levels = brightening(&image, &restored);
            assert!((levels - 12.75 * fidelity_weight).abs() < 1.0, "{name} {fidelity_weight}: {levels}");
        }
    }
}

#[test]
fn a_second_pass_restores_what_the_first_made() {
    let image = calm();
    let params = RestoreParams { passes: 2, ..restorer_of_one_face("models/gfpgan.onnx") };
    let levels = brightening(&image, &restore(&image, &params));
    assert!((levels - 25.5).abs() < 1.5, "{levels}");
}

#[test]
fn the_embedded_restorer_runs_on_a_portrait() {
    let image = astronaut();
    let restored = restore(&image, &RestoreParams::default());
    assert_eq!(restored.models, ["facekit-lite-detect", "facekit-lite-restore"]);
    assert_eq!((restored.image.width(), restored.image.height()), (512, 512));
    let changed = differences(&image, &restored.image, 0);
    assert!(changed > 1000, "{changed}");
    // A good face stays what it is.
    let large = differences(&image, &restored.image, 64);
    assert!(large < changed / 20, "{large} of {changed}");
}

#[test]
fn nothing_outside_the_face_changes() {
    let image = astronaut();
    for mask_blur in [0.0, 0.3, 1.0] {
        let params = RestoreParams { mask_blur, ..restorer("models/gfpgan.onnx") };
        let restored = restore(&image, &params);
        let to_crop = alignment(&restored.faces[0].points.unwrap(), Template::Ffhq512, 512).unwrap();
        let mut inside = 0;
        for (i, (before, after)) in
            image.pixels().chunks_exact(3).zip(restored.image.pixels().chunks_exact(3)).enumerate()
        {
            let at = to_crop.apply(Point::new((i % 512) as f32, (i / 512) as f32));
            // A pixel at the edge of the crop is partly inside.
            let inner = -to_crop.scale() as f32..=511.0 + to_crop.scale() as f32;
            let outside = !inner.contains(&at.x) || !inner.contains(&at.y);
            assert!(!outside || before == after, "pixel {i} is at {at:?} of the crop, and changed");
            inside += usize::from(before != after);
        }
        assert!(inside > 10_000, "{inside}");
    }
}

#[test]
fn blend_mixes_from_the_input_to_the_output() {
    let image = calm();
    let params = |blend| RestoreParams { blend, ..restorer_of_one_face("models/gfpgan.onnx") };
    assert_eq!(differences(&restore(&image, &params(0.0)).image, &image, 0), 0);
    let half = brightening(&image, &restore(&image, &params(0.5)));
    assert!((half - 6.4).abs() < 1.0, "{half}");
}

#[test]
fn padding_keeps_a_side_of_the_face_as_it_was() {
    let image = calm();
    let params = |mask_padding| RestoreParams {
        mask_padding,
        mask_blur: 0.0,
        ..restorer_of_one_face("models/gfpgan.onnx")
    };
    assert_eq!(differences(&restore(&image, &params([100.0, 0.0, 0.0, 0.0])).image, &image, 0), 0);
    // Of each side's half: how many bytes of the left, right, top and bottom half of the picture changed.
    let changed = |padding| {
        let restored = restore(&image, &params(padding)).image;
        let mut halves = [0; 4];
        for (i, (a, b)) in image.pixels().chunks_exact(3).zip(restored.pixels().chunks_exact(3)).enumerate() {
            let (x, y) = (i % 256, i / 256);
            if a != b {
                halves[usize::from(x >= 128)] += 1;
                halves[2 + usize::from(y >= 128)] += 1;
            }
        }
        halves
    };
    let [left, right, top, bottom] = changed([0.0; 4]);
    let cut = [
        changed([0.0, 0.0, 0.0, 30.0]),
        changed([0.0, 30.0, 0.0, 0.0]),
        changed([30.0, 0.0, 0.0, 0.0]),
        changed([0.0, 0.0, 30.0, 0.0]),
    ];
    for (side, whole) in [left, right, top, bottom].into_iter().enumerate() {
        assert!(cut[side][side] < whole * 4 / 5, "side {side}: {} of {whole}", cut[side][side]);
        let opposite = side ^ 1;
        let untouched = [left, right, top, bottom][opposite];
        assert!(
            cut[side][opposite] > untouched * 4 / 5,
            "side {side}: {} of {untouched}",
            cut[side][opposite]
        );
    }
}

#[test]
fn the_pasted_face_is_that_of_the_reference() {
    let params = RestoreParams {
        mask_padding: [10.0, 0.0, 5.0, 20.0],
        ..restorer_of_one_face("pipelines/brighter.onnx")
    };
    let restored = restore(&astronaut(), &params).image;
    let expected = Image::open(golden("pipelines/restored.png"), &Limits::default()).unwrap();
    let pixels = (0..512).step_by(4).flat_map(|y| {
        let row = restored.view().row(y).chunks_exact(3).step_by(4);
        row.flatten().copied().collect::<Vec<_>>()
    });
    let found = Image::from_pixels(128, 128, restored.format(), pixels.collect()).unwrap();
    let before = resize(astronaut().view(), 128, 128, Filter::Nearest).unwrap();
    assert!(differences(&before, &found, 4) > 10_000, "the face was pasted at all");
    let off = differences(&found, &expected, 1);
    assert!(off * 1000 <= expected.pixels().len(), "{off} of {} bytes are off", expected.pixels().len());
}

#[test]
fn a_picture_grows_by_whole_factors() {
    let image = calm();
    for upscale in [2, 3, 4] {
        let restored =
            restore(&image, &RestoreParams { upscale, ..restorer_of_one_face("models/gpen_256.onnx") });
        let side = 256 * upscale;
        assert_eq!((restored.width, restored.height), (side, side));
        assert_eq!((restored.image.width(), restored.image.height()), (side, side));
        // Faces stay in pixels of the input, and their restored pixels go where the picture's own went.
        assert!(restored.faces[0].rect.right() < 256.0);
        let resampled = resize(image.view(), side, side, Filter::Lanczos3).unwrap();
        let back = resize(restored.image.view(), 256, 256, Filter::Area).unwrap();
        let levels = brightening(&image, &Restored { image: back, ..restored.clone() });
        assert!((levels - 12.75).abs() < 1.5, "{upscale}: {levels}");
        let corner = |image: &Image| image.view().row(0)[..24].to_vec();
        assert_eq!(corner(&restored.image), corner(&resampled));
    }
}

#[test]
fn an_enlarged_face_goes_where_it_was() {
    // A restorer that changes nothing, so that a shift would show.
    let image = calm();
    let params =
        RestoreParams { fidelity_weight: 0.0, ..restorer_of_one_face("models/codeformer_float32.onnx") };
    let restored = restore(&image, &RestoreParams { upscale: 4, ..params });
    let resampled = resize(image.view(), 1024, 1024, Filter::Lanczos3).unwrap();
    let center = restored.faces[0].rect.center();
    let part = |image: &Image, dx: i32, dy: i32| {
        let (x, y) = (4.0 * center.x - 100.0, 4.0 * center.y - 100.0);
        Image::from_view(image.view().crop((x as i32 + dx) as u32, (y as i32 + dy) as u32, 200, 200).unwrap())
    };
    let off = |dx, dy| {
        let (a, b) = (part(&restored.image, 0, 0), part(&resampled, dx, dy));
        a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
    };
    for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
        assert!(off(0, 0) < off(dx, dy), "{dx}, {dy}: {} {}", off(0, 0), off(dx, dy));
    }
}

#[test]
fn the_enlarged_picture_is_held_to_the_limits() {
    let limits = Limits { pixels: 256 * 256 * 4, ..Limits::default() };
    let engine = facekit::Engine::builder().limits(limits).build().unwrap();
    let params = restorer_of_one_face("models/gpen_256.onnx");
    assert!(engine.restore(&calm(), &RestoreParams { upscale: 2, ..params.clone() }).is_ok());
    let error = engine.restore(&calm(), &RestoreParams { upscale: 3, ..params }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("768×768"), "{error}");
}

#[test]
fn alpha_is_kept() {
    let alpha = |i: usize| (i / 256) as u8;
    let image = with_alpha(&calm(), alpha);
    let restored = restore(&image, &restorer_of_one_face("models/gpen_256.onnx")).image;
    assert_eq!(restored.format(), image.format());
    assert!(restored.pixels().chunks_exact(4).enumerate().all(|(i, pixel)| pixel[3] == alpha(i)));
    let opaque = restore(&calm(), &restorer_of_one_face("models/gpen_256.onnx")).image;
    let colours = restored.pixels().chunks_exact(4).flat_map(|pixel| &pixel[..3]);
    assert!(colours.eq(opaque.pixels()));
}

#[test]
fn metadata_is_kept_and_says_what_was_done() {
    let mut image = calm();
    let metadata = image.metadata_mut();
    metadata.icc = Some(vec![7; 200]);
    metadata.exif = Some(b"MM\0\x2a\0\0\0\x08\0\0\0\0\0\0".to_vec());
    let params = restorer_of_one_face("models/gpen_256.onnx");
    for upscale in [1, 2] {
        let restored = restore(&image, &RestoreParams { upscale, ..params.clone() }).image;
        assert_eq!(restored.metadata().icc, image.metadata().icc);
        assert_eq!(restored.metadata().exif, image.metadata().exif);
        assert_eq!(restored.metadata().provenance(), Some(Provenance::Composite));
    }
    let silent = restore(&image, &RestoreParams { provenance: false, ..params }).image;
    assert_eq!(silent.metadata(), image.metadata());
}

#[test]
fn without_a_face_the_picture_is_what_it_was() {
    let mut image = pattern(200, 120);
    image.metadata_mut().icc = Some(vec![7; 200]);
    let without =
        RestoreParams { detect: detector("pipelines/no_face.onnx"), ..restorer("models/gfpgan.onnx") };
    let restored = restore(&image, &without);
    assert_eq!(restored.image, image);
    assert_eq!(restored.faces, []);
    let restored = restore(&image, &RestoreParams { upscale: 2, ..without.clone() });
    let resampled = resize(image.view(), 400, 240, Filter::Lanczos3).unwrap();
    assert_eq!(differences(&restored.image, &resampled, 0), 0);
    assert_eq!(restored.image.metadata().provenance(), None);

    let detect = DetectParams { select: Select::Index, ..without.detect.clone() };
    assert_eq!(refuse(&image, &RestoreParams { detect, ..without }).kind(), ErrorKind::NoFace);
}

#[test]
fn boxes_without_points_cannot_be_restored() {
    let Some(ultraface) = shared("models/detect/ultraface_rfb_320.onnx") else { return };
    let detect = DetectParams { detector: ultraface.to_str().map(str::to_owned), ..Default::default() };
    let error = refuse(&astronaut(), &RestoreParams { detect, ..restorer("models/gfpgan.onnx") });
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("choose a detector with points"), "{error}");
}

#[test]
fn an_output_of_another_size_is_refused() {
    let error = refuse(&calm(), &restorer_of_one_face("pipelines/half.onnx"));
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(
        error.to_string().contains("half") && error.to_string().contains("128×128 of 256×256"),
        "{error}"
    );
}
