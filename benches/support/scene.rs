//! Pictures for the benches, made of the two portraits in `examples/photos`.

use std::time::Duration;

use facekit::geometry::{Border, Filter, Similarity, resize, warp};
use facekit::picture::{Animation, Frame};
use facekit::{Image, Limits, PixelFormat};

/// The file names of the portraits, and the square of each that its head fills: left, top and side.
const PORTRAITS: [(&str, [u32; 3]); 2] =
    [("astronaut.png", [127, 17, 200]), ("grace_hopper.jpg", [63, 24, 400])];

/// The columns and rows of heads that a picture of [`group`] has room for.
const GRID: [u32; 2] = [6, 5];

/// A square portrait.
pub fn portrait(side: u32) -> Image {
    resize(open(0).view(), side, side, Filter::CatmullRom).unwrap()
}

/// A grey picture with up to 30 faces, whose size does not depend on how many there are.
pub fn group(width: u32, height: u32, faces: u32) -> Image {
    let [columns, rows] = GRID;
    assert!(faces <= columns * rows, "there is room for {} faces", columns * rows);
    let side = (width / columns).min(height / rows);
    let heads: Vec<Image> = (0..PORTRAITS.len()).map(|index| head(index, side)).collect();
    let mut pixels = vec![90; (width * height * 3) as usize];
    for face in 0..faces {
        let (left, top) = (face % columns * width / columns, face / columns * height / rows);
        let head = &heads[face as usize % heads.len()];
        for (row, values) in (top..).zip(head.pixels().chunks_exact(3 * side as usize)) {
            let start = 3 * (row * width + left) as usize;
            pixels[start..start + values.len()].copy_from_slice(values);
        }
    }
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap()
}

/// A film of a portrait that sways.
pub fn film(side: u32, frames: u32) -> Animation {
    let photo = open(1);
    let frame = |index: u32| {
        let time = f64::from(index);
        let turn = Similarity::from_parts(0.62, 0.14 * (time / 4.0).sin(), [0.0; 2]);
        let middle = turn.matrix().map(|[a, b, _]| 256.0 * a + 200.0 * b);
        let half = f64::from(side) / 2.0;
        let place = [half + 12.0 * (time / 3.0).sin() - middle[0], half - middle[1]];
        let to_frame = Similarity::from_parts(0.62, turn.rotation(), place);
        let image = warp(photo.view(), &to_frame, side, side, Border::Replicate).unwrap();
        Frame::new(image, Duration::from_millis(80))
    };
    Animation { frames: (0..frames).map(frame).collect(), plays: 0 }
}

fn head(index: usize, side: u32) -> Image {
    let [left, top, size] = PORTRAITS[index].1;
    let photo = open(index);
    let square = photo.view().crop(left, top, size, size).unwrap();
    resize(square, side, side, Filter::Area).unwrap()
}

fn open(index: usize) -> Image {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/");
    Image::open(format!("{folder}{}", PORTRAITS[index].0), &Limits::default()).unwrap()
}
