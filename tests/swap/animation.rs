//! Swaps in animations.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use facekit::params::SwapParams;
use facekit::picture::FileFormat;
use facekit::pipelines::SwapSource;
use facekit::{CancelToken, Control, ErrorKind, Image, Request};

use crate::support::*;

/// The side of a frame in pixels.
const SIDE: u32 = 192;

/// A moving face between empty frames, with a delay of its own for each.
fn film() -> Vec<(Image, u64)> {
    let empty = || plain(SIDE, SIDE, [40, 90, 60]);
    let mut frames = vec![(empty(), 50)];
    frames.extend((0..8).map(|i| (frame(SIDE, 2 * i, i), 30 + 10 * u64::from(i))));
    frames.push((empty(), 0));
    frames
}

#[test]
fn every_format_keeps_its_delays_its_loops_and_its_empty_frames() {
    let source = hopper();
    for (format, plays) in [(FileFormat::Gif, 3), (FileFormat::Png, 0), (FileFormat::Webp, 2)] {
        let target = animation(format, &film(), plays);
        let params = SwapParams { image_quality: 100, ..mesh() };
        let swapped = engine().swap_file(&[SwapSource::new(&source)], &target, &params).unwrap();
        assert_eq!((swapped.format, swapped.frames, swapped.swapped_frames), (format, 10, 8), "{format}");
        assert_eq!((swapped.width, swapped.height, swapped.faces), (SIDE, SIDE, 1), "{format}");
        let (before, after) = (read(&target), read(&swapped.bytes));
        assert_eq!(after.plays, plays, "{format}");
        let delays = |animation: &facekit::picture::Animation| -> Vec<Duration> {
            animation.frames.iter().map(|frame| frame.delay).collect()
        };
        assert_eq!(delays(&before), delays(&after), "{format}");
        for (i, (before, after)) in before.frames.iter().zip(&after.frames).enumerate() {
            let changed = changed(&before.image, &after.image);
            assert_eq!(changed.is_some(), (1..9).contains(&i), "{format}, frame {i}");
            if let Some([left, top, right, bottom]) = changed {
                assert!(left > 10 && top > 0 && right < SIDE - 10 && bottom < SIDE, "{format}: {changed:?}");
            }
        }
    }
}

#[test]
fn a_face_is_followed_and_seldom_searched() {
    let frames: Vec<_> = (0..12).map(|i| (frame(SIDE, i, i / 2), 40)).collect();
    let target = animation(FileFormat::Png, &frames, 0);
    let source = hopper();
    let searched = |detect_every| {
        let params = SwapParams { detect_every, ..mesh() };
        let swapped = engine().swap_file(&[SwapSource::new(&source)], &target, &params).unwrap();
        assert_eq!((swapped.swapped_frames, swapped.faces), (12, 1));
        swapped.searched_frames
    };
    assert_eq!(searched(1), 12);
    let seldom = searched(100);
    assert!(seldom < 6, "{seldom} of 12");
}

#[test]
fn a_face_that_comes_in_is_swapped_from_its_first_frame_on() {
    let face = frame(SIDE, 0, 0);
    let beside = |right: &Image| {
        let rows = (0..SIDE).flat_map(|y| [face.view().row(y), right.view().row(y)].concat());
        Image::from_pixels(2 * SIDE, SIDE, face.format(), rows.collect()).unwrap()
    };
    let alone = beside(&plain(SIDE, SIDE, [120, 110, 100]));
    let frames: Vec<_> = (0..8).map(|i| (if i < 4 { alone.clone() } else { beside(&face) }, 40)).collect();
    let target = animation(FileFormat::Png, &frames, 0);
    let source = hopper();
    let params = SwapParams { detect_every: 1000, ..mesh() };
    let swapped = engine().swap_file(&[SwapSource::new(&source)], &target, &params).unwrap();
    assert_eq!((swapped.faces, swapped.searched_frames), (2, 2));
    for (i, (before, after)) in frames.iter().zip(read(&swapped.bytes).frames).enumerate() {
        let before =
            read(&animation(FileFormat::Png, &[before.clone(), before.clone()], 0)).frames[0].image.clone();
        let [.., right, _] = changed(&before, &after.image).unwrap();
        assert_eq!(right > SIDE, i >= 4, "frame {i}: {right}");
    }
}

