//! What the tests of stylizers share: the tiny models of `tests/golden/stylizers`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use facekit::models::{LicensePolicy, Models, Store};
use facekit::runtime::{Runtime, SessionOptions};
use facekit::style::Style;
use facekit::style::stylizers::Stylizer;
use facekit::{CancelToken, Control, Error, ErrorKind, Image, Limits, PixelFormat, Result};

/// The models in a folder.
pub fn models(folder: &Path, policy: LicensePolicy) -> Models {
    static RUNTIME: LazyLock<Arc<Runtime>> = LazyLock::new(|| Runtime::load(None).unwrap());
    let store = Store::open(vec![folder.to_owned()], policy);
    Models::new(Arc::clone(&RUNTIME), store, SessionOptions::default(), None)
}

/// Every tiny model, under any licence.
pub fn tiny() -> Models {
    models(&golden(""), LicensePolicy::Any)
}

pub fn stylizer(models: &Models, name: &str, style: Option<&Image>) -> Result<Stylizer> {
    Stylizer::new(models, Some(name), style.map(Image::view), Style::Clay, &CancelToken::new())
}

pub fn paint(stylizer: &Stylizer, image: &Image, size: u32) -> Result<Image> {
    stylizer.paint(image.view(), size, &Control::new())
}

pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/stylizers").join(name)
}

pub fn photo(name: &str) -> Image {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/photos");
    Image::open(folder.join(name), &Limits::default()).unwrap()
}

/// A picture in which no two neighbours are alike.
pub fn busy(width: u32, height: u32) -> Image {
    let pixels = (0..width * height * 3).map(|i| (i * 37 % 251) as u8).collect();
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap()
}

/// A part of a picture: its left edge, top edge, width and height.
pub fn part(image: &Image, [x, y, width, height]: [u32; 4]) -> Image {
    Image::from_view(image.view().crop(x, y, width, height).unwrap())
}

/// Every `step`-th pixel, across and down.
pub fn every(image: &Image, step: usize) -> Image {
    let rows = (0..image.height()).step_by(step).map(|y| image.view().row(y));
    let pixels: Vec<u8> = rows.flat_map(|row| row.chunks_exact(3).step_by(step)).flatten().copied().collect();
    let side = |len: u32| len.div_ceil(step as u32);
    Image::from_pixels(side(image.width()), side(image.height()), PixelFormat::Rgb, pixels).unwrap()
}

/// Fails unless every level is at most one from the one that is expected.
pub fn assert_same_levels(found: &[u8], expected: &[u8], what: &str) {
    assert_eq!(differing(found, expected, what), 0, "{what}: so many of {} levels differ", found.len());
}

/// Fails unless the levels differ by at most one, but for one in a thousand.
pub fn assert_same_picture(found: &[u8], expected: &[u8], what: &str) {
    let differing = differing(found, expected, what);
    assert!(differing * 1000 <= found.len(), "{what}: {differing} of {} levels differ", found.len());
}

/// How many levels are further than one from those that are expected.
fn differing(found: &[u8], expected: &[u8], what: &str) -> usize {
    assert_eq!(found.len(), expected.len(), "{what}");
    found.iter().zip(expected).filter(|(found, expected)| found.abs_diff(**expected) > 1).count()
}

/// Fails unless the error is of a kind and says all of the words.
pub fn assert_error(error: Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}
