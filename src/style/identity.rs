//! Who a picture shows, as diffusion attends to it, and where each person is.

use std::sync::Arc;

use ndarray::{Array2, Array3, Ix3};

use crate::diffusion::ImageTokens;
use crate::error::{Error, ErrorKind, Result};
use crate::face::{Embedding, Face, RecognizerFamily, embedding};
use crate::geometry::Mask;
use crate::models::{Dim, ModelChoice, ModelFile, Models, Role, ValueInfo};
use crate::picture::ImageRef;
use crate::progress::{CancelToken, Control};

/// The recognizer of whose embeddings InstantID makes its tokens.
const RECOGNIZER: &str = "antelopev2_glintr100";

/// How soft the border between two people is, in sides of their faces.
const SOFTNESS: f32 = 0.1;

/// An identity adapter with its recognizer: from a face to tokens that diffusion attends to.
///
/// Both are loaded when they are first needed.
#[derive(Debug)]
pub struct IdentityAdapter<'a> {
    models: &'a Models,
    adapter: Arc<ModelFile>,
    recognizer: Arc<ModelFile>,
    /// The width of the tokens.
    width: u64,
}

impl<'a> IdentityAdapter<'a> {
    /// The adapter and the recognizer of these names or paths; without a name the best adapter that is installed, and the
    /// recognizer that InstantID was made with, `antelopev2_glintr100`. No weight is loaded.
    ///
    /// # Errors
    /// Those of [`Store::get`](crate::models::Store::get); [`InvalidModel`](ErrorKind::InvalidModel) when the adapter
    /// takes embeddings of another width than the recognizer gives.
    pub fn open(models: &'a Models, adapter: Option<&str>, recognizer: Option<&str>) -> Result<Self> {
        let get =
            |role, choice: Option<&str>| models.store().get(role, choice.map(ModelChoice::from).as_ref());
        let adapter = get(Role::Adapter, adapter)?;
        let recognizer = get(Role::Recognizer, Some(recognizer.unwrap_or(RECOGNIZER)))?;
        RecognizerFamily::of(recognizer.family())?;
        let (takes, gives) =
            (last_side(&adapter.signature().inputs), last_side(&recognizer.signature().outputs));
        if takes != gives {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "the identity adapter {adapter} takes embeddings of {takes} numbers, and the recognizer {recognizer} \
                     gives {gives}: choose the recognizer that it was made with, such as {RECOGNIZER}"
                ),
            ));
        }
        let width = last_side(&adapter.signature().outputs);
        Ok(Self { models, adapter, recognizer, width })
    }

    /// The names of the adapter and of the recognizer.
    pub fn models(&self) -> [&str; 2] {
        [self.adapter.name(), self.recognizer.name()]
    }

    /// The width of its tokens, which is that of the cross attention that they are for.
    pub fn width(&self) -> usize {
        usize::try_from(self.width).unwrap_or(usize::MAX)
    }

    /// Who the faces of a picture show: their own embeddings where this recognizer made them, or else what it says.
    ///
    /// # Errors
    /// Those of loading the recognizer and of [`embedding`].
    pub fn recognize(
        &self,
        picture: ImageRef<'_>,
        faces: &[Face],
        control: &Control,
    ) -> Result<Vec<Embedding>> {
        let recognizer = self.models.load(&self.recognizer)?;
        let who = |face: &Face| match &face.embedding {
            Some(known) if known.recognizer() == recognizer.name() => Ok(known.clone()),
            _ => embedding(&recognizer, picture, face, control),
        };
        faces.iter().map(who).collect()
    }

    /// The tokens of a person, and for the negative prompt those of nobody: an embedding of zeros.
    ///
    /// The adapter sees the embedding as the recognizer gave it, not its direction alone.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for an embedding of another width, and those of loading and
    /// running the adapter.
    pub fn tokens(&self, embedding: &Embedding, scale: f32, cancel: &CancelToken) -> Result<ImageTokens> {
        let raw = embedding.raw();
        let positive = self.run(raw, cancel)?;
        let negative = self.run(&vec![0.0; raw.len()], cancel)?;
        Ok(ImageTokens { positive, negative, scale })
    }

    fn run(&self, raw: &[f32], cancel: &CancelToken) -> Result<Array3<f32>> {
        let takes = last_side(&self.adapter.signature().inputs);
        if raw.len() as u64 != takes {
            return Err(Error::parameter(format!(
                "an embedding of {} numbers was given, and the identity adapter {} takes {takes}",
                raw.len(),
                self.adapter
            )));
        }
        let row = Array2::from_shape_fn((1, raw.len()), |(_, i)| raw[i]).into_dyn();
        self.models.load(&self.adapter)?.run(&[("embedding", row.view())], cancel, |outputs| {
            let tokens = outputs.get("image_tokens")?.values().to_owned().into_dimensionality::<Ix3>().ok();
            tokens.filter(|tokens| tokens.dim().0 == 1).ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidModel,
                    "an identity adapter gives [1, tokens, width], and this does not",
                )
            })
        })
    }
}

