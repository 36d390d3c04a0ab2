//! A stylizer model and how it is used.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::models::{Availability, Family, Model, Models, Role};
use crate::picture::{Image, ImageRef};
use crate::progress::{CancelToken, Control};
use crate::style::Style;
use crate::style::stylizers::condition::Condition;
use crate::style::stylizers::contract::Contract;
use crate::style::stylizers::frame::fitted;
use crate::style::stylizers::tiles::{Axis, in_tiles, with_colors_of};

/// How many tiles one picture may be cut into.
const MAX_TILES: u32 = 1024;
/// A network may give this many times as many pixels as it takes along each side, or as few.
const MAX_FACTOR: u32 = 8;

/// A stylizer model and how it is used.
///
/// `Send + Sync`.
#[derive(Debug)]
pub struct Stylizer {
    model: Arc<Model>,
    contract: Contract,
    conditions: Vec<Condition>,
    predictor: Option<String>,
}

impl Stylizer {
    /// The stylizer of the name or path `choice`, with the style picture that it paints like; one that has facekit's styles
    /// to choose from paints in the one that is named.
    ///
    /// Without a choice it is the best that is installed and takes a style picture if there is one, or else none. A style
    /// picture is cut to the shape that the network takes, and read once.
    ///
    /// # Errors
    /// Those of [`Models::get`], also for the predictor that a model of the family `magenta_transfer` needs;
    /// [`ErrorKind::InvalidParameter`] when the model takes a style picture and there is none, or the other way around;
    /// [`ErrorKind::InvalidModel`] for a graph that cannot be used; those of the predictor's run.
    pub fn new(
        models: &Models,
        choice: Option<&str>,
        style: Option<ImageRef<'_>>,
        named: Style,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let best = best(models, style.is_some());
        let choice = choice.filter(|choice| !choice.is_empty()).or(best.as_deref());
        let model = models.get(Role::Stylizer, choice)?;
        if model.family() == Family::MagentaPredict {
            return Err(Error::parameter(format!(
                "{} reads a style picture and paints nothing: choose a stylizer of the family {}, which paints with it",
                model.name(),
                Family::MagentaTransfer
            )));
        }
        let contract = Contract::of(&model)?;
        let (mut conditions, mut predictor) = (Vec::new(), None);
        match (&contract.style, style) {
            (Some(input), Some(picture)) => {
                let (condition, made_by) = Condition::of_picture(models, input, picture, cancel)
                    .map_err(|error| error.context(model.name()))?;
                conditions.push(condition);
                predictor = made_by;
            }
            (None, None) => {}
            (Some(_), None) => {
                return Err(Error::parameter(format!(
                    "{} paints in the style of a picture, and there is none: give one as `style_image`",
                    model.name()
                )));
            }
            (None, Some(_)) => {
                return Err(Error::parameter(format!(
                    "{} takes no style picture: leave `style_image` out, or choose a stylizer of the family {} or {}",
                    model.name(),
                    Family::MagentaTransfer,
                    Family::StyleTransfer
                )));
            }
        }
        if contract.has_styles {
            conditions.extend(Condition::of_style(named));
        }
        Ok(Self { model, contract, conditions, predictor })
    }

    /// Whether it has facekit's styles to choose from.
    pub fn has_styles(&self) -> bool {
        self.contract.has_styles
    }

    /// The names of its models: the one that paints, and the one that read the style picture if there is one.
    pub fn models(&self) -> Vec<String> {
        [self.model.name().to_owned()].into_iter().chain(self.predictor.clone()).collect()
    }

