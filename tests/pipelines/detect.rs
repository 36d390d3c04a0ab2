//! Detection: the embedded detector on real portraits, and every parameter.

use facekit::face::Order;
use facekit::geometry::{Filter, Rotation, resize, rotate};
use facekit::params::{Angles, DetectParams, Select};
use facekit::pipelines::Detection;
use facekit::{ErrorKind, Face, Image, ImageRef, PixelFormat, Rect};

use crate::support::*;

fn detect<'a>(image: impl Into<ImageRef<'a>>, params: &DetectParams) -> Detection {
    engine().detect(image, params).unwrap()
}

fn faces<'a>(image: impl Into<ImageRef<'a>>, params: &DetectParams) -> Vec<Face> {
    detect(image, params).faces
}

fn only_face(image: &Image, params: &DetectParams) -> Face {
    let [face] = faces(image, params).try_into().unwrap();
    face
}

fn contains(rect: &Rect, x: f32, y: f32) -> bool {
    (rect.x..rect.right()).contains(&x) && (rect.y..rect.bottom()).contains(&y)
}

#[test]
fn each_portrait_shows_one_face_with_its_points_in_place() {
    // Where the middle of the face is, and how high it is, as anyone can see.
    for (name, x, y, height) in
        [("astronaut.png", 224.0, 120.0, 125.0), ("grace_hopper.jpg", 262.0, 235.0, 220.0)]
    {
        let image = photo(name);
        let detection = detect(&image, &DetectParams::default());
        assert_eq!((detection.width, detection.height), (image.width(), image.height()));
        assert_eq!(detection.model, "facekit-lite-detect");
        assert_eq!(detection.faces.len(), 1, "{name}");
        let Face { rect, score, points, .. } = &detection.faces[0];
        let center = rect.center();
        assert!((center.x - x).hypot(center.y - y) < 0.2 * height, "{name}: {rect:?}");
        assert!((0.7..1.4).contains(&(rect.height / height)), "{name}: {rect:?}");
        assert!((0.5..=1.0).contains(score));
        let [left_eye, right_eye, nose, left_mouth, right_mouth] = points.unwrap();
        for point in points.unwrap() {
            assert!(contains(rect, point.x, point.y), "{name}: {points:?} in {rect:?}");
        }
        assert!(left_eye.x < right_eye.x && left_mouth.x < right_mouth.x, "{name}: {points:?}");
        assert!(
            left_eye.y.max(right_eye.y) < nose.y && nose.y < left_mouth.y.min(right_mouth.y),
            "{points:?}"
        );
        assert!(detection.metrics.inference_time.as_secs_f32() > 0.0);
    }
}

#[test]
fn what_shows_no_face_gives_none() {
    let checks = pattern(96, 96);
    let checks = resize(checks.view(), 640, 480, Filter::Nearest).unwrap();
    for image in [plain(600, 400, [90, 120, 200]), plain(1, 1, [0; 3]), pattern(640, 480), checks] {
        assert_eq!(faces(&image, &DetectParams::default()), []);
    }
}

#[test]
fn every_size_is_searched() {
    let image = astronaut();
    let expected = only_face(&image, &DetectParams::default());
    // Odd sides, larger and smaller than the picture, and one that shrinks it by less than the network's step.
    for input_size in [255, 401, 511, 777, 1024] {
        let face = only_face(&image, &DetectParams { input_size, max_faces: 1, ..Default::default() });
        assert!(face.rect.iou(&expected.rect) > 0.6, "{input_size}: {face:?}");
    }
    // A side of one pixel is a poor view, and not an error.
    faces(&image, &DetectParams { input_size: 1, ..Default::default() });
    // A strip 12 000 pixels wide, and one as high.
    for (width, height) in [(12_000, 40), (40, 12_000), (1, 7), (333, 2)] {
        assert_eq!(faces(&plain(width, height, [127; 3]), &DetectParams::default()), []);
    }
    // A face at the far right of a wide picture comes back there.
    let mut wide = plain(1600, 512, [127; 3]);
    lay(&mut wide, image.view(), 1088, 0);
    let mut face = only_face(&wide, &DetectParams { input_size: 1600, max_faces: 1, ..Default::default() });
    face = face.map(|p| facekit::Point::new(p.x - 1088.0, p.y));
    assert!(face.rect.iou(&expected.rect) > 0.7, "{face:?}");
}

