//! What holds for every picture, transform and number of threads.

use facekit::geometry::{
    Border, Filter, Mask, Rotation, Similarity, Template, crop_face, gaussian_blur, paste, resize, rotate,
    warp,
};
use facekit::{Image, PixelFormat, Point, Rect};

use crate::pictures::{Canvas, FORMATS, transform};

#[test]
fn inverse_undoes_and_then_composes() {
    let turn = transform(1.7, 33.0, [12.0, -5.0]);
    let shift = transform(0.4, -80.0, [-3.0, 900.0]);
    let point = Point::new(31.5, -7.25);
    let there = turn.then(&shift).apply(point);
    assert!(there.distance(shift.apply(turn.apply(point))) < 1e-3);
    assert!(turn.inverse().unwrap().apply(turn.apply(point)).distance(point) < 1e-4);
    assert!((turn.scale() - 1.7).abs() < 1e-12);
    assert!((turn.rotation().to_degrees() - 33.0).abs() < 1e-9);
    assert_eq!(Similarity::IDENTITY.apply(point), point);
}

#[test]
fn estimate_recovers_an_exact_transform() {
    let to_crop = transform(0.37, 171.0, [250.0, -80.0]);
    let template = Template::Ffhq512.points(512);
    let from = template.map(|point| to_crop.inverse().unwrap().apply(point));
    let found = Similarity::estimate(&from, &template).unwrap();
    for (a, b) in found.matrix().concat().iter().zip(to_crop.matrix().concat()) {
        assert!((a - b).abs() < 1e-3, "{found:?}");
    }
}

#[test]
fn templates_are_found_by_name_and_scale_with_the_crop() {
    for template in Template::ALL {
        assert_eq!(template.name().parse::<Template>().unwrap(), template);
        let (small, large) = (template.points(128), template.points(512));
        assert!(small.iter().zip(large).all(|(a, b)| (a.x * 4.0 - b.x).abs() < 1e-3));
    }
    let error = "arcface".parse::<Template>().unwrap_err().to_string();
    assert!(error.contains("arcface_112_v2"), "{error}");
    let nose = Template::Arcface112V2.points(112)[2];
    assert!(nose.distance(Point::new(56.0252, 71.7366)) < 1e-3);
}

#[test]
fn the_identity_copies() {
    for format in FORMATS {
        let source = Canvas::new(37, 23, format, 5);
        let crop = warp(source.view(), &Similarity::IDENTITY, 37, 23, Border::Replicate).unwrap();
        let copy = rotate(source.view(), Rotation::None).unwrap();
        let colors = copy.pixels().chunks_exact(copy.format().channels());
        assert!(crop.pixels().chunks_exact(3).zip(colors).all(|(a, b)| a == &b[..3]));
    }
}

#[test]
fn a_crop_that_shrinks_by_four_averages_sixteen_pixels() {
    // Pixel (i, j) of the crop stands at the middle of its block of 4×4 pixels.
    let to_crop = transform(0.25, 0.0, [-0.375, -0.375]);
    for format in FORMATS {
        let source = Canvas::new(256, 192, format, 3);
        let crop = crop_face(source.view(), &to_crop, 64, 48, Border::Replicate).unwrap();
        let opaque =
            Canvas::new(256, 192, if format == PixelFormat::Grey { format } else { PixelFormat::Rgb }, 0);
        let averaged = resize(opaque.view(), 64, 48, Filter::Area).unwrap();
        assert_eq!(crop.pixels(), averaged.pixels(), "{format:?}");
    }
}

#[test]
fn a_part_reduced_for_a_crop_equals_the_whole_picture_reduced() {
    let source = Canvas::rgb(900, 700);
    let to_crop = transform(1.0 / 3.0, 25.0, [-60.0, -110.0]);
    let crop = crop_face(source.view(), &to_crop, 64, 64, Border::Replicate).unwrap();
    let to_source = to_crop.inverse().unwrap();
    let mut total = 0;
    for (i, value) in crop.pixels().chunks_exact(3).enumerate() {
        // A pixel of the crop is the average of its area, here sampled on a grid.
        let (x, y) = ((i % 64) as f32, (i / 64) as f32);
        let mut sum = 0.0;
        for step in 0..81 {
            let (dx, dy) = ((step % 9) as f32 / 9.0 - 4.0 / 9.0, (step / 9) as f32 / 9.0 - 4.0 / 9.0);
            let at = to_source.apply(Point::new(x + dx, y + dy));
            let (x, y) = (at.x.round().clamp(0.0, 899.0), at.y.round().clamp(0.0, 699.0));
            sum += f32::from(source.data[y as usize * source.stride + x as usize * 3]);
        }
        total += (f32::from(value[0]) - sum / 81.0).abs() as u32;
    }
    assert!(total / (64 * 64) < 12, "mean difference {}", total / (64 * 64));
}

