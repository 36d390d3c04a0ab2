//! Faces put over one another by their landmarks.

use facekit::face::mesh::{Feature, MeshOptions, swap};
use facekit::face::{LandmarkScheme, Landmarks};
use facekit::geometry::{ColorMatch, Similarity, paste};
use facekit::{ErrorKind, Image, PixelFormat, Point};

/// The 68 points of an upright face of about 150 × 190 pixels around 0, 0, its eyes and mouth open by some pixels.
fn face(eyes: f32, mouth: f32) -> Vec<Point> {
    let arc = |count: usize, at: &dyn Fn(f32) -> [f32; 2]| -> Vec<Point> {
        (0..count).map(|i| at(i as f32 / (count - 1) as f32)).map(|[x, y]| Point::new(x, y)).collect()
    };
    let turn = std::f32::consts::PI;
    let ring = |count: usize, x: f32, y: f32, width: f32, height: f32| -> Vec<Point> {
        let angle = |i: usize| turn + 2.0 * turn * i as f32 / count as f32;
        (0..count).map(|i| Point::new(x + width * angle(i).cos(), y + height * angle(i).sin())).collect()
    };
    [
        arc(17, &|t| [-75.0 * (turn * t).cos(), -20.0 + 110.0 * (turn * t).sin()]),
        arc(5, &|t| [-58.0 + 40.0 * t, -50.0 - 8.0 * (turn * t).sin()]),
        arc(5, &|t| [18.0 + 40.0 * t, -50.0 - 8.0 * (turn * t).sin()]),
        arc(4, &|t| [0.0, -30.0 + 40.0 * t]),
        arc(5, &|t| [-14.0 + 28.0 * t, 20.0 + 3.0 * (turn * t).sin()]),
        ring(6, -36.0, -28.0, 14.0, eyes),
        ring(6, 36.0, -28.0, 14.0, eyes),
        ring(12, 0.0, 50.0, 30.0, mouth + 8.0),
        ring(8, 0.0, 50.0, 24.0, mouth),
    ]
    .concat()
}

fn landmarks(points: Vec<Point>, scale: f64, degrees: f64, middle: [f64; 2]) -> Landmarks {
    let place = Similarity::from_parts(scale, degrees.to_radians(), middle);
    let points = points.into_iter().map(|point| place.apply(point)).collect();
    Landmarks::new(LandmarkScheme::Ibug68, points, None).unwrap()
}

/// A smooth picture of skin colours with some texture.
fn picture(width: u32, height: u32, phase: f32) -> Image {
    let value = |i: u32| {
        let (x, y, c) = ((i / 3 % width) as f32, (i / 3 / width) as f32, (i % 3) as f32);
        (190.0 - 35.0 * c + 12.0 * (x / 23.0 + phase).sin() + 10.0 * (y / 17.0 + phase + c).cos()) as u8
    };
    Image::from_pixels(width, height, PixelFormat::Rgb, (0..width * height * 3).map(value).collect()).unwrap()
}

fn pasted(source: &Image, from: &Landmarks, target: &Image, to: &Landmarks, options: &MeshOptions) -> Image {
    let swapped = swap(source.view(), from, target.view(), to, options).unwrap();
    let mut result = target.clone();
    paste(&mut result.view_mut(), swapped.crop.view(), &swapped.mask, &swapped.to_crop).unwrap();
    result
}

#[test]
fn a_face_put_over_itself_stays() {
    let target = picture(320, 300, 0.3);
    let place = landmarks(face(5.0, 4.0), 1.1, 12.0, [160.0, 150.0]);
    let result = pasted(&target, &place, &target, &place, &MeshOptions::default());
    let differences = result.pixels().iter().zip(target.pixels()).map(|(a, b)| a.abs_diff(*b));
    assert!(differences.max() <= Some(2));
}

#[test]
fn the_source_is_seen_within_the_outline_and_nothing_changes_outside() {
    let (source, target) = (picture(280, 300, 2.0), picture(320, 300, 0.3));
    let from = landmarks(face(5.0, 4.0), 1.2, -8.0, [140.0, 150.0]);
    let to = landmarks(face(6.0, 3.0), 0.9, 15.0, [170.0, 140.0]);
    let result = pasted(&source, &from, &target, &to, &MeshOptions::default());
    let nose = to.five_points()[2];
    let (mut near, mut far) = (0, 0);
    for (i, (a, b)) in result.pixels().chunks_exact(3).zip(target.pixels().chunks_exact(3)).enumerate() {
        let at = Point::new((i % 320) as f32, (i / 320) as f32);
        if at.distance(nose) > 125.0 {
            assert_eq!(a, b, "outside the face, at {at:?}");
            far += 1;
        }
        near += usize::from(at.distance(nose) < 50.0 && a != b);
    }
    assert!(near > 4000 && far > 20_000, "{near} pixels changed, {far} outside");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let (source, target) = (picture(640, 600, 2.0), picture(700, 640, 0.3));
    let from = landmarks(face(5.0, 4.0), 2.4, -8.0, [320.0, 300.0]);
    let to = landmarks(face(6.0, 3.0), 2.2, 15.0, [350.0, 320.0]);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let swapped = swap(source.view(), &from, target.view(), &to, &MeshOptions::default()).unwrap();
            (swapped.crop, swapped.mask)
        })
    };
    let one = run(1);
    assert!(one == run(2) && one == run(5));
}

