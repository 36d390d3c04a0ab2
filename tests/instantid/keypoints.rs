//! The keypoint picture against the drawing of InstantID's own pipeline.

use facekit::style::keypoint_picture;
use facekit::{ErrorKind, Point};
use serde::Deserialize;

use crate::{picture, read};

#[derive(Deserialize)]
struct Case {
    name: String,
    width: u32,
    height: u32,
    faces: Vec<[[f32; 2]; 5]>,
    picture: String,
    left: u32,
    top: u32,
}

#[test]
fn every_picture_is_drawn_to_the_last_bit() {
    let cases: Vec<Case> = read("keypoints/cases.json");
    assert!(cases.len() >= 10, "only {} cases", cases.len());
    for case in cases {
        let faces: Vec<_> = case.faces.iter().map(|face| face.map(|[x, y]| Point::new(x, y))).collect();
        let drawn = keypoint_picture(case.width, case.height, &faces).unwrap();
        let sheet = picture(&format!("keypoints/{}", case.picture));
        let expected = sheet.view().crop(case.left, case.top, case.width, case.height).unwrap();
        for y in 0..case.height {
            let row = expected.row(y);
            assert_eq!(drawn.view().row(y), row, "{}, row {y}", case.name);
        }
    }
}

#[test]
fn points_that_lie_in_no_picture_are_refused() {
    for point in [Point::new(f32::NAN, 0.0), Point::new(0.0, f32::INFINITY), Point::new(-2e6, 0.0)] {
        let error =
            keypoint_picture(8, 8, &[[Point::new(1.0, 1.0), point, point, point, point]]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.to_string().contains("lies in no picture"), "{error}");
    }
    assert!(keypoint_picture(0, 8, &[]).is_err());
}
