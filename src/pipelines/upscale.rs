//! Enlarging a whole picture with a super-resolution model, tile by tile.

use crate::error::{Error, ErrorKind, Result};
use crate::geometry::{Border, Filter, Similarity, resize, warp};
use crate::models::{Model, ModelFile, Models, Role};
use crate::picture::{Image, ImageRef, PixelFormat};
use crate::progress::Control;
use crate::runtime::PixelCoding;

/// The side of a tile in pixels of the input, where the graph sets none.
const TILE: u32 = 320;
/// What is cut off a tile at each inner border: as far as the network of Real-ESRGAN's general model looks, so
/// that tiles meet without a seam.
const CONTEXT: u32 = 36;
/// The sides of a tile are multiples of this, for networks that halve their input twice.
const MULTIPLE: u32 = 4;

/// The picture, `factor` times larger in width and height and with its metadata, and the name of the upscaler that
/// enlarged it: the one of the name or path `upscaler`, else the best one installed, else an embedded one. Resampled
/// unless `by_model`; as it is at 1.
///
/// # Errors
/// Those of [`Models::get`] and of [`upscale`].
pub(super) fn enlarge(
    models: &Models,
    image: ImageRef<'_>,
    factor: u32,
    by_model: bool,
    upscaler: Option<&str>,
    control: &Control,
) -> Result<(Image, Option<String>)> {
    let mut used = None;
    let mut picture = if factor == 1 {
        Image::from_view(image)
    } else if by_model {
        let embedded = || embedded_for(models, factor);
        let choice = upscaler.filter(|upscaler| !upscaler.is_empty()).or_else(embedded);
        let upscaler = models.get(Role::Upscaler, choice)?;
        used = Some(upscaler.name().to_owned());
        upscale(&upscaler, image, factor, control)?
    } else {
        resize(image, image.width() * factor, image.height() * factor, Filter::Lanczos3)?
    };
    *picture.metadata_mut() = image.metadata().cloned().unwrap_or_default();
    Ok((picture, used))
}

/// The name of the embedded upscaler whose own factor is the least that is not below `factor`, where no other upscaler
/// is installed and allowed.
fn embedded_for(models: &Models, factor: u32) -> Option<&str> {
    let allowed = models.store().allowed(Role::Upscaler);
    let own_factor = |model: &ModelFile| model.entry().filter(|entry| entry.embedded)?.contract.factor;
    if allowed.clone().any(|model| own_factor(model).is_none()) {
        return None;
    }
    allowed
        .filter(|model| own_factor(model) >= Some(factor))
        .min_by_key(|model| own_factor(model))
        .map(|model| model.name())
}

/// The picture, `factor` times larger in width and height; alpha is resampled.
///
/// Tiled as in Real-ESRGAN's own inference: each tile is run with some context around it, which is cut off. A tile
/// that the network enlarges by another factor is resampled before it is put down.
///
/// # Errors
/// [`ErrorKind::InvalidModel`] for a model whose output is not a whole number of times its input, and those of
/// the model's run.
fn upscale(model: &Model, image: ImageRef<'_>, factor: u32, control: &Control) -> Result<Image> {
    let (width, height) = (image.width(), image.height());
    let (fixed_width, fixed_height) = model.picture_size().unzip();
    let (columns, rows) = (spans(width, fixed_width), spans(height, fixed_height));
    let tiles = rows.iter().flat_map(|down| columns.iter().map(move |across| (across, down)));
    let mut enlarged = Image::new(width * factor, height * factor, PixelFormat::Rgb)?;
    for (i, (across, down)) in tiles.enumerate() {
        control.report("background", i as f32 / (columns.len() * rows.len()) as f32)?;
        let tile = run(model, image, across, down, factor, control)?;
        let (left, top) = ((across.keep - across.start) * factor, (down.keep - down.start) * factor);
        let kept = tile.view().crop(left, top, across.kept * factor, down.kept * factor)?;
        let start = (across.keep * factor) as usize * 3;
        let mut picture = enlarged.view_mut();
        for y in 0..kept.height() {
            let row = kept.row(y);
            picture.row_mut(down.keep * factor + y)[start..start + row.len()].copy_from_slice(row);
        }
    }
    if !image.format().has_alpha() {
        return Ok(enlarged);
    }
    let mut picture = resize(image, enlarged.width(), enlarged.height(), Filter::Lanczos3)?;
    enlarged.copy_to(&mut picture.view_mut())?;
    Ok(picture)
}

/// One tile with its context, `factor` times larger.
fn run(
    model: &Model,
    image: ImageRef<'_>,
    across: &Span,
    down: &Span,
    factor: u32,
    control: &Control,
) -> Result<Image> {
    let to_tile = Similarity::from_parts(1.0, 0.0, [-f64::from(across.start), -f64::from(down.start)]);
    let tile = warp(image, &to_tile, across.side, down.side, Border::Replicate)?;
    let tensor = PixelCoding::UNIT_RGB.encode(tile.view());
    let output =
        model.run(&[(model.input_name(), tensor.view().into_dyn())], control.cancel_token(), |outputs| {
            PixelCoding::UNIT_RGB.decode(outputs.at(0)?.values().view())
        })?;
    let scale = output.width() / across.side;
    if scale == 0 || (output.width(), output.height()) != (across.side * scale, down.side * scale) {
        return Err(Error::new(
            ErrorKind::InvalidModel,
            format!(
                "{} made {}×{} pixels of {}×{}, and an upscaler makes a whole number of times as many",
                model.name(),
                output.width(),
                output.height(),
                across.side,
                down.side
            ),
        ));
    }
    if scale == factor {
        return Ok(output);
    }
    resize(output.view(), across.side * factor, down.side * factor, Filter::Lanczos3)
}

/// One axis of a tile: what the network sees, and what is kept of that.
struct Span {
    start: u32,
    side: u32,
    keep: u32,
    kept: u32,
}

/// Covers `whole` pixels; a tile reaches over the border, where the last pixel is repeated, only when the picture
/// is smaller than it.
fn spans(whole: u32, fixed: Option<u32>) -> Vec<Span> {
    let side = fixed.unwrap_or(TILE.min(whole.next_multiple_of(MULTIPLE)));
    let context = CONTEXT.min(side / 4);
    let step = if whole <= side { whole } else { side - 2 * context };
    (0..whole)
        .step_by(step as usize)
        .map(|keep| Span {
            start: keep.saturating_sub(context).min(whole.saturating_sub(side)),
            side,
            keep,
            kept: step.min(whole - keep),
        })
        .collect()
}