/// The last side of the only input or output, which the families of adapters and recognizers state.
fn last_side(values: &[ValueInfo]) -> u64 {
    let dims = values.first().and_then(|value| value.dims.as_deref());
    dims.and_then(<[Dim]>::last).and_then(Dim::fixed).unwrap_or_default()
}

/// Shares a picture out among its faces: for each a mask of `width` × `height` weights, which add up to 1 at every pixel.
///
/// A pixel goes to the face that is nearest, measured in that face's own size, with soft borders. `scale` is the size of a
/// pixel of the masks in pixels of the picture.
///
/// # Errors
/// [`InvalidParameter`](ErrorKind::InvalidParameter) for a side of 0.
pub(super) fn share_out(width: u32, height: u32, scale: f32, faces: &[Face]) -> Result<Vec<Mask>> {
    let mut shares = vec![Vec::with_capacity(width as usize * height as usize); faces.len()];
    let mut distances = vec![0.0; faces.len()];
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let [x, y] = [x, y].map(|at| (at as f32 + 0.5) * scale - 0.5);
        for (distance, face) in distances.iter_mut().zip(faces) {
            let rect = face.rect;
            let size = (rect.width * rect.height).sqrt().max(1.0);
            let middle = [rect.x + rect.width / 2.0, rect.y + rect.height / 2.0];
            *distance = (x - middle[0]).hypot(y - middle[1]) / size;
        }
        let nearest = distances.iter().copied().fold(f32::INFINITY, f32::min);
        let weight = |distance: &f32| ((nearest - distance) / SOFTNESS).exp();
        let sum: f32 = distances.iter().map(weight).sum();
        for (share, distance) in shares.iter_mut().zip(&distances) {
            share.push(weight(distance) / sum);
        }
    }
    shares.into_iter().map(|share| Mask::from_values(width, height, share)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;

    #[test]
    fn faces_share_a_picture_out_by_nearness_in_their_own_sizes() {
        let face = |x, size| Face::new(Rect::new(x, 40.0, size, size), 1.0, None);
        let faces = [face(10.0, 40.0), face(120.0, 20.0), face(200.0, 40.0)];
        let masks = share_out(32, 16, 8.0, &faces).unwrap();
        let at = |i: usize, x: usize, y: usize| masks[i].values()[y * 32 + x];
        for i in 0..32 * 16 {
            let sum: f32 = masks.iter().map(|mask| mask.values()[i]).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{i}: {sum}");
        }
        assert!(at(0, 3, 7) > 0.999 && at(1, 16, 6) > 0.999 && at(2, 27, 7) > 0.999);
        // As far from both in pixels, the larger face has it.
        assert!(at(0, 10, 7) > 0.99, "{}", at(0, 10, 7));
        assert_eq!(share_out(4, 4, 8.0, &faces[..1]).unwrap()[0].values(), [1.0; 16]);
    }
}
