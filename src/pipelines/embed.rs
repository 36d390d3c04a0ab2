//! Embedding: from a face to the vector that tells people apart.

use crate::error::Result;
use crate::face::{Face, align};
use crate::geometry::Template;
use crate::models::{Family, Model};
use crate::picture::ImageRef;
use crate::progress::Control;
use crate::runtime::PixelCoding;

/// The side of the crop that recognizers see, in pixels.
const SIZE: u32 = 112;

/// What a recognizer says of a face: its raw vector, not normalised.
///
/// # Errors
/// [`Unsupported`](crate::ErrorKind::Unsupported) for a face without points, and those of the model's run.
pub(crate) fn embed(
    recognizer: &Model,
    image: ImageRef<'_>,
    face: &Face,
    control: &Control,
) -> Result<Vec<f32>> {
    let crop = align(image, face.five_points()?, Template::Arcface112V2, SIZE)?;
    let coding = match recognizer.family() {
        Family::Sface => PixelCoding::LEVELS_RGB,
        _ => PixelCoding::SIGNED_RGB,
    };
    let tensor = coding.encode(crop.view());
    recognizer.run(
        &[(recognizer.input_name(), tensor.view().into_dyn())],
        control.cancel_token(),
        |outputs| Ok(outputs.at(0)?.values().iter().copied().collect()),
    )
}