    /// A picture in the style, RGB, of the same size.
    ///
    /// `size` is the longer side of the picture as the network sees it, in pixels: brush strokes are larger when it is
    /// smaller. With 0 the picture is seen in its own size, but at most twice as large as what is seen at once: the
    /// size of the graph's input where that is fixed, or else 1024 pixels; and at once unless it is more than 1.5 times
    /// as large as that.
    ///
    /// A picture is surrounded by its reflection, as far as the input has room for that. One that is larger than the
    /// input is painted in overlapping tiles, and takes its colours from the whole picture, shrunk and painted at once:
    /// networks that normalise by what they see would otherwise paint each tile in colours of its own.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when the network gives another size back, or no picture;
    /// [`ErrorKind::LimitExceeded`] for a `size` that takes more than 1024 tiles; those of the model's run.
    pub fn paint(&self, image: ImageRef<'_>, size: u32, control: &Control) -> Result<Image> {
        let (frame, whole) = (self.contract.content.frame, [image.width(), image.height()]);
        let seen = frame.seen(whole, size);
        let [columns, rows] =
            [0, 1].map(|axis| Axis::count(seen[axis], frame.side(axis, seen[axis]), frame.margin(axis)));
        let tiles = columns.saturating_mul(rows);
        if tiles > MAX_TILES {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "{} sees {}×{} pixels at once, and a picture of {}×{} takes {tiles} such tiles where {MAX_TILES} are \
                     allowed: ask for a smaller `size`",
                    self.model.name(),
                    frame.side(0, seen[0]),
                    frame.side(1, seen[1]),
                    seen[0],
                    seen[1]
                ),
            ));
        }
        let axes = self.axes(seen);
        let cancel = control.cancel_token();
        let paint = |tile: &Image| self.run(tile, cancel);
        if tiles == 1 {
            let painted = in_tiles(&fitted(image, seen)?, axes.each_ref(), control, paint)?;
            return fitted(painted.view(), whole);
        }
        let share = 1.0 / (tiles + 1) as f32;
        let at_once = fitted(image, frame.seen_at_once(whole))?;
        let axes_at_once = self.axes([at_once.width(), at_once.height()]);
        let colors = in_tiles(&at_once, axes_at_once.each_ref(), &control.part(0.0, share), paint)?;
        let painted = in_tiles(&fitted(image, seen)?, axes.each_ref(), &control.part(share, 1.0), paint)?;
        fitted(with_colors_of(&painted, &colors)?.view(), whole)
    }

    /// The tiles of a picture that is seen in a size.
    fn axes(&self, seen: [u32; 2]) -> [Axis; 2] {
        let frame = &self.contract.content.frame;
        [0, 1].map(|axis| Axis::new(seen[axis], frame.side(axis, seen[axis]), frame.margin(axis)))
    }

    /// What the network makes of a picture of its own size.
    fn run(&self, tile: &Image, cancel: &CancelToken) -> Result<Image> {
        let tensor = self.contract.content.encode(tile.view());
        let mut inputs = vec![(self.contract.content.name.as_str(), tensor.view())];
        inputs.extend(self.conditions.iter().map(|told| (told.input.as_str(), told.tensor.view())));
        self.model.run(&inputs, cancel, |outputs| {
            let painted = self.contract.decode(outputs.at(0)?.values())?;
            let (width, height) = (tile.width(), tile.height());
            let is_scaled = |by: u32| {
                let is = |a: u32, b: u32| a.checked_mul(by) == Some(b);
                is(width, painted.width()) && is(height, painted.height())
                    || is(painted.width(), width) && is(painted.height(), height)
            };
            if (1..=MAX_FACTOR).any(is_scaled) {
                return fitted(painted.view(), [width, height]);
            }
            Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "it made {}×{} pixels of {width}×{height}, and a stylizer makes as many, or a whole number of times \
                     as many or as few; if its sides must be multiples of a number, put that into its metadata as \
                     `multiple`",
                    painted.width(),
                    painted.height()
                ),
            ))
        })
    }
}

/// The best installed and allowed stylizer that takes a style picture, or that takes none.
fn best(models: &Models, takes_style: bool) -> Option<String> {
    let fits = |family: Family| match family {
        Family::MagentaPredict => false,
        Family::MagentaTransfer | Family::StyleTransfer => takes_style,
        _ => !takes_style,
    };
    let rows = models.store().listing().into_iter();
    let mut rows = rows.filter(|row| row.role == Role::Stylizer && row.allowed && fits(row.family));
    rows.find(|row| row.availability != Availability::Missing).map(|row| row.name)
}