#[test]
fn every_pixel_layout_gives_the_same_faces() {
    let image = astronaut();
    let params = DetectParams { input_size: 384, ..Default::default() };
    let expected = faces(&image, &params);
    assert_eq!(expected.len(), 1);
    let (width, height) = (image.width(), image.height());
    for (format, offsets) in [
        (PixelFormat::Bgr, &[2usize, 1, 0][..]),
        (PixelFormat::Rgba, &[0, 1, 2]),
        (PixelFormat::Bgra, &[2, 1, 0]),
    ] {
        let stride = width as usize * format.channels() + 13;
        let mut data = vec![77; stride * height as usize];
        for y in 0..height {
            let row = data[y as usize * stride..].chunks_exact_mut(format.channels());
            for (to, from) in row.zip(image.view().row(y).chunks_exact(3)) {
                to.fill(255);
                for (&offset, &value) in offsets.iter().zip(from) {
                    to[offset] = value;
                }
            }
        }
        let view = ImageRef::new(&data, width, height, stride, format).unwrap();
        assert_same_faces(&faces(view, &params), &expected, 0.5);
    }

    let grey: Vec<u8> = image.pixels().chunks_exact(3).map(|p| p[1]).collect();
    let view = ImageRef::new(&grey, width, height, width as usize, PixelFormat::Grey).unwrap();
    assert_eq!(faces(view, &params), faces(&Image::from_view(view), &params));
    assert_eq!(faces(view, &params).len(), 1);
}

#[test]
fn a_stride_that_is_too_small_never_becomes_a_view() {
    let error = ImageRef::new(&[0; 300], 10, 10, 29, PixelFormat::Rgb).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("29") && error.to_string().contains("30"), "{error}");
}

#[test]
fn thresholds_and_sizes_drop_faces() {
    let image = astronaut();
    let face = only_face(&image, &DetectParams::default());
    let side = face.rect.width.min(face.rect.height);
    let count = |params: DetectParams| faces(&image, &params).len();
    assert_eq!(count(DetectParams { score_threshold: Some(face.score + 0.001), ..Default::default() }), 0);
    assert_eq!(count(DetectParams { score_threshold: Some(face.score - 0.001), ..Default::default() }), 1);
    assert_eq!(count(DetectParams { min_size: side + 1.0, ..Default::default() }), 0);
    assert_eq!(count(DetectParams { min_size: side - 1.0, ..Default::default() }), 1);
    // Nothing is suppressed at 1: the anchors around the face all say so.
    assert!(count(DetectParams { nms_threshold: Some(1.0), ..Default::default() }) > 1);
}

/// Three portraits of different sizes on one canvas, wide enough that none is lost: the smallest on the left, the
/// largest in the middle and lowest.
fn group() -> (Image, Vec<Face>) {
    let mut canvas = plain(640, 420, [127; 3]);
    for (side, x, y) in [(160, 0, 30), (260, 170, 150), (200, 436, 0)] {
        lay(&mut canvas, square(&astronaut(), side).view(), x, y);
    }
    let faces = faces(&canvas, &DetectParams { order: Order::LeftRight, ..Default::default() });
    assert_eq!(faces.len(), 3);
    (canvas, faces)
}

#[test]
fn faces_come_in_the_order_asked_for() {
    let (canvas, left_right) = group();
    for order in Order::ALL {
        let found = faces(&canvas, &DetectParams { order, ..Default::default() });
        let mut expected = left_right.clone();
        facekit::face::sort(&mut expected, order);
        assert_eq!(found, expected, "{order:?}");
    }
    let [small, large, middle] = [&left_right[0], &left_right[1], &left_right[2]];
    assert!(small.rect.area() < middle.rect.area() && middle.rect.area() < large.rect.area());
    let first = |order| faces(&canvas, &DetectParams { order, ..Default::default() })[0].clone();
    assert_eq!(first(Order::SmallLarge), *small);
    assert_eq!(first(Order::LargeSmall), *large);
    assert_eq!(first(Order::BottomTop), *large);
    assert_eq!(first(Order::TopBottom), *middle);
}

#[test]
fn one_index_and_the_most_faces_select() {
    let (canvas, left_right) = group();
    let order = Order::RightLeft;
    let select = |select, index| {
        engine().detect(&canvas, &DetectParams { select, index, order, ..Default::default() })
    };
    assert_eq!(select(Select::One, 0).unwrap().faces, [left_right[2].clone()]);
    assert_eq!(select(Select::Index, 1).unwrap().faces, [left_right[1].clone()]);
    let error = select(Select::Index, 3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
    assert!(error.to_string().contains("3 faces"), "{error}");
    let error = engine()
        .detect(&plain(64, 64, [0; 3]), &DetectParams { select: Select::Index, ..Default::default() });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NoFace);

    let mut best = left_right;
    facekit::face::sort(&mut best, Order::BestWorst);
    best.truncate(2);
    let found = faces(&canvas, &DetectParams { max_faces: 2, order: Order::BestWorst, ..Default::default() });
    assert_eq!(found, best);
}

