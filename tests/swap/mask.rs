//! Masks of faces, on their own and in a swap.

use facekit::face::{FaceArea, FaceRegion, MaskType};
use facekit::params::{FaceMaskParams, List, MaskParams, SwapParams};
use facekit::{ErrorKind, Image, PixelFormat};

use crate::support::*;

fn area(areas: &[FaceArea]) -> MaskParams {
    MaskParams {
        masks: List(vec![MaskType::Area]),
        mask_areas: List(areas.to_vec()),
        ..MaskParams::default()
    }
}

/// The box of the pixels that a mask shows, as left, top, right, bottom.
fn shown(mask: &Image) -> [u32; 4] {
    changed(mask, &Image::new(mask.width(), mask.height(), PixelFormat::Rgb).unwrap()).unwrap()
}

#[test]
fn areas_lie_where_the_landmarks_are() {
    let photo = hopper();
    let mask = |areas: &[FaceArea]| {
        let params = FaceMaskParams { mask: area(areas), ..FaceMaskParams::default() };
        let found = engine().mask(&photo, &params).unwrap();
        assert_eq!((found.width, found.height, found.faces.len()), (512, 600, 1));
        assert_eq!(found.image.format(), PixelFormat::Rgb);
        assert!(found.faces[0].landmarks.is_some());
        (found.faces[0].five_points().copied().unwrap(), shown(&found.image))
    };
    let ([left_eye, right_eye, nose, left_mouth, right_mouth], upper) = mask(&[FaceArea::UpperFace]);
    assert!(upper[0] < left_eye.x as u32 && upper[2] > right_eye.x as u32 && upper[1] < left_eye.y as u32);
    let (_, mouth) = mask(&[FaceArea::Mouth]);
    assert!(mouth[1] > nose.y as u32 && mouth[0] < right_mouth.x as u32 && mouth[2] > left_mouth.x as u32);
    let (_, lower) = mask(&[FaceArea::LowerFace]);
    assert!(lower[1] < mouth[1] && lower[3] > mouth[3], "{lower:?} {mouth:?}");
}

#[test]
fn the_least_of_two_masks_counts_and_a_swap_stays_within() {
    let photo = hopper();
    let both = MaskParams { masks: List(vec![MaskType::Box, MaskType::Area]), ..area(&[FaceArea::Mouth]) };
    let params = |mask| FaceMaskParams { mask, ..FaceMaskParams::default() };
    let mouth = engine().mask(&photo, &params(area(&[FaceArea::Mouth]))).unwrap().image;
    let least = engine().mask(&photo, &params(both.clone())).unwrap().image;
    assert!(least.pixels().iter().zip(mouth.pixels()).all(|(least, mouth)| least <= mouth));

    let swapped = engine().swap(&astronaut(), &photo, &SwapParams { mask: both, ..mesh() }).unwrap().image;
    let ([left, top, right, bottom], limit) = (changed(&swapped, &photo).unwrap(), shown(&mouth));
    assert!(left + 2 >= limit[0] && top + 2 >= limit[1], "{left} {top} {limit:?}");
    assert!(right <= limit[2] + 2 && bottom <= limit[3] + 2, "{right} {bottom} {limit:?}");
}

#[test]
fn a_mask_whose_model_is_missing_or_without_a_face_is_explained() {
    let params = FaceMaskParams {
        mask: MaskParams {
            masks: List(vec![MaskType::Region]),
            mask_regions: List(vec![FaceRegion::Nose]),
            ..MaskParams::default()
        },
        ..FaceMaskParams::default()
    };
    let error = engine().mask(&hopper(), &params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    assert!(error.chain().contains("bisenet"), "{}", error.chain());
    let error = engine().mask(&plain(64, 64, [9; 3]), &FaceMaskParams::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
}