#[test]
fn paste_changes_only_masked_pixels_in_its_box() {
    for format in FORMATS {
        for (scale, degrees, translation) in
            [(0.8, 30.0, [10.0, -20.0]), (4.5, -12.0, [-80.0, -120.0]), (1.0, 0.0, [-70.0, -50.0])]
        {
            let before = Canvas::new(91, 77, format, 7);
            let mut after = before.clone();
            let mut crop = Canvas::rgb(64, 64);
            crop.data.iter_mut().for_each(|value| *value = 255 - *value);
            let mask = Mask::face_box(64, 64, 0.0, [0.0, 50.0, 0.0, 0.0]).unwrap();
            let to_crop = transform(scale, degrees, translation);
            let area = paste(&mut after.view_mut(), crop.view(), &mask, &to_crop).unwrap();
            let channels = format.channels();
            let mut changed = 0;
            for (i, (a, b)) in before.data.iter().zip(&after.data).enumerate() {
                let (x, y) = ((i % before.stride / channels) as u32, (i / before.stride) as u32);
                let within =
                    (area.x..area.x + area.width).contains(&x) && (area.y..area.y + area.height).contains(&y);
                let at = to_crop.apply(Point::new(x as f32, y as f32));
                let shown = f64::from(at.x) < 32.0 + 2.0 * scale;
                let alpha = format.has_alpha() && i % before.stride % channels == 3;
                if !within || alpha || !shown {
                    assert_eq!(a, b, "{format:?} at {x}, {y}");
                }
                changed += usize::from(a != b);
            }
            assert!(changed > 50, "{format:?}: {changed} bytes changed");
        }
    }
}

#[test]
fn paste_in_any_layout_equals_paste_in_rgb() {
    let crop = Canvas::rgb(64, 64);
    let mask = Mask::face_box(64, 64, 0.4, [0.0; 4]).unwrap();
    let to_crop = transform(0.9, 14.0, [3.0, -4.0]);
    let mut rgb = Canvas::rgb(91, 77);
    paste(&mut rgb.view_mut(), crop.view(), &mask, &to_crop).unwrap();
    for format in [PixelFormat::Bgr, PixelFormat::Rgba, PixelFormat::Bgra] {
        for crop_format in [PixelFormat::Rgb, PixelFormat::Bgr, PixelFormat::Bgra] {
            let mut target = Canvas::new(91, 77, format, 3);
            let crop = Canvas::new(64, 64, crop_format, 1);
            paste(&mut target.view_mut(), crop.view(), &mask, &to_crop).unwrap();
            for y in 0..77 {
                let pixels = target.view().row(y).chunks_exact(format.channels());
                for (a, b) in pixels.zip(rgb.view().row(y).chunks_exact(3)) {
                    assert_eq!(format.rgb_offsets().map(|offset| a[offset]), b, "{format:?}");
                }
            }
        }
    }
}

#[test]
fn a_full_paste_of_the_crop_itself_changes_nothing() {
    let source = Canvas::rgb(120, 90);
    let to_crop = transform(1.0, 0.0, [-20.0, -10.0]);
    let crop = crop_face(source.view(), &to_crop, 64, 64, Border::Replicate).unwrap();
    let mut target = source.clone();
    paste(&mut target.view_mut(), crop.view(), &Mask::full(64, 64).unwrap(), &to_crop).unwrap();
    assert_eq!(target.data, source.data);
}

