//! Hulls and filled polygons.

use facekit::geometry::{Mask, convex_hull};
use facekit::{ErrorKind, Point};
use serde::Deserialize;

use crate::golden::{Results, cases};

fn points(pairs: &[[f32; 2]]) -> Vec<Point> {
    pairs.iter().map(|[x, y]| Point::new(*x, *y)).collect()
}

#[test]
fn a_polygon_covers_what_a_fine_grid_and_opencv_cover() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        size: [u32; 2],
        points: Vec<[f32; 2]>,
        whole: Vec<[f32; 2]>,
    }
    let mut results = Results::of("polygon");
    for Case { name, size: [width, height], points: corners, whole } in cases("polygon") {
        let pixels = (width * height) as usize;
        let mask = Mask::polygon(width, height, &points(&corners)).unwrap();
        let expected = results.floats(pixels);
        let worst = mask.values().iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{name}: {worst:.4} from the fine grid");
        // Where a contour crosses itself within a pixel, the shares of its parts add up.
        let most = if name.starts_with("star") { 0.25 } else { 0.005 };
        assert!(worst < most, "{name}: {worst}");

        let filled = results.floats(pixels);
        let mask = Mask::polygon(width, height, &points(&whole)).unwrap();
        let near = |x: i64, y: i64| {
            let around = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| [x, y]));
            around
                .filter(|[x, y]| (0..width.into()).contains(x) && (0..height.into()).contains(y))
                .any(|[x, y]| mask.values()[(y * i64::from(width) + x) as usize] > 0.0)
        };
        for (i, (&share, &filled)) in mask.values().iter().zip(&filled).enumerate() {
            let (x, y) = (i as i64 % i64::from(width), i as i64 / i64::from(width));
            // OpenCV fills by even and odd, which leaves the middle of a star empty.
            assert!(filled == 1.0 || share <= 0.5 || name.starts_with("star"), "{name}: {share} at {x}, {y}");
            assert!(filled == 0.0 || near(x, y), "{name}: OpenCV fills {x}, {y}");
        }
    }
}

#[test]
fn a_polygon_may_start_anywhere_and_run_either_way() {
    let corners = points(&[[3.2, 4.1], [20.7, 2.9], [27.3, 18.4], [9.9, 22.8]]);
    let mask = Mask::polygon(30, 25, &corners).unwrap();
    let turned: Vec<_> = [2, 1, 0, 3].map(|i| corners[i]).into();
    let same = Mask::polygon(30, 25, &turned).unwrap();
    assert!(mask.values().iter().zip(same.values()).all(|(a, b)| (a - b).abs() < 1e-4));
    let area: f32 = mask.values().iter().sum();
    let shoelace: f32 =
        (0..4).map(|i| (corners[i], corners[(i + 1) % 4])).map(|(a, b)| (a.x * b.y - b.x * a.y) / 2.0).sum();
    assert!((area - shoelace).abs() < 0.01, "{area} {shoelace}");
    assert_eq!(mask.values()[0], 0.0);
    assert_eq!(mask.values()[12 * 30 + 29], 0.0, "behind the contour the row is empty again");
}

#[test]
fn polygons_without_area_or_out_of_sight_are_empty_and_bad_ones_are_refused() {
    for empty in [
        vec![],
        points(&[[3.0, 4.0]]),
        points(&[[3.0, 4.0], [9.0, 8.0]]),
        points(&[[5.5, 5.5]; 8]),
        points(&[[1.0, 1.0], [5.0, 5.0], [9.0, 9.0]]),
        points(&[[100.0, 1.0], [150.0, 5.0], [120.0, 90.0]]),
        points(&[[-1e30, -1e30], [-1e30, 5.0], [-9.0, 1e30]]),
    ] {
        let mask = Mask::polygon(16, 12, &empty).unwrap();
        assert!(mask.values().iter().all(|value| *value < 1e-4), "{empty:?}");
    }
    let all = points(&[[-1e30, -1e30], [1e30, -1e30], [1e30, 1e30], [-1e30, 1e30]]);
    assert!(Mask::polygon(16, 12, &all).unwrap().values().iter().all(|value| *value > 0.999));
    for bad in [f32::NAN, f32::INFINITY] {
        let error = Mask::polygon(16, 12, &points(&[[0.0, 0.0], [bad, 3.0], [4.0, 9.0]])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
    assert!(Mask::polygon(0, 12, &all).is_err());
    assert_eq!(Mask::polygon(1 << 20, 1 << 20, &all).unwrap_err().kind(), ErrorKind::LimitExceeded);
}

#[test]
fn a_hull_holds_all_points_and_turns_one_way() {
    let grid: Vec<_> = (0..49).map(|i| Point::new((i % 7) as f32, (i / 7) as f32)).collect();
    assert_eq!(convex_hull(&grid), points(&[[0.0, 0.0], [6.0, 0.0], [6.0, 6.0], [0.0, 6.0]]));
    assert_eq!(convex_hull(&points(&[[1.0, 1.0]; 4])).len(), 1);
    assert_eq!(convex_hull(&points(&[[1.0, 1.0], [3.0, 3.0], [2.0, 2.0]])).len(), 2);
    assert_eq!(convex_hull(&points(&[[f32::NAN, 0.0], [f32::INFINITY, 1.0]])).len(), 0);
}
