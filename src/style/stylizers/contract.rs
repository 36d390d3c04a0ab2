//! What the families of stylizers take and give.

use ndarray::{ArrayD, ArrayViewD, Axis};
use serde::de::{DeserializeOwned, IntoDeserializer};

use crate::error::{Error, ErrorKind, Result};
use crate::models::{Channels, Family, Model, Role, ValueRange};
use crate::picture::{Image, ImageRef};
use crate::runtime::{ChannelOrder, Layout, PixelCoding, TensorInfo};
use crate::style::stylizers::frame::Frame;

/// What a stylizer takes and gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contract {
    /// The picture that is painted.
    pub content: PictureInput,
    /// What it takes of a style picture, if it takes one.
    pub style: Option<StyleInput>,
    /// Whether it has facekit's styles to choose from, and the inputs `style` and `strength`.
    pub has_styles: bool,
    /// The numbers of the picture that comes out.
    output: PixelCoding,
}

/// An input that takes a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PictureInput {
    /// Its name.
    pub name: String,
    /// How large the picture is.
    pub frame: Frame,
    coding: PixelCoding,
    /// Whether its first axis is one of pictures.
    is_batch: bool,
}

/// What a stylizer takes of a style picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum StyleInput {
    /// The numbers that a predictor makes of it.
    Vector {
        /// The name of the input.
        name: String,
        /// The family of the predictor.
        predictor: Family,
    },
    /// The picture itself.
    Picture(PictureInput),
}

/// What is known of the pictures of a graph before its inputs are looked at.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    /// Where the channels stand, whatever the graph tells.
    layout: Option<Layout>,
    /// Where they stand if the graph does not tell.
    usual: Option<Layout>,
    order: ChannelOrder,
    range: Option<ValueRange>,
    /// Width and height where the graph leaves them free.
    size: Option<[u32; 2]>,
    multiple: u32,
}

impl Contract {
    /// The contract of a stylizer; of a style predictor, that of its picture.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for a model of another role, a graph that takes several pictures in one run or does
    /// not say where its channels stand, or metadata that says what cannot be.
    pub fn of(model: &Model) -> Result<Self> {
        Self::read(model).map_err(|error| error.context(model.name()))
    }

    fn read(model: &Model) -> Result<Self> {
        let family = model.family();
        let has_styles = family == Family::LiteStylize;
        let numbers = Numbers::of(model)?;
        let inputs: Vec<&TensorInfo> = model.session.inputs().collect();
        let (content, style) = match *inputs.as_slice() {
            [content] => (content, None),
            [first, second] if family == Family::StyleTransfer && is_style(first) => (second, Some(first)),
            [first, second] => (first, Some(second)),
            [content, _, _] if has_styles => (content, None),
            _ => return Err(invalid(format!("it takes {} inputs, not 1 or 2", inputs.len()))),
        };
        let output = model.session.outputs().first().map(|info| info.dims.as_slice()).unwrap_or_default();
        let [taken, given] = numbers.ranges(model)?;
        let content = PictureInput::of(content, output, &numbers, taken)?;
        let style = match style {
            None => None,
            Some(style) if family == Family::MagentaTransfer => {
                Some(StyleInput::Vector { name: style.name.clone(), predictor: Family::MagentaPredict })
            }
            Some(style) => Some(StyleInput::Picture(PictureInput::of(style, output, &numbers, taken)?)),
        };
        let layout = layout(output).unwrap_or(content.coding.layout);
        Ok(Self { output: coding(numbers.order, layout, given), content, style, has_styles })
    }

    /// The picture that a run put out.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for any shape but that of a picture; [`ErrorKind::Inference`] for values that are no
    /// numbers.
    pub fn decode(&self, values: &ArrayViewD<'_, f32>) -> Result<Image> {
        if values.iter().any(|value| value.is_nan()) {
            return Err(Error::new(
                ErrorKind::Inference,
                "it gave values that are no numbers: a model of 16-bit numbers may need another provider, or its \
                 metadata another `range`",
            ));
        }
        let values = values.view();
        self.output.decode(if values.ndim() == 3 { values.insert_axis(Axis(0)) } else { values })
    }
}

impl PictureInput {
    fn of(info: &TensorInfo, output: &[Option<usize>], numbers: &Numbers, range: ValueRange) -> Result<Self> {
        let told = numbers.layout.or_else(|| layout(&info.dims)).or(numbers.usual).or_else(|| layout(output));
        let layout = told.ok_or_else(|| {
            invalid(format!(
                "its input `{:.40}` does not say where its channels stand: put the entry `layout`, NCHW or NHWC, into \
                 its metadata",
                info.name
            ))
        })?;
        let sides = match (info.dims.as_slice(), layout) {
            (&[Some(pictures), ..], _) if info.dims.len() == 4 && pictures != 1 => {
                return Err(invalid(format!("it takes {pictures} pictures in one run, and 1 was expected")));
            }
            (&[.., height, width, _], Layout::Nhwc) | (&[.., height, width], Layout::Nchw) => [width, height],
            _ => [None; 2],
        };
        let side = |axis: usize| {
            let fixed = sides[axis].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
            fixed.or(numbers.size.map(|size| size[axis]))
        };
        let sides = [side(0), side(1)];
        Ok(Self {
            name: info.name.clone(),
            frame: Frame::new(sides, numbers.multiple).map_err(|error| invalid(error.to_string()))?,
            coding: coding(numbers.order, layout, range),
            is_batch: info.dims.len() != 3,
        })
    }

