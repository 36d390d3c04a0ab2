//! Degenerate transforms, sizes and values: an error or a sane result, in bounded time.

use facekit::geometry::{
    Border, Filter, Mask, Rotation, Similarity, crop_face, gaussian_blur, paste, resize, rotate, warp,
};
use facekit::{ErrorKind, Point};

use crate::pictures::{Canvas, FORMATS, transform};

const BORDERS: [Border; 2] = [Border::Replicate, Border::Constant([1, 2, 3])];

#[test]
fn points_without_a_transform_give_none() {
    let at = |x, y| Point::new(x, y);
    let good = [at(1.0, 2.0), at(30.0, 4.0), at(5.0, 60.0)];
    for bad in [
        vec![],
        vec![at(1.0, 2.0)],
        vec![at(1.0, 2.0), at(3.0, 4.0)],
        vec![at(5.1, 7.3); 3],
        vec![at(1e6, 1e6), at(1e6, 1e6), at(1_000_000.06, 1e6)],
        vec![at(f32::NAN, 2.0), at(3.0, 4.0), at(5.0, 6.0)],
        vec![at(f32::INFINITY, 2.0), at(3.0, 4.0), at(5.0, 6.0)],
    ] {
        assert_eq!(Similarity::estimate(&bad, &good), None, "{bad:?}");
        assert_eq!(Similarity::estimate(&good, &bad), None, "{bad:?}");
    }
}

#[test]
fn transforms_without_an_inverse_are_refused() {
    let source = Canvas::rgb(8, 8);
    for bad in [
        transform(0.0, 0.0, [0.0; 2]),
        transform(f64::NAN, 0.0, [0.0; 2]),
        transform(1.0, f64::NAN, [0.0; 2]),
        transform(1.0, 0.0, [f64::INFINITY, 0.0]),
        transform(f64::INFINITY, 0.0, [0.0; 2]),
        transform(1e-200, 0.0, [0.0; 2]),
        transform(1e200, 0.0, [0.0; 2]),
    ] {
        assert_eq!(bad.inverse(), None);
        for border in BORDERS {
            let error = warp(source.view(), &bad, 8, 8, border).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidParameter);
            assert!(crop_face(source.view(), &bad, 8, 8, border).is_err());
        }
        let mut target = Canvas::rgb(8, 8);
        let mask = Mask::full(8, 8).unwrap();
        assert!(paste(&mut target.view_mut(), source.view(), &mask, &bad).is_err());
        assert_eq!(target.data, source.data);
    }
}

#[test]
fn extreme_transforms_of_tiny_pictures_end_well() {
    let scales = [1e-100, 1e-9, 1e-3, 0.3, 1.0, 2.9, 1e3, 1e9, 1e100];
    let shifts = [0.0, -0.5, 7.0, 1e6, -3e9, 1e18, -1e100];
    for (width, height) in [(1, 1), (2, 1), (1, 3), (2, 2), (3, 5)] {
        for format in FORMATS {
            let source = Canvas::new(width, height, format, 1);
            for scale in scales {
                for shift in shifts {
                    let to_crop = transform(scale, 37.0, [shift, -shift]);
                    for border in BORDERS {
                        let _ = warp(source.view(), &to_crop, 5, 4, border);
                        let _ = crop_face(source.view(), &to_crop, 5, 4, border);
                    }
                    let mut target = Canvas::new(9, 7, format, 2);
                    let mask = Mask::full(width, height).unwrap();
                    let _ = paste(&mut target.view_mut(), source.view(), &mask, &to_crop);
                }
            }
        }
    }
}

#[test]
fn a_crop_beside_the_picture_shows_the_border() {
    let source = Canvas::rgb(40, 30);
    for scale in [1.0, 0.2] {
        for far in [1e3, 1e7, 1e12] {
            let to_crop = transform(scale, 0.0, [far, far]);
            for make in [warp, crop_face] {
                let crop = make(source.view(), &to_crop, 16, 16, Border::Replicate).unwrap();
                let first = &crop.pixels()[..3];
                assert!(crop.pixels().chunks(3).all(|pixel| pixel == first));
                let crop = make(source.view(), &to_crop, 16, 16, Border::Constant([5, 6, 7])).unwrap();
                assert!(crop.pixels().chunks(3).all(|pixel| pixel == [5, 6, 7]));
            }
            let mut target = source.clone();
            let crop = Canvas::rgb(16, 16);
            let area =
                paste(&mut target.view_mut(), crop.view(), &Mask::full(16, 16).unwrap(), &to_crop).unwrap();
            assert_eq!(area.width * area.height, 0);
            assert_eq!(target.data, source.data);
        }
    }
}

#[test]
fn sizes_out_of_range_are_refused() {
    let source = Canvas::rgb(8, 8);
    let view = source.view();
    let kind = |error: facekit::Error| error.kind();
    for (width, height, expected) in [
        (0, 8, ErrorKind::InvalidParameter),
        (8, 0, ErrorKind::InvalidParameter),
        (u32::MAX, u32::MAX, ErrorKind::LimitExceeded),
        (1 << 20, 1 << 20, ErrorKind::LimitExceeded),
    ] {
        let same = &Similarity::IDENTITY;
        assert_eq!(warp(view, same, width, height, Border::Replicate).map_err(kind), Err(expected));
        assert_eq!(crop_face(view, same, width, height, Border::Replicate).map_err(kind), Err(expected));
        assert_eq!(resize(view, width, height, Filter::Area).map_err(kind), Err(expected));
        assert_eq!(Mask::full(width, height).map_err(kind), Err(expected));
        assert_eq!(Mask::face_box(width, height, 0.3, [0.0; 4]).map_err(kind), Err(expected));
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let source = Canvas::rgb(8, 8);
    let mask = Mask::full(8, 8).unwrap();
    for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(gaussian_blur(source.view(), sigma).is_err());
        assert!(mask.blur(sigma).is_err());
    }
    for blur in [-0.1, 1.1, f32::NAN] {
        assert!(Mask::face_box(8, 8, blur, [0.0; 4]).is_err());
        assert!(Mask::face_box(8, 8, 0.3, [0.0, blur * 100.0, 0.0, 0.0]).is_err());
    }
    assert!(Mask::from_values(8, 8, vec![0.0; 63]).is_err());
    assert!(mask.clone().min(&Mask::full(8, 7).unwrap()).is_err());
    let mut target = source.clone();
    let wrong = Mask::full(7, 8).unwrap();
    assert!(paste(&mut target.view_mut(), source.view(), &wrong, &Similarity::IDENTITY).is_err());
}

#[test]
fn tiny_pictures_are_resized_blurred_and_turned() {
    for format in FORMATS {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2)] {
            let source = Canvas::new(width, height, format, 3);
            for filter in
                [Filter::Nearest, Filter::Bilinear, Filter::Area, Filter::CatmullRom, Filter::Lanczos3]
            {
                for (to_width, to_height) in [(1, 1), (7, 1), (1, 7), (33, 20)] {
                    let resized = resize(source.view(), to_width, to_height, filter).unwrap();
                    assert_eq!((resized.width(), resized.height()), (to_width, to_height));
                }
            }
            for rotation in Rotation::ALL {
                rotate(source.view(), rotation).unwrap();
            }
            assert!(gaussian_blur(source.view(), 900.0).is_ok());
        }
    }
    let covered = Mask::face_box(3, 2, 1.0, [100.0; 4]).unwrap();
    assert!(covered.values().iter().all(|value| *value == 0.0));
}
