//! Finds and restores the faces of the two test portraits and of damaged copies of them, swaps them, and makes the
//! portraits into 3D, emoji, video game, pixels, clay and toy.
//!
//! `cargo xtask demo` runs it. It writes annotated pictures, a before/after sheet, the swapped portraits, a swapped
//! GIF, the portraits in every style and a sheet of those into a folder, and prints a table. Each row of the first
//! sheet shows a face: the photograph, the damaged copy, the copy restored, and the photograph with the other face.
//! The sheets `pack-….jpg` show each model of the embedded pack, and, where a folder of models is given, the best of
//! those beside it: `cargo xtask demo ~/models`.

mod pack;
mod sway;

use std::path::{Path, PathBuf};

use facekit::face::{align, annotate};
use facekit::geometry::{Filter, Template, gaussian_blur, resize};
use facekit::params::{DetectParams, RestoreParams, StylizeParams, SwapParams};
use facekit::picture::{EncodeOptions, FileFormat, PixelFormat, write_atomic};
use facekit::pipelines::{Metrics, SwapSource};
use facekit::style::Style;
use facekit::{Engine, Error, Image, Limits, Result};

const PORTRAITS: [&str; 2] = ["astronaut.png", "grace_hopper.jpg"];
/// The side of a face on the sheet, in pixels.
const FACE: u32 = 384;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/demo".to_owned()));
    std::fs::create_dir_all(&folder).map_err(|error| Error::io("make the folder", &folder, error))?;
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/photos");

    let engine = Engine::builder().build()?;
    let [astronaut, hopper] = PORTRAITS.map(|name| Image::open(photos.join(name), &Limits::default()));
    let portraits = [astronaut?, hopper?];
    let (mut sheet, mut styles) = (Vec::new(), Vec::new());
    println!("{:<14} {:<10} {:>5} {:>8} {:>8}  stages in ms", "picture", "version", "faces", "score", "PSNR");
    for (i, name) in PORTRAITS.into_iter().enumerate() {
        let (photo, other) = (&portraits[i], &portraits[1 - i]);
        let damaged = damage(photo)?;
        let stem = name.split('.').next().unwrap_or(name);
        for (version, picture) in [("photo", photo), ("damaged", &damaged)] {
            let found = engine.detect(picture, &DetectParams::default())?;
            let mut annotated = picture.clone();
            annotate(&mut annotated, &found.faces);
            save(&annotated, &folder.join(format!("{stem}-{version}-faces.jpg")))?;
            let psnr = (version == "damaged").then(|| psnr(photo, picture, &engine)).transpose()?;
            let score = found.faces.first().map(|face| face.score);
            row(stem, version, found.faces.len(), score, psnr, &found.metrics);
        }
        let restored = engine.restore(&damaged, &RestoreParams::default())?;
        save(&damaged, &folder.join(format!("{stem}-damaged.jpg")))?;
        save(&restored.image, &folder.join(format!("{stem}-restored.jpg")))?;
        let psnr = psnr(photo, &restored.image, &engine)?;
        row(stem, "restored", restored.faces.len(), None, Some(psnr), &restored.metrics);
        let swapped = engine.swap(other, photo, &SwapParams::default())?;
        save(&swapped.image, &folder.join(format!("{stem}-swapped.jpg")))?;
        row(stem, "swapped", swapped.faces.len(), None, None, &swapped.metrics);
        let pictures = [photo, &damaged, &restored.image, &swapped.image];
        let faces = pictures.map(|picture| face(photo, picture, &engine));
        sheet.push(faces.into_iter().collect::<Result<_>>()?);
        styles.push(stylized(&engine, photo, stem, &folder)?);
    }
    save(&Image::sheet(&sheet, 0)?, &folder.join("sheet.jpg"))?;
    save(&Image::sheet(&styles, 8)?, &folder.join("styles.jpg"))?;
    swap_gif(&engine, &portraits, &folder)?;
    let builder = std::env::args().skip(2).fold(Engine::builder(), |builder, models| builder.models(models));
    pack::sheets(&builder.build()?, &portraits, &folder)?;
    println!(
        "\nPSNR is that of the face against the photograph, in dB. The pictures are in {}.",
        folder.display()
    );
    Ok(())
}