#[test]
fn a_still_face_does_not_jitter() {
    // The same picture with other noise each time: what moves in the result is the swap's own.
    let noisy = |seed: u32| {
        let mut state = seed;
        let still = frame(SIDE, 4, 2);
        let pixels = still.pixels().iter().map(|&level| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (i32::from(level) + (state >> 29) as i32 - 3).clamp(0, 255) as u8
        });
        Image::from_pixels(SIDE, SIDE, still.format(), pixels.collect()).unwrap()
    };
    let frames: Vec<_> = (1..10).map(|seed| (noisy(seed), 40)).collect();
    let target = animation(FileFormat::Png, &frames, 0);
    let source = hopper();
    let shiver = |smoothing| {
        let params = SwapParams { smoothing, detect_every: 1, ..mesh() };
        let swapped = engine().swap_file(&[SwapSource::new(&source)], &target, &params).unwrap();
        let after = read(&swapped.bytes).frames;
        let pairs = after[2..7].iter().zip(&after[3..8]);
        let change = |(a, b): (&facekit::picture::Frame, &facekit::picture::Frame)| {
            let pixels = a.image.pixels().iter().zip(b.image.pixels());
            pixels.map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum::<u64>()
        };
        pairs.map(change).sum::<u64>()
    };
    let (rough, smooth) = (shiver(false), shiver(true));
    assert!(smooth < rough, "{smooth} is not below {rough}");
}

#[test]
fn progress_counts_the_frames_and_cancel_leaves_nothing() {
    let target = animation(FileFormat::Gif, &film(), 0);
    let source = hopper();
    let request = Request::SwapFile {
        sources: vec![SwapSource::new(&source)],
        target: (&target).into(),
        params: mesh(),
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    let control = Control::new().on_progress(move |step| {
        list.lock().unwrap().push((step.stage.to_owned(), step.fraction));
    });
    engine().run(&request, &control).unwrap();
    let told = told.lock().unwrap();
    let frames: Vec<_> = told.iter().filter(|(stage, _)| stage.starts_with("frame ")).collect();
    assert_eq!(frames.len(), 10);
    assert_eq!((frames[0].0.as_str(), frames[9].0.as_str()), ("frame 1 of 10", "frame 10 of 10"));
    assert!(told.is_sorted_by(|a, b| a.1 <= b.1), "{told:?}");

    let stop = CancelToken::new();
    let token = stop.clone();
    let control = Control::new().cancel_with(stop).on_progress(move |step| {
        if step.stage.starts_with("frame 2") {
            token.cancel();
        }
    });
    assert_eq!(engine().run(&request, &control).unwrap_err().kind(), ErrorKind::Canceled);
}

#[test]
fn a_gif_of_one_frame_is_a_picture() {
    let target = animation(FileFormat::Gif, &[(frame(SIDE, 0, 0), 100)], 1);
    let source = hopper();
    let swapped = engine().swap_file(&[SwapSource::new(&source)], &target, &mesh()).unwrap();
    assert_eq!((swapped.format, swapped.frames, swapped.swapped_frames), (FileFormat::Gif, 1, 1));
    assert!(swapped.bytes.starts_with(b"GIF8"));
}

#[test]
fn delays_of_zero_stay_zero() {
    let frames: Vec<_> = (0..3).map(|i| (frame(SIDE, i, 0), 0)).collect();
    let target = animation(FileFormat::Gif, &frames, 0);
    let source = hopper();
    let swapped = engine().swap_file(&[SwapSource::new(&source)], &target, &mesh()).unwrap();
    assert!(read(&swapped.bytes).frames.iter().all(|frame| frame.delay.is_zero()));
}

#[test]
fn an_animation_becomes_another_format_when_asked() {
    let target = animation(FileFormat::Gif, &film(), 0);
    let source = hopper();
    let params = SwapParams { file_type: Some(FileFormat::Webp), ..mesh() };
    let swapped = engine().swap_file(&[SwapSource::new(&source)], &target, &params).unwrap();
    assert_eq!(
        (FileFormat::of(&swapped.bytes), read(&swapped.bytes).frames.len()),
        (Some(FileFormat::Webp), 10)
    );
    let params = SwapParams { file_type: Some(FileFormat::Jpeg), ..mesh() };
    let error = engine().swap_file(&[SwapSource::new(&source)], &target, &params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("gif"), "{error}");
}