#[test]
fn a_turned_face_is_found_at_its_angle() {
    let image = astronaut();
    let expected = only_face(&image, &DetectParams::default());
    for turn in [Rotation::Quarter, Rotation::Half, Rotation::ThreeQuarters] {
        let turned = rotate(image.view(), turn).unwrap();
        let angle = (360 - turn.degrees()) % 360;
        let face = only_face(&turned, &DetectParams { angles: Angles(vec![angle]), ..Default::default() });
        assert!((face.score - expected.score).abs() < 0.01);
        let upright = Face { rect: turn.restore_rect(face.rect, 512, 512), ..face.clone() };
        assert!(upright.rect.iou(&expected.rect) > 0.95, "{turn:?}: {:?} {:?}", upright.rect, expected.rect);
        for (point, expected) in face.points.unwrap().into_iter().zip(expected.points.unwrap()) {
            let point = turn.restore_point(point, 512, 512);
            assert!(point.distance(expected) < 2.0, "{turn:?}: {point:?} {expected:?}");
        }
        // The surest of all angles is the right one.
        let all = DetectParams { angles: Angles(vec![0, 90, 180, 270]), ..Default::default() };
        let found = faces(&turned, &DetectParams { select: Select::One, order: Order::BestWorst, ..all });
        assert_same_faces(&found, &[face], 0.01);
    }
}

#[test]
fn tiles_find_what_is_small_on_a_large_picture() {
    let mut canvas = plain(4800, 3200, [120; 3]);
    let portrait = square(&astronaut(), 256);
    let places = [(200, 160), (1800, 1000), (4400, 240), (120, 2760), (2600, 2600), (4420, 2800)];
    for (x, y) in places {
        lay(&mut canvas, portrait.view(), x, y);
    }
    let whole = faces(&canvas, &DetectParams::default());
    assert!(whole.len() < places.len(), "the faces are large enough without tiles: {}", whole.len());

    let small =
        only_face(&astronaut(), &DetectParams::default()).map(|p| facekit::Point::new(p.x / 2.0, p.y / 2.0));
    for tile_size in [640, 1280] {
        let found = faces(&canvas, &DetectParams { tile_size, ..Default::default() });
        assert_eq!(found.len(), places.len(), "{tile_size}: {found:?}");
        for (x, y) in places {
            let expected = small.clone().map(|p| facekit::Point::new(p.x + x as f32, p.y + y as f32));
            assert!(
                found.iter().any(|face| face.rect.iou(&expected.rect) > 0.4),
                "{tile_size}: {x}, {y}: {found:?}"
            );
        }
    }
}

#[test]
fn padding_helps_a_face_that_fills_the_picture() {
    let image = astronaut();
    let expected = only_face(&image, &DetectParams::default()).rect;
    let (x, y) = (expected.x as u32 + 4, expected.y as u32 + 4);
    let (width, height) = (expected.width as u32 - 8, expected.height as u32 - 8);
    let crop = Image::from_view(image.view().crop(x, y, width, height).unwrap());
    for padding in [0.3, 0.5, 1.0] {
        let face = only_face(&crop, &DetectParams { padding, input_size: 320, ..Default::default() });
        let whole = Rect::new(0.0, 0.0, width as f32, height as f32);
        assert!(face.rect.iou(&whole) > 0.6, "{padding}: {face:?} in {whole:?}");
    }
}

#[test]
fn a_reference_picks_its_person() {
    let reference = |name: &str| root().join("examples/photos").join(name).to_str().map(str::to_owned);
    let mut params = DetectParams {
        select: Select::Reference,
        reference: reference("astronaut.png"),
        ..Default::default()
    };
    let mut canvas = plain(1024, 600, [127; 3]);
    lay(&mut canvas, astronaut().view(), 0, 0);
    lay(&mut canvas, photo("grace_hopper.jpg").view(), 512, 0);
    assert!(faces(&canvas, &DetectParams { input_size: 1024, ..Default::default() }).len() >= 2);
    params.input_size = 1024;
    for (name, left) in [("astronaut.png", true), ("grace_hopper.jpg", false)] {
        params.reference = reference(name);
        let face = only_face(&canvas, &params);
        assert_eq!(face.rect.right() < 512.0, left, "{name}: {face:?}");
    }
    // Nobody is nearer to the reference than it is to itself.
    params.reference_distance = 0.0;
    assert_eq!(engine().detect(&canvas, &params).unwrap_err().kind(), ErrorKind::NoFace);
    params.reference = None;
    let error = engine().detect(&canvas, &params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("`reference`"), "{error}");
}
