//! How far away each pixel is, as a network estimates it.

use std::sync::Arc;

use ndarray::{Array4, s};

use crate::error::{Error, ErrorKind, Result};
use crate::geometry::resize_cubic;
use crate::models::{Family, Model};
use crate::picture::{Image, ImageRef, PixelFormat};
use crate::progress::CancelToken;
use crate::runtime::PixelCoding;

/// The longest side of a network's input that its graph may fix, and the longest shorter side that its metadata may ask
/// for, in pixels.
const MAX_SIDE: u32 = 4096;
/// The longest side of a network's input, in shorter sides that its pictures have.
const LONGEST: u32 = 4;
/// The mean and the deviation of ImageNet's channels, in levels.
const IMAGENET: PixelCoding =
    PixelCoding { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375], ..PixelCoding::LEVELS_RGB };

/// A depth network, ready to run.
#[derive(Debug)]
pub struct DepthNetwork {
    model: Arc<Model>,
    coding: PixelCoding,
    /// The shorter side that a picture has in the network, in pixels.
    side: u32,
    /// What divides the sides.
    multiple: u32,
}

impl DepthNetwork {
    /// A network of the families MiDaS or Depth Anything.
    ///
    /// It takes levels less the mean and over the deviation that its metadata or the catalogue says, such as −1 to 1 for
    /// a DPT; those of ImageNet where neither does; 0 to 1 where the graph begins by normalising.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a model of another family;
    /// [`InvalidModel`](ErrorKind::InvalidModel) for a graph that fixes a side of 0 or more than 4096 pixels.
    pub fn new(model: Arc<Model>) -> Result<Self> {
        let (side, multiple) = match model.family() {
            Family::Midas => (384, 32),
            Family::DepthAnything => (518, 14),
            other => return Err(Error::parameter(format!("`{other}` is no family of depth networks"))),
        };
        let fixed = model.picture_size();
        if let Some((width, height)) = fixed
            && ![width, height].iter().all(|side| (1..=MAX_SIDE).contains(side))
        {
            let what = format!(
                "{} takes {width}×{height} pixels, and a depth network takes 1 to {MAX_SIDE} along each side",
                model.name()
            );
            return Err(Error::new(ErrorKind::InvalidModel, what));
        }
        let contract = model.contract();
        let of_catalog = contract.and_then(|contract| contract.mean.zip(contract.std));
        let coding = match numbers(&model, "mean").zip(numbers(&model, "std")).or(of_catalog) {
            _ if normalises(&model) => PixelCoding::UNIT_RGB,
            Some((mean, std)) => PixelCoding { mean, std, ..IMAGENET },
            None => IMAGENET,
        };
        let of_catalog = contract.and_then(|contract| Some(contract.size?[0]));
        let number =
            |name: &str| model.metadata(name)?.parse().ok().filter(|number| (1..=MAX_SIDE).contains(number));
        let side = number("size").or(of_catalog).unwrap_or(side);
        let multiple = number("multiple").unwrap_or(multiple).min(side);
        Ok(Self { model, coding, side, multiple })
    }

    /// The model that runs.
    pub fn name(&self) -> &str {
        self.model.name()
    }

    /// The control picture of a picture's depths, `width` × `height` pixels: RGB, grey, 255 for what is nearest and 0 for
    /// what is farthest; all 0 where nothing is nearer than anything else.
    ///
    /// The network sees the picture at the size that it takes, or else at the one that its metadata, the catalogue or its
    /// family says; both ways the picture is resized cubic and antialiased.
    ///
    /// # Errors
    /// Those of resizing and of running the model; [`Inference`](ErrorKind::Inference) for depths that are no numbers.
    pub fn control_picture(
        &self,
        picture: ImageRef<'_>,
        width: u32,
        height: u32,
        cancel: &CancelToken,
    ) -> Result<Image> {
        let (columns, rows) = self.input_size(picture.width(), picture.height());
        let tensor = self.encode(picture, columns, rows)?;
        let inputs = [(self.model.input_name(), tensor.view().into_dyn())];
        let depths = self.model.run(&inputs, cancel, |outputs| {
            let output = outputs.iter().next().map(|output| output.values().to_owned());
            output.filter(|depths| depths.ndim() == 3 && depths.shape()[0] == 1).ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidModel,
                    "a depth network gives [1, height, width], and this one does not",
                )
            })
        })?;
        let size = [depths.shape()[2] as u32, depths.shape()[1] as u32];
        let depths: Vec<f32> = depths.into_iter().collect();
        if !depths.iter().all(|depth| depth.is_finite()) {
            let what = format!("{} gave depths that are no numbers: it may be damaged", self.name());
            return Err(Error::new(ErrorKind::Inference, what));
        }
        grey(&resize_cubic(&depths, size, [width, height])?, width, height)
    }

    /// The network's input for a picture that is resized along its rows, then along its columns, each rounded to whole
    /// levels, as Pillow does it, with which these networks were trained.
    fn encode(&self, picture: ImageRef<'_>, columns: u32, rows: u32) -> Result<Array4<f32>> {
        let [width, height] = [picture.width(), picture.height()];
        let levels = |plane: Vec<f32>| -> Vec<f32> {
            plane.into_iter().map(|value| value.round_ties_even().clamp(0.0, 255.0)).collect()
        };
        let source = PixelCoding::LEVELS_RGB.encode(picture);
        let mut tensor = Array4::zeros((1, 3, rows as usize, columns as usize));
        for c in 0..3 {
            let plane: Vec<f32> = source.slice(s![0, c, .., ..]).iter().copied().collect();
            let across = levels(resize_cubic(&plane, [width, height], [columns, height])?);
            let seen = levels(resize_cubic(&across, [columns, height], [columns, rows])?);
            let (mean, std) = (self.coding.mean[c], self.coding.std[c]);
            tensor.slice_mut(s![0, c, .., ..]).iter_mut().zip(seen).for_each(|(value, level)| {
                *value = (level - mean) / std;
            });
        }
        Ok(tensor)
    }

    /// Width and height of the network's input for a picture.
    fn input_size(&self, width: u32, height: u32) -> (u32, u32) {
        if let Some(size) = self.model.picture_size() {
            return size;
        }
        let scale = f64::from(self.side) / f64::from(width.min(height));
        let fitting = |side: u32| {
            let multiple = f64::from(self.multiple);
            let count = (f64::from(side) * scale / multiple).round_ties_even();
            (count as u32).clamp(1, LONGEST * self.side / self.multiple) * self.multiple
        };
        (fitting(width), fitting(height))
    }
}

/// The three numbers of an entry of a model's metadata.
fn numbers(model: &Model, name: &str) -> Option<[f32; 3]> {
    let numbers = model.metadata(name)?.split_whitespace().map(|number| number.parse().ok());
    numbers.collect::<Option<Vec<f32>>>()?.try_into().ok()
}

/// Whether a graph begins by normalising, as those that MiDaS publishes do: it then takes 0 to 1.
fn normalises(model: &Model) -> bool {
    let operators = model.first_operators().iter().map(String::as_str);
    let mut operators = operators.filter(|operator| *operator != "Constant");
    operators.next() == Some("Sub") && matches!(operators.next(), Some("Div" | "Mul"))
}

/// Numbers as a grey picture: black for the least, white for the largest.
fn grey(values: &[f32], width: u32, height: u32) -> Result<Image> {
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let range = values.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least;
    let level = |value: &f32| match range > 0.0 {
        true => ((value - least) / range * 255.0).round_ties_even() as u8,
        false => 0,
    };
    let pixels = values.iter().map(level).flat_map(|level| [level; 3]).collect();
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels)
}
