//! The styles as image processing.

mod areas;
mod cartoon;
mod cells;
mod clay;
mod dither;
mod emoji;
mod enlarge;
mod facets;
mod features;
mod glasses;
mod grid;
mod light;
mod palette;
mod pixels;
mod relief;
mod render;
mod scene;
mod shape;
mod smooth;
mod touch;
mod toy;
mod video_game;

use crate::error::Result;
use crate::picture::Image;
use crate::style::classic::clay::clay;
use crate::style::classic::emoji::emoji;
use crate::style::classic::pixels::pixels;
use crate::style::classic::render::render;
use crate::style::classic::toy::toy;
use crate::style::classic::video_game::video_game;
use crate::style::{Portrait, Style};

pub use self::dither::Dither;
pub use self::palette::Palette;

/// What can be chosen of the styles.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ClassicOptions {
    /// The side of a cell of the grid of [`Style::Pixels`] and [`Style::VideoGame`], in pixels; 0 for one that suits
    /// the faces.
    pub pixel_size: u32,
    /// How many colours the palette of [`Style::Pixels`], [`Style::VideoGame`] or [`Style::Emoji`] has; 0 for the
    /// style's own.
    pub colors: u32,
    /// How the colours in between are shown; the style's own way without one.
    pub dither: Option<Dither>,
}

/// A style as image processing, with what stays the same from frame to frame.
#[derive(Debug, Clone)]
pub struct Classic {
    painter: Painter,
    options: ClassicOptions,
}

/// What paints a style.
#[derive(Debug, Clone)]
enum Painter {
    ThreeD,
    Emoji(Palette),
    /// The console's own colours without a palette.
    VideoGame(Option<Palette>),
    Pixels(Palette),
    Clay,
    Toy,
}

impl Classic {
    /// A style for one picture, or for all frames of an animation: `samples` are the picture, or some frames, that
    /// the palette is chosen from.
    ///
    /// # Errors
    /// Those of making its palette.
    pub fn new(style: Style, options: ClassicOptions, samples: &[Portrait]) -> Result<Self> {
        let painter = match style {
            Style::ThreeD => Painter::ThreeD,
            Style::Emoji => Painter::Emoji(emoji::choose(samples, &options)?),
            Style::VideoGame => Painter::VideoGame(video_game::choose(samples, &options)?),
            Style::Pixels => Painter::Pixels(pixels::choose(samples, &options)?),
            Style::Clay => Painter::Clay,
            Style::Toy => Painter::Toy,
        };
        Ok(Self { painter, options })
    }

    /// A portrait in the style, RGB, of the same size.
    ///
    /// # Errors
    /// Those of the image operations.
    pub fn paint(&self, portrait: &Portrait) -> Result<Image> {
        match &self.painter {
            Painter::ThreeD => render(portrait),
            Painter::Emoji(palette) => emoji(portrait, palette),
            Painter::VideoGame(palette) => video_game(portrait, palette.as_ref(), &self.options),
            Painter::Pixels(palette) => pixels(portrait, palette, &self.options),
            Painter::Clay => clay(portrait),
            Painter::Toy => toy(portrait),
        }
    }
}
