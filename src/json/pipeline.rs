//! The pipelines by their names in JSON, and the fields of a request for each.

use crate::choice::choices;
use crate::params::{
    DetailParams, DetectParams, EmbedParams, FaceMaskParams, Parameter, ParameterSet, RefineParams,
    RestoreParams, StylizeParams, SwapParams,
};

choices! {
    /// A pipeline that a request in JSON may ask for.
    pub enum Pipeline {
        /// Find faces.
        Detect = "detect",
        /// Tell who the faces show.
        Embed = "embed",
        /// Tell whether two pictures show one person.
        Compare = "compare",
        /// Mask faces.
        Mask = "mask",
        /// Restore faces.
        Restore = "restore",
        /// Give faces detail.
        Detail = "detail",
        /// Refine faces.
        Refine = "refine",
        /// Give a picture or an animation a style.
        Stylize = "stylize",
        /// Put faces into a picture or an animation.
        Swap = "swap",
    }
}

impl Pipeline {
    /// The fields that a request for any pipeline may have.
    pub(super) const FIELDS: &'static [&'static str] = &[
        "pipeline",
        "image",
        "images",
        "style_image",
        "source",
        "sources",
        "target",
        "params",
        "output",
        "image_format",
        "image_quality",
    ];

    /// The fields that a request for this one may have, beside `pipeline` and `params`.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Detect | Self::Embed => &["image"],
            Self::Compare => &["images"],
            Self::Mask | Self::Restore => &["image", "output", "image_format", "image_quality"],
            Self::Detail | Self::Refine => &["image", "output"],
            Self::Stylize => &["image", "style_image", "output"],
            Self::Swap => &["source", "sources", "target", "output"],
        }
    }

    /// Its parameters.
    pub fn parameters(self) -> Vec<Parameter> {
        match self {
            Self::Detect => DetectParams::parameters(),
            Self::Embed | Self::Compare => EmbedParams::parameters(),
            Self::Mask => FaceMaskParams::parameters(),
            Self::Restore => RestoreParams::parameters(),
            Self::Detail => DetailParams::parameters(),
            Self::Refine => RefineParams::parameters(),
            Self::Stylize => StylizeParams::parameters(),
            Self::Swap => SwapParams::parameters(),
        }
    }
}
