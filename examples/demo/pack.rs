//! A contact sheet for each role of the embedded pack, beside the larger models that are installed.

use std::path::Path;

use facekit::face::{MaskType, annotate};
use facekit::geometry::{Filter, resize};
use facekit::models::{Availability, Role};
use facekit::params::{
    DetectParams, EmbedParams, FaceMaskParams, List, MaskParams, RestoreParams, StylizeEngine, StylizeParams,
    SwapEngine, SwapParams,
};
use facekit::picture::PixelFormat;
use facekit::style::Style;
use facekit::{Engine, Image, Result};

use crate::{damage, face, save};

/// The side that pictures are shrunk to before they are enlarged again, in pixels.
const SMALL: u32 = 96;

/// Writes the sheets into a folder. A row is a portrait; its columns are said above each function.
pub fn sheets(engine: &Engine, portraits: &[Image; 2], folder: &Path) -> Result<()> {
    let write = |name: &str, sheet: fn(&Engine, &Image, &Image) -> Result<Vec<Image>>| {
        let [first, second] = portraits;
        let rows = [sheet(engine, first, second)?, sheet(engine, second, first)?];
        save(&Image::sheet(&rows, 8)?, &folder.join(format!("pack-{name}.jpg")))
    };
    write("detect", detect)?;
    write("landmark", landmark)?;
    write("restore", restore)?;
    write("upscale", upscale)?;
    write("segment", segment)?;
    write("swap", swap)?;
    write("stylize", stylize)?;
    embed(engine, portraits)
}

/// The embedded model of a role, and the best other one that is installed and allowed.
fn models(engine: &Engine, role: Role) -> Vec<String> {
    let rows = engine.store().listing().into_iter().filter(|row| row.role == role && row.allowed);
    let (mut own, others): (Vec<_>, Vec<_>) = rows
        .filter(|row| row.availability != Availability::Missing)
        .partition(|row| row.entry.is_some_and(|entry| entry.embedded));
    own.extend(others.into_iter().take(1));
    own.into_iter().map(|row| row.name).collect()
}

/// The photograph, and what each detector finds.
fn detect(engine: &Engine, photo: &Image, _: &Image) -> Result<Vec<Image>> {
    found(engine, photo, Role::Detector, |detector| DetectParams { detector, ..DetectParams::default() })
}

/// The photograph, and the points of each landmarker.
fn landmark(engine: &Engine, photo: &Image, _: &Image) -> Result<Vec<Image>> {
    found(engine, photo, Role::Landmarker, |landmarker| DetectParams {
        landmarks: true,
        landmarker,
        ..DetectParams::default()
    })
}

fn found(
    engine: &Engine,
    photo: &Image,
    role: Role,
    params: impl Fn(Option<String>) -> DetectParams,
) -> Result<Vec<Image>> {
    let mut row = vec![photo.clone()];
    for name in models(engine, role) {
        let mut annotated = photo.clone();
        annotate(&mut annotated, &engine.detect(photo, &params(Some(name)))?.faces);
        row.push(annotated);
    }
    Ok(row)
}

/// The face damaged, restored by each restorer, and as it was.
fn restore(engine: &Engine, photo: &Image, _: &Image) -> Result<Vec<Image>> {
    let damaged = damage(photo)?;
    let mut row = vec![face(photo, &damaged, engine)?];
    for name in models(engine, Role::Restorer) {
        let params = RestoreParams { restorer: Some(name), ..RestoreParams::default() };
        row.push(face(photo, &engine.restore(&damaged, &params)?.image, engine)?);
    }
    row.push(face(photo, photo, engine)?);
    Ok(row)
}

/// The face shrunk, enlarged four times by resampling and by each upscaler, and as it was.
fn upscale(engine: &Engine, photo: &Image, _: &Image) -> Result<Vec<Image>> {
    let truth = face(photo, photo, engine)?;
    let small = resize(truth.view(), SMALL, SMALL, Filter::Area)?;
    let (width, height) = (4 * SMALL, 4 * SMALL);
    let mut row = vec![resize(small.view(), width, height, Filter::Lanczos3)?];
    for name in models(engine, Role::Upscaler) {
        let params = RestoreParams {
            upscaler: Some(name),
            upscale: 4,
            upscale_background: true,
            blend: 0.0,
            ..RestoreParams::default()
        };
        row.push(engine.restore(&small, &params)?.image);
    }
    row.push(truth);
    Ok(row)
}

/// The photograph, and what the segmenter takes for face, the rest darkened.
fn segment(engine: &Engine, photo: &Image, _: &Image) -> Result<Vec<Image>> {
    let masks = MaskParams { masks: List(vec![MaskType::Occlusion]), ..MaskParams::default() };
    let params = FaceMaskParams { mask: masks, ..FaceMaskParams::default() };
    let mask = engine.mask(photo, &params)?.image;
    let shown =
        |(level, weight): (&u8, &u8)| (u32::from(*level) * (64 + u32::from(*weight) * 3 / 4) / 255) as u8;
    let pixels = photo.pixels().iter().zip(mask.pixels()).map(shown).collect();
    Ok(vec![photo.clone(), Image::from_pixels(photo.width(), photo.height(), PixelFormat::Rgb, pixels)?])
}

/// Whose face is put in, the photograph, and the swap by the mesh and by each swapper.
fn swap(engine: &Engine, photo: &Image, source: &Image) -> Result<Vec<Image>> {
    let mesh = SwapParams { engine: SwapEngine::Mesh, ..SwapParams::default() };
    let mut row = vec![source.clone(), photo.clone(), engine.swap(source, photo, &mesh)?.image];
    for name in models(engine, Role::Swapper) {
        let params = SwapParams { swapper: Some(name), ..SwapParams::default() };
        row.push(engine.swap(source, photo, &params)?.image);
    }
    Ok(row)
}

/// The photograph, and its styles by the network.
fn stylize(engine: &Engine, photo: &Image, _: &Image) -> Result<Vec<Image>> {
    let own = models(engine, Role::Stylizer).into_iter().next();
    let mut row = vec![photo.clone()];
    for &style in Style::ALL {
        let params = StylizeParams {
            style,
            engine: StylizeEngine::Network,
            stylizer: own.clone(),
            ..StylizeParams::default()
        };
        row.push(engine.stylize(photo, &params)?.image);
    }
    Ok(row)
}

/// Prints how alike each recognizer finds the portraits to their damaged copies, and to each other.
fn embed(engine: &Engine, [first, second]: &[Image; 2]) -> Result<()> {
    println!("\n{:<24} {:>12} {:>12} {:>12}", "recognizer", "first, worn", "second, worn", "two people");
    let (worn_first, worn_second) = (damage(first)?, damage(second)?);
    for name in models(engine, Role::Recognizer) {
        let params = EmbedParams { recognizer: Some(name.clone()), ..EmbedParams::default() };
        let alike = |a: &Image, b: &Image| engine.compare(a, b, &params).map(|found| found.similarity);
        let (a, b, c) = (alike(first, &worn_first)?, alike(second, &worn_second)?, alike(first, second)?);
        println!("{name:<24} {a:>12.3} {b:>12.3} {c:>12.3}");
    }
    Ok(())
}
