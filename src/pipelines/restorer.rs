//! A restorer model at work on a face that was cut out.

use std::sync::Arc;

use ndarray::{ArrayD, ArrayView4};

use crate::error::{Error, ErrorKind, Result};
use crate::geometry::{Filter, Mask, Template, resize};
use crate::models::{Family, Model};
use crate::params::RestoreParams;
use crate::picture::Image;
use crate::progress::Control;
use crate::runtime::PixelCoding;

/// A restorer model and how it is used.
pub(super) struct Restorer {
    pub model: Arc<Model>,
    pub template: Template,
    pub size: u32,
    pub mask: Mask,
    passes: u32,
    fidelity_weight: f32,
}

impl Restorer {
    pub fn new(model: Arc<Model>, params: &RestoreParams) -> Result<Self> {
        let size = match model.picture_size() {
            Some((side, _)) => side,
            None if model.family() == Family::LiteRestore => 256,
            None => 512,
        };
        let mask = Mask::face_box(size, size, params.mask_blur, params.mask_padding)?.scale(params.blend);
        let template = model.template().unwrap_or(match model.family() {
            Family::Gpen if size == 256 => Template::Arcface128,
            _ => Template::Ffhq512,
        });
        Ok(Self {
            model,
            template,
            size,
            mask,
            passes: params.passes,
            fidelity_weight: params.fidelity_weight,
        })
    }

    /// The restored crop.
    ///
    /// Two passes follow the two-step method for badly damaged faces: the first sees the crop at half its
    /// resolution, where noise and blocks are gone, and recreates the outline; the second adds the detail.
    pub fn run(&self, crop: &Image, control: &Control) -> Result<Image> {
        if self.passes == 1 {
            return self.pass(crop, self.fidelity_weight, control);
        }
        let half = resize(crop.view(), self.size / 2, self.size / 2, Filter::Area)?;
        let smooth = resize(half.view(), self.size, self.size, Filter::CatmullRom)?;
        let outline = self.pass(&smooth, self.fidelity_weight, control)?;
        self.pass(&outline, self.fidelity_weight, control)
    }

    fn pass(&self, crop: &Image, weight: f32, control: &Control) -> Result<Image> {
        let tensor = PixelCoding::SIGNED_RGB.encode(crop.view());
        let picture: ArrayView4<'_, f32> = tensor.view();
        let mut inputs = vec![(self.model.input_name(), picture.into_dyn())];
        let weight = self.model.session.input("weight").map(|info| {
            let dims: Vec<_> = info.dims.iter().map(|side| side.unwrap_or(1)).collect();
            ArrayD::from_elem(dims, weight)
        });
        if let Some(weight) = &weight {
            inputs.push(("weight", weight.view()));
        }
        self.model.run(&inputs, control.cancel_token(), |outputs| {
            let face = PixelCoding::SIGNED_RGB.decode(outputs.at(0)?.values().view())?;
            if (face.width(), face.height()) == (self.size, self.size) {
                return Ok(face);
            }
            Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "a restorer gives back as many pixels as it takes, and it made {}×{} of {}×{}",
                    face.width(),
                    face.height(),
                    self.size,
                    self.size
                ),
            ))
        })
    }
}