#[test]
fn a_crop_that_comes_back_small_does_not_shimmer() {
    // Stripes of one pixel, shrunk by 8, are grey wherever they land.
    let stripes = Canvas {
        data: (0..512 * 512).flat_map(|i| [if i % 2 == 0 { 0 } else { 255 }; 3]).collect(),
        ..Canvas::rgb(512, 512)
    };
    for shift in [0.0, 1.0, 2.5] {
        let mut target = Canvas::rgb(100, 100);
        let to_crop = transform(8.0, 0.0, [-80.0 + shift, -80.0]);
        paste(&mut target.view_mut(), stripes.view(), &Mask::full(512, 512).unwrap(), &to_crop).unwrap();
        for y in 12..70 {
            assert!(target.view().row(y)[12 * 3..70 * 3].iter().all(|value| value.abs_diff(127) <= 1));
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let source = Canvas::rgb(800, 600);
    let work = || {
        let to_crop = transform(0.7, 12.0, [-30.0, -60.0]);
        let crop = crop_face(source.view(), &to_crop, 400, 400, Border::Replicate).unwrap();
        let small =
            crop_face(source.view(), &transform(0.3, 12.0, [0.0; 2]), 256, 256, Border::Replicate).unwrap();
        let mask = Mask::face_box(400, 400, 0.3, [0.0; 4]).unwrap();
        let mut target = source.clone();
        paste(&mut target.view_mut(), crop.view(), &mask, &to_crop).unwrap();
        let resized = resize(source.view(), 333, 211, Filter::Area).unwrap();
        let blurred = gaussian_blur(source.view(), 3.0).unwrap();
        let blurred_mask = mask.blur(5.0).unwrap();
        let bits: Vec<u8> = blurred_mask.values().iter().flat_map(|v| v.to_bits().to_le_bytes()).collect();
        let pixels = [crop, small, resized, blurred].map(Image::into_pixels);
        [pixels.concat(), target.data, bits].concat()
    };
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let one = pool(1).install(work);
    assert_eq!(one, pool(2).install(work));
    assert_eq!(one, pool(7).install(work));
}

#[test]
fn four_quarter_turns_are_none() {
    for format in FORMATS {
        let source = Canvas::new(19, 11, format, 2);
        let upright = rotate(source.view(), Rotation::None).unwrap();
        let mut turned = upright.clone();
        for _ in 0..4 {
            turned = rotate(turned.view(), Rotation::Quarter).unwrap();
        }
        assert_eq!(turned, upright);
    }
}

#[test]
fn points_of_a_turned_picture_are_found_again() {
    let source = Canvas::rgb(19, 11);
    for rotation in Rotation::ALL {
        assert_eq!(Rotation::from_degrees(rotation.degrees()), Some(rotation));
        let turned = rotate(source.view(), rotation).unwrap();
        for y in 0..turned.height() {
            for x in 0..turned.width() {
                let point = rotation.restore_point(Point::new(x as f32, y as f32), 19, 11);
                let at = point.x as usize * 3;
                assert_eq!(
                    turned.view().row(y)[x as usize * 3..][..3],
                    source.view().row(point.y as u32)[at..][..3]
                );
            }
        }
        let rect = rotation.restore_rect(Rect::new(2.0, 3.0, 4.0, 5.0), 19, 11);
        assert_eq!(rect.area(), 20.0);
        assert!(rect.x >= 0.0 && rect.right() <= 18.0 && rect.y >= 0.0 && rect.bottom() <= 10.0);
    }
    assert_eq!(Rotation::from_degrees(45), None);
}

#[test]
fn transparent_pixels_do_not_colour_their_neighbours() {
    // Opaque red beside transparent green, averaged: half-transparent red.
    let data = [255, 0, 0, 255, 0, 255, 0, 0].repeat(4);
    let source = facekit::ImageRef::new(&data, 2, 4, 8, PixelFormat::Rgba).unwrap();
    for filter in [Filter::Area, Filter::CatmullRom] {
        let resized = resize(source, 1, 2, filter).unwrap();
        let pixel = &resized.pixels()[..4];
        assert!(pixel[0] >= 254 && pixel[1] == 0 && pixel[2] == 0, "{filter:?}: {pixel:?}");
        assert!(pixel[3].abs_diff(128) <= 1, "{filter:?}: {pixel:?}");
    }
}

#[test]
fn masks_join_and_resize() {
    let mask = Mask::face_box(64, 64, 0.3, [0.0; 4]).unwrap();
    let half = Mask::from_values(64, 64, vec![0.5; 64 * 64]).unwrap();
    let joined = mask.clone().min(&half).unwrap();
    assert!(joined.values().iter().zip(mask.values()).all(|(a, b)| *a == b.min(0.5)));
    let back = mask.resize(128, 128).unwrap().resize(64, 64).unwrap();
    assert!(back.values().iter().zip(mask.values()).all(|(a, b)| (a - b).abs() < 0.02));
    assert_eq!(mask.resize(64, 64).unwrap(), mask);
    let odd = Mask::from_values(2, 1, vec![f32::NAN, 7.0]).unwrap();
    assert_eq!(odd.values(), [0.0, 1.0]);
}

#[test]
fn a_mask_is_seen_where_a_crop_has_it() {
    let mask = Mask::from_values(3, 2, vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6]).unwrap();
    assert_eq!(mask.warp(&Similarity::IDENTITY, 3, 2).unwrap(), mask);
    let moved = mask.warp(&Similarity::from_parts(1.0, 0.0, [1.0, 0.0]), 4, 2).unwrap();
    assert_eq!(moved.values(), [0.0, 0.1, 0.2, 0.3, 0.0, 0.4, 0.5, 0.6]);
    let twice = Similarity::from_parts(2.0, 0.0, [0.0, 0.0]);
    let between = mask.warp(&twice, 5, 3).unwrap();
    assert!((between.values()[1] - 0.15).abs() < 1e-6 && (between.values()[5] - 0.25).abs() < 1e-6);
    assert!(mask.warp(&Similarity::from_parts(0.0, 0.0, [0.0, 0.0]), 3, 2).is_err());
    assert!(mask.warp(&Similarity::IDENTITY, 0, 2).is_err());
}