/// The photograph, and its styles.
fn stylized(engine: &Engine, photo: &Image, stem: &str, folder: &Path) -> Result<Vec<Image>> {
    let mut pictures = vec![photo.clone()];
    for &style in Style::ALL {
        let stylized = engine.stylize(photo, &StylizeParams { style, ..StylizeParams::default() })?;
        let name = style.name().to_lowercase().replace(' ', "-");
        save(&stylized.image, &folder.join(format!("{stem}-{name}.jpg")))?;
        row(stem, &name, stylized.faces.len(), None, None, &stylized.metrics);
        pictures.push(stylized.image);
    }
    Ok(pictures)
}

/// A GIF of the second portrait, and the same with the face of the first.
fn swap_gif(engine: &Engine, [source, target]: &[Image; 2], folder: &Path) -> Result<()> {
    let found = engine.detect(target, &DetectParams::default())?;
    let face = found.faces.first().ok_or_else(|| Error::parameter("the photograph shows no face"))?;
    let gif = sway::gif(target, face.rect.center())?;
    write_atomic(folder.join("sway.gif"), &gif)?;
    let swapped = engine.swap_file(&[SwapSource::new(source)], &gif, &SwapParams::default())?;
    write_atomic(folder.join("sway-swapped.gif"), &swapped.bytes)?;
    row("sway", "swapped", swapped.faces, None, None, &swapped.metrics);
    println!(
        "\nOf {} frames {} were swapped, and {} searched for faces.",
        swapped.frames, swapped.swapped_frames, swapped.searched_frames
    );
    Ok(())
}

/// A copy as an old camera and a messenger would have left it: blurred, small, noisy and compressed.
fn damage(photo: &Image) -> Result<Image> {
    let (width, height) = (photo.width(), photo.height());
    let blurred = gaussian_blur(photo.view(), 1.2)?;
    let small = resize(blurred.view(), width * 2 / 5, height * 2 / 5, Filter::Area)?;
    let (small_width, small_height) = (small.width(), small.height());
    let mut state = 12467_u32;
    let noisy = small.into_pixels().into_iter().map(|level| {
        // The sum of four uniform numbers is close enough to a normal one.
        let noise = (0..4).fold(0.0, |sum, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sum + f64::from(state) / f64::from(u32::MAX) - 0.5
        });
        (f64::from(level) + 8.0 * noise).round().clamp(0.0, 255.0) as u8
    });
    let noisy = Image::from_pixels(small_width, small_height, PixelFormat::Rgb, noisy.collect())?;
    let options = EncodeOptions { quality: 45, ..EncodeOptions::new(FileFormat::Jpeg) };
    let compressed = Image::decode(&noisy.encode(&options)?, &Limits::default())?;
    resize(compressed.view(), width, height, Filter::CatmullRom)
}

/// The face of a picture, cut out where the photograph has it.
fn face(photo: &Image, picture: &Image, engine: &Engine) -> Result<Image> {
    let found = engine.detect(photo, &DetectParams::default())?;
    let face = found.faces.first().ok_or_else(|| Error::parameter("the photograph shows no face"))?;
    align(picture.view(), face.five_points()?, Template::Ffhq512, FACE)
}

/// The peak signal-to-noise ratio of the face against the photograph's, in dB.
fn psnr(photo: &Image, picture: &Image, engine: &Engine) -> Result<f64> {
    let (truth, face) = (face(photo, photo, engine)?, face(photo, picture, engine)?);
    let squares = truth.pixels().iter().zip(face.pixels()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    Ok(10.0 * (255.0_f64.powi(2) * truth.pixels().len() as f64 / squares.sum::<f64>()).log10())
}

fn row(picture: &str, version: &str, faces: usize, score: Option<f32>, psnr: Option<f64>, metrics: &Metrics) {
    let score = score.map_or(String::new(), |score| format!("{score:.3}"));
    let psnr = psnr.map_or(String::new(), |psnr| format!("{psnr:.2}"));
    let stages =
        metrics.stages.iter().map(|(stage, time)| format!("{stage} {:.1}", time.as_secs_f64() * 1e3));
    let stages = stages.collect::<Vec<_>>().join(", ");
    println!("{picture:<14} {version:<10} {faces:>5} {score:>8} {psnr:>8}  {stages}");
}

fn save(image: &Image, path: &Path) -> Result<()> {
    image.save(path, &EncodeOptions::new(FileFormat::from_path(path)?))
}