#[test]
fn closed_features_of_the_source_leave_the_open_ones_of_the_target() {
    let (source, target) = (picture(320, 300, 2.0), picture(320, 300, 0.3));
    let open = landmarks(face(6.0, 12.0), 1.0, 0.0, [160.0, 150.0]);
    let closed = landmarks(face(0.5, 0.5), 1.0, 0.0, [160.0, 150.0]);
    let weight_at = |from: &Landmarks, to: &Landmarks, options: &MeshOptions, at: Point| {
        let swapped = swap(source.view(), from, target.view(), to, options).unwrap();
        let at = swapped.to_crop.apply(at);
        swapped.mask.values()[at.y.round() as usize * swapped.mask.width() as usize + at.x.round() as usize]
    };
    let (eye, mouth) = (Point::new(124.0, 122.0), Point::new(160.0, 200.0));
    let options = MeshOptions::default();
    for at in [eye, mouth] {
        assert!(weight_at(&closed, &open, &options, at) < 0.2, "the target's own at {at:?}");
        assert!(weight_at(&open, &closed, &options, at) > 0.9, "the source's at {at:?}");
        assert!(weight_at(&open, &open, &options, at) > 0.9, "the source's at {at:?}");
    }
    let targets = MeshOptions { eyes: Feature::Target, mouth: Feature::Target, ..options };
    assert!(weight_at(&open, &open, &targets, eye) < 0.2);
    assert!(weight_at(&open, &open, &targets, mouth) < 0.2);
}

#[test]
fn what_the_source_does_not_show_stays_the_targets() {
    // The source is cut by the left border of its picture.
    let (source, target) = (picture(320, 300, 2.0), picture(320, 300, 0.3));
    let cut = landmarks(face(5.0, 4.0), 1.0, 0.0, [10.0, 150.0]);
    let whole = landmarks(face(5.0, 4.0), 1.0, 0.0, [160.0, 150.0]);
    let swapped = swap(source.view(), &cut, target.view(), &whole, &MeshOptions::default()).unwrap();
    let at = |x, y| {
        let at = swapped.to_crop.apply(Point::new(x, y));
        swapped.mask.values()[at.y as usize * swapped.mask.width() as usize + at.x as usize]
    };
    assert!(at(190.0, 165.0) > 0.9, "shown");
    assert!(at(120.0, 165.0) == 0.0, "beyond the border");
    // A face that is turned over shows nothing.
    let mirrored = face(5.0, 4.0).into_iter().map(|p| Point::new(-p.x, p.y)).collect();
    let mirrored = landmarks(mirrored, 1.0, 0.0, [160.0, 150.0]);
    let options = MeshOptions { shape: 0.0, ..MeshOptions::default() };
    let swapped = swap(source.view(), &mirrored, target.view(), &whole, &options).unwrap();
    assert!(swapped.mask.values().iter().all(|weight| *weight < 0.6));
}

#[test]
fn degenerate_faces_end_well() {
    let (source, target) = (picture(60, 50, 2.0), picture(64, 48, 0.3));
    let good = landmarks(face(5.0, 4.0), 0.2, 0.0, [30.0, 25.0]);
    let options = MeshOptions::default();
    let same = Landmarks::new(LandmarkScheme::Ibug68, vec![Point::new(5.0, 5.0); 68], None).unwrap();
    for (from, to) in [(&good, &same), (&same, &same)] {
        let error = swap(source.view(), from, target.view(), to, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoFace);
    }
    let line = (0..68).map(|i| Point::new(i as f32, 2.0 * i as f32)).collect();
    let line = Landmarks::new(LandmarkScheme::Ibug68, line, None).unwrap();
    let tiny = landmarks(face(5.0, 4.0), 1e-3, 0.0, [30.0, 25.0]);
    let far = landmarks(face(5.0, 4.0), 1.0, 0.0, [1e7, -1e7]);
    let huge = landmarks(face(5.0, 4.0), 1e6, 30.0, [0.0, 0.0]);
    let vast = landmarks(face(5.0, 4.0), 1e36, 0.0, [0.0, 0.0]);
    let upside_down = landmarks(face(5.0, 4.0), 0.2, 180.0, [30.0, 25.0]);
    let faces = [&good, &same, &line, &tiny, &far, &huge, &vast, &upside_down];
    for from in faces {
        for to in faces {
            if let Ok(swapped) = swap(source.view(), from, target.view(), to, &options) {
                assert!(swapped.crop.width() <= 1024);
                let mut result = target.clone();
                paste(&mut result.view_mut(), swapped.crop.view(), &swapped.mask, &swapped.to_crop).unwrap();
            }
        }
    }
}

#[test]
fn schemes_that_differ_and_options_out_of_range_are_refused() {
    let target = picture(320, 300, 0.3);
    let to = landmarks(face(5.0, 4.0), 1.0, 0.0, [160.0, 150.0]);
    let points = (0..98).map(|i| Point::new(i as f32, (i * i % 97) as f32)).collect();
    let other = Landmarks::new(LandmarkScheme::Wflw98, points, None).unwrap();
    let error = swap(target.view(), &other, target.view(), &to, &MeshOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("wflw-98"), "{error}");
    for bad in [
        MeshOptions { shape: 1.1, ..MeshOptions::default() },
        MeshOptions { light: f32::NAN, ..MeshOptions::default() },
        MeshOptions { feather: -0.1, ..MeshOptions::default() },
    ] {
        let error = swap(target.view(), &to, target.view(), &to, &bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
    let plain = MeshOptions {
        shape: 0.0,
        light: 0.0,
        feather: 0.0,
        color: ColorMatch::Never,
        ..MeshOptions::default()
    };
    assert!(swap(target.view(), &to, target.view(), &to, &plain).is_ok());
}
