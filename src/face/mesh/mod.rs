//! A face put over another without a swap network: pixels of the source, bent into the shape of the target.
//!
//! It moves pixels and not identity: features, skin and expression come from the source, while the structure of the
//! target's skull, its light, its hair and what lies outside the outline stay. It works best when both faces look
//! about the same way and are lit alike; what is in front of the source's face, such as glasses, moves along.
//!
//! How far that goes: MobileFaceNet's cosine to the source is 0.12 for the two test portraits as they are, and 0.78 and
//! 0.71 once one has the face of the other, with the embedded landmarker and restorer (`tests/swap/shared.rs`).

mod features;
mod outline;
mod shape;

use crate::error::{Error, Result};
use crate::face::align::alignment;
use crate::face::landmarks::Landmarks;
use crate::geometry::{
    Border, ColorMatch, Mask, Similarity, Template, bend, blend_gradients, crop_face, match_color,
    triangulate,
};
use crate::picture::{Image, ImageRef};

/// The smallest and the largest side of the crop that a face is swapped in, in pixels.
const SIDES: [f64; 2] = [256.0, 1024.0];

/// Where the pixels of a pair of features come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Feature {
    /// From the source, but from the target where the source has nothing to show, since its eyes or lips are closed
    /// and the target's open: a closed lid is never stretched over an open eye.
    #[default]
    Auto,
    /// From the source.
    Source,
    /// From the target.
    Target,
}

/// How a face is put over another.
#[derive(Debug, Clone, PartialEq)]
pub struct MeshOptions {
    /// How far the features move from their places in the target towards the proportions of the source, 0 to 1; the
    /// outline always stays. Default: 0.8.
    pub shape: f32,
    /// Whose eyes are shown. Default: [`Feature::Auto`].
    pub eyes: Feature,
    /// Whose mouth is shown between the lips. Default: [`Feature::Auto`].
    pub mouth: Feature,
    /// Whether the source takes the colours of the target. Default: [`ColorMatch::Auto`].
    pub color: ColorMatch,
    /// How far the light of the target around the outline may reach into the face, 0 to 255 levels. Default: 16.
    pub light: f32,
    /// The width of the soft edge, 0 to 1 of a quarter of the face. Default: 0.25.
    pub feather: f32,
}

impl Default for MeshOptions {
    fn default() -> Self {
        Self {
            shape: 0.8,
            eyes: Feature::Auto,
            mouth: Feature::Auto,
            color: ColorMatch::Auto,
            light: 16.0,
            feather: 0.25,
        }
    }
}

/// A face that was put over another, to be pasted with [`paste`](crate::geometry::paste).
#[derive(Debug, Clone)]
pub struct MeshSwap {
    /// The target's face upright, in RGB, with the source's over it.
    pub crop: Image,
    /// How much of the crop is to be pasted; 0 outside the outline of the target's face.
    pub mask: Mask,
    /// The transform from the target to the crop.
    pub to_crop: Similarity,
}

/// Puts the face of `source` over the face of `target`.
///
/// Both faces are given by landmarks of the same scheme. The crop is aligned to [`Template::Ffhq512`], with a side
/// of 256 to 1024 pixels, as large as the face is in the target. The target's own pixels stay where the source shows
/// too little, as a profile put over a full face or a face cut by the border, and where the forehead of one
/// of them is under hair or a hat.
///
/// Source: piecewise affine warping over a Delaunay triangulation, colours after Reinhard et al. (2001), blending
/// after Pérez et al. (2003).
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for schemes that differ, an option out of range or
/// coordinates too large to reckon with, [`NoFace`](crate::ErrorKind::NoFace) when the landmarks of the target
/// coincide.
pub fn swap(
    source: ImageRef<'_>,
    source_face: &Landmarks,
    target: ImageRef<'_>,
    target_face: &Landmarks,
    options: &MeshOptions,
) -> Result<MeshSwap> {
    check(source_face, target_face, options)?;
    let (to_crop, side) = place(target_face)?;
    let target_crop = crop_face(target, &to_crop, side, side, Border::Replicate)?;
    let target_face = target_face.clone().map(|point| to_crop.apply(point));
    let kept = features::kept(source_face, &target_face, options);

    let from = outline::with_forehead(source_face);
    let to = outline::with_forehead(&target_face);
    let outline = outline::outline(target_face.scheme(), &to);
    let fixed = [std::slice::from_ref(&outline), &kept].concat();
    let to = shape::towards_source(&from, &to, &fixed, options.shape);
    let triangles = shape::reliable(&from, &to, triangulate(&to));
    let bent = bend(source, &from, &to, &triangles, side, side)?;

    let region = Mask::polygon(side, side, &outline)?.min(&bent.covered)?;
    let skin = features::skin(&target_face, side)?.min(&region)?;
    let matched = match_color(bent.image.view(), target_crop.view(), &skin, options.color)?.image;
    let core = features::core(&target_face, &to, side)?;
    // The arms of the target's glasses are to go, and a chin may have a beard.
    let [left_eye, right_eye, nose, left_mouth, right_mouth] = target_face.five_points().map(|point| point.y);
    let (eyes, mouth) = ((left_eye + right_eye) / 2.0, (left_mouth + right_mouth) / 2.0);
    let brows = outline::mean(&target_face.at(&target_face.scheme().brows().concat())).y;
    let region = region
        .min(&features::bare(target_crop.view(), &skin, &core, [brows, 2.0 * brows - eyes, brows])?)?
        .min(&features::bare(matched.view(), &skin, &core, [brows, nose, mouth])?)?;
    let region = soften(&region, f64::from(side) / 128.0)?;
    let crop = blend_gradients(target_crop.view(), matched.view(), &region, options.light)?;
    let mut mask = soften(&region, f64::from(options.feather) * f64::from(side) / 16.0)?;
    for outline in &kept {
        mask = mask.min(&features::without(side, outline)?.blur(f64::from(side) / 170.0)?)?;
    }
    Ok(MeshSwap { crop, mask, to_crop })
}

fn check(source_face: &Landmarks, target_face: &Landmarks, options: &MeshOptions) -> Result<()> {
    if source_face.scheme() != target_face.scheme() {
        return Err(Error::parameter(format!(
            "the source has landmarks of the scheme {} and the target of {}: find both with the same landmarker",
            source_face.scheme(),
            target_face.scheme()
        )));
    }
    for (name, value, most) in
        [("shape", options.shape, 1.0), ("light", options.light, 255.0), ("feather", options.feather, 1.0)]
    {
        if !(0.0..=most).contains(&value) {
            return Err(Error::parameter(format!("a {name} of {value} is out of range: use 0 to {most}")));
        }
    }
    Ok(())
}

/// The transform to the crop of a face, and the crop's side.
fn place(face: &Landmarks) -> Result<(Similarity, u32)> {
    let points = face.five_points();
    let scale = alignment(&points, Template::Ffhq512, 512)?.scale();
    let side = ((512.0 / scale / 64.0).ceil() * 64.0).clamp(SIDES[0], SIDES[1]) as u32;
    Ok((alignment(&points, Template::Ffhq512, side)?, side))
}

/// The mask with an edge that is soft towards the inside.
fn soften(mask: &Mask, sigma: f64) -> Result<Mask> {
    if sigma <= 0.0 {
        return Ok(mask.clone());
    }
    let blurred = mask.blur(sigma)?;
    let values = blurred.values().iter().map(|value| 2.0 * value - 1.0);
    Mask::from_values(mask.width(), mask.height(), values.collect())?.min(mask)
}
