//! Stylized animations.

use std::collections::HashSet;
use std::time::Duration;

use facekit::params::{StylizeArea, StylizeEngine, StylizeParams};
use facekit::picture::FileFormat;
use facekit::style::Style;
use facekit::{CancelToken, Control, ErrorKind, Image, Request};

use crate::support::*;

/// The side of a frame in pixels.
const SIDE: u32 = 160;

fn classic(style: Style) -> StylizeParams {
    StylizeParams { style, engine: StylizeEngine::Classic, image_quality: 100, ..StylizeParams::default() }
}

/// A moving face after an empty frame, with a delay of its own for each.
fn film() -> Vec<(Image, u64)> {
    let mut frames = vec![(plain(SIDE, SIDE, [40, 90, 60]), 50)];
    frames.extend((0..6).map(|i| (frame(SIDE, 2 * i, i), 30 + 10 * u64::from(i))));
    frames
}

#[test]
fn every_frame_is_stylized_and_delays_and_loops_stay() {
    for (format, plays) in [(FileFormat::Gif, 3), (FileFormat::Png, 0), (FileFormat::Webp, 2)] {
        let file = animation(format, &film(), plays);
        let stylized = engine().stylize_file(&file, &classic(Style::Clay)).unwrap();
        assert_eq!((stylized.format, stylized.frames, stylized.faces), (format, 7, 1), "{format}");
        assert_eq!((stylized.width, stylized.height), (SIDE, SIDE));
        assert!(stylized.searched_frames < 7, "{} frames were searched", stylized.searched_frames);
        let (before, after) = (read(&file), read(&stylized.bytes));
        assert_eq!(after.plays, plays, "{format}");
        let delays = |animation: &facekit::picture::Animation| -> Vec<Duration> {
            animation.frames.iter().map(|frame| frame.delay).collect()
        };
        assert_eq!(delays(&before), delays(&after), "{format}");
        for (before, after) in before.frames.iter().zip(&after.frames).skip(1) {
            assert!(changed(&before.image, &after.image).is_some(), "{format}");
        }
    }
}

#[test]
fn all_frames_share_one_palette() {
    for (style, most) in [(Style::Pixels, 12), (Style::Emoji, 12)] {
        let file = animation(FileFormat::Png, &film(), 0);
        let params = StylizeParams { colors: most, ..classic(style) };
        let stylized = engine().stylize_file(&file, &params).unwrap();
        let frames = read(&stylized.bytes).frames;
        let colors = |image: &Image| -> HashSet<[u8; 3]> {
            image.pixels().chunks(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
        };
        if style == Style::Pixels {
            let all: HashSet<_> = frames.iter().flat_map(|frame| colors(&frame.image)).collect();
            assert!(all.len() <= most as usize, "{} colours in all frames", all.len());
        }
        if style == Style::Emoji {
            let corners: HashSet<_> = frames[1..].iter().map(|frame| &frame.image.pixels()[..3]).collect();
            assert_eq!(corners.len(), 1, "the background changes its colour");
        }
    }
}

#[test]
fn cells_keep_their_size_while_a_face_comes_nearer() {
    let photo = astronaut();
    let frames: Vec<_> = (0..6)
        .map(|i| {
            let side = 300 - 20 * i;
            let cut =
                photo.view().crop(225 - side / 2, 115_u32.saturating_sub(side / 2), side, side).unwrap();
            (facekit::geometry::resize(cut, SIDE, SIDE, facekit::geometry::Filter::Area).unwrap(), 50)
        })
        .collect();
    let params = classic(Style::Pixels);
    let stylized = engine().stylize_file(&animation(FileFormat::Png, &frames, 0), &params).unwrap();
    let cells: HashSet<_> = read(&stylized.bytes).frames.iter().map(|frame| cell(&frame.image)).collect();
    assert_eq!(cells.len(), 1, "{cells:?}");
    let alone = |i: usize| cell(&engine().stylize(&frames[i].0, &params).unwrap().image);
    assert_ne!(alone(0), alone(5), "the faces differ enough");
}

/// The side of the cells: the greatest step at whose multiples alone columns change.
fn cell(image: &Image) -> usize {
    let channels = image.format().channels();
    let changes = |x: usize| {
        (0..image.height()).any(|y| {
            let row = image.view().row(y);
            row[(x - 1) * channels..][..3] != row[x * channels..][..3]
        })
    };
    let columns: Vec<_> = (1..image.width() as usize).filter(|&x| changes(x)).collect();
    (1..=64).rev().find(|step| columns.iter().all(|x| x % step == 0)).unwrap()
}

#[test]
fn frames_without_a_face_stay_where_faces_alone_are_stylized() {
    let file = animation(FileFormat::Gif, &film(), 0);
    let params = StylizeParams { area: StylizeArea::Face, ..classic(Style::Toy) };
    let stylized = engine().stylize_file(&file, &params).unwrap();
    let (before, after) = (read(&file), read(&stylized.bytes));
    assert!(changed(&before.frames[0].image, &after.frames[0].image).is_none());
    assert!(changed(&before.frames[3].image, &after.frames[3].image).is_some());
    let empty = animation(FileFormat::Gif, &[(plain(64, 64, [9; 3]), 50), (plain(64, 64, [0; 3]), 50)], 0);
    let error = engine().stylize_file(&empty, &params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
    assert!(error.to_string().contains("2 frames"), "{error}");
}

#[test]
fn an_animation_is_canceled() {
    let file = animation(FileFormat::Gif, &film(), 0);
    let stop = CancelToken::new();
    let token = stop.clone();
    let control = Control::new().cancel_with(stop).on_progress(move |progress| {
        if progress.stage.starts_with("frame") {
            token.cancel();
        }
    });
    let request =
        Request::StylizeFile { file: (&file).into(), style_image: None, params: classic(Style::Pixels) };
    assert_eq!(engine().run(&request, &control).unwrap_err().kind(), ErrorKind::Canceled);
}