    /// The tensor of a picture.
    pub fn encode(&self, picture: ImageRef<'_>) -> ArrayD<f32> {
        let tensor = self.coding.encode(picture);
        if self.is_batch { tensor.into_dyn() } else { tensor.index_axis_move(Axis(0), 0).into_dyn() }
    }
}

impl Numbers {
    /// What the family, the catalogue and the metadata say, each over the one before.
    ///
    /// Sources: `test_by_onnx.py` of AnimeGANv2 and AnimeGANv3, `cartoonize.py` of White-box Cartoonization and of
    /// DCT-Net, the README of fast neural style in the ONNX Model Zoo.
    fn of(model: &Model) -> Result<Self> {
        use ChannelOrder::{Bgr, Rgb};
        use Layout::{Nchw, Nhwc};
        use ValueRange::{Levels, Signed, Unit};
        let (usual, order, range, multiple) = match model.family() {
            Family::Cartoongan => (Some(Nhwc), Rgb, Some(Signed), 4),
            Family::Animegan => (Some(Nhwc), Rgb, Some(Signed), 32),
            Family::WhiteBox => (Some(Nhwc), Bgr, Some(Signed), 8),
            Family::DctNet => (Some(Nhwc), Bgr, Some(Levels), 16),
            Family::FastNeuralStyle => (Some(Nchw), Rgb, Some(Levels), 4),
            Family::FritzStyle => (Some(Nhwc), Rgb, Some(Levels), 4),
            Family::MagentaPredict | Family::MagentaTransfer => (Some(Nhwc), Rgb, Some(Unit), 4),
            Family::LiteStylize => (Some(Nchw), Rgb, Some(Signed), 16),
            Family::ImageToImage | Family::StyleTransfer => (None, Rgb, None, 32),
            family => return Err(invalid(format!("it is a {}, and no {}", family.role(), Role::Stylizer))),
        };
        let catalog = model.contract();
        let order = match one_of(model, "channels")?.or(catalog.and_then(|contract| contract.channels)) {
            Some(Channels::Rgb) => Rgb,
            Some(Channels::Bgr) => Bgr,
            None => order,
        };
        Ok(Self {
            layout: one_of(model, "layout")?.or(catalog.and_then(|contract| contract.layout)),
            usual,
            order,
            range: catalog.and_then(|contract| contract.range).or(range),
            size: catalog.and_then(|contract| contract.size),
            multiple: match model.metadata("multiple").map(str::parse) {
                None => multiple,
                Some(Ok(multiple)) => multiple,
                Some(Err(_)) => return Err(invalid("its metadata entry `multiple` is no number")),
            },
        })
    }

    /// The range of the values that a model takes, and that of those that it gives.
    ///
    /// Networks without a last activation are mostly those of fast neural style, of 0 to 255; those of two pictures
    /// are mostly AdaIN's, of 0 to 1.
    fn ranges(&self, model: &Model) -> Result<[ValueRange; 2]> {
        let taken = one_of(model, "range")?.or(self.range);
        let given = one_of(model, "output_range")?.or(self.range);
        let unknown = match model.family() {
            Family::StyleTransfer => ValueRange::Unit,
            _ => ValueRange::Levels,
        };
        let given = given.or_else(|| model.output_range()).or(taken).unwrap_or(unknown);
        Ok([taken.unwrap_or(given), given])
    }
}

/// What a metadata entry of a model says in one of the words of a type, if it has the entry.
fn one_of<T: DeserializeOwned>(model: &Model, entry: &str) -> Result<Option<T>> {
    let Some(text) = model.metadata(entry) else { return Ok(None) };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
    let meaning = T::deserialize(format!("{words:.40}").into_deserializer());
    meaning.map(Some).map_err(|error: serde::de::value::Error| {
        invalid(format!("its metadata entry `{entry}` cannot be read: {error}"))
    })
}

/// Where the channels stand, when one side says so.
fn layout(dims: &[Option<usize>]) -> Option<Layout> {
    let &[.., first, _, last] = dims else { return None };
    match (first == Some(3), last == Some(3)) {
        (true, false) => Some(Layout::Nchw),
        (false, true) => Some(Layout::Nhwc),
        _ => None,
    }
}

fn coding(order: ChannelOrder, layout: Layout, range: ValueRange) -> PixelCoding {
    let (mean, std) = range.mean_and_std();
    PixelCoding { layout, ..PixelCoding::planes(order, mean, std) }
}

fn is_style(input: &TensorInfo) -> bool {
    input.name.to_lowercase().contains("style")
}

fn invalid(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidModel, what)
}
