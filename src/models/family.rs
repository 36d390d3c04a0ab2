//! The contracts that graphs keep.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::models::Role;

/// The contract of a graph: what it is fed, what it gives, and what the numbers mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of the field, and `contract` says what each one is")]
pub enum Family {
    Yunet,
    Scrfd,
    Retinaface,
    Ultraface,
    Blazeface,
    Yoloface,
    Fan,
    Pfld,
    Facemesh,
    Arcface,
    Mobilefacenet,
    Sface,
    Inswapper,
    Hyperswap,
    Ghost,
    Simswap,
    Hififace,
    Blendswap,
    Uniface,
    Gfpgan,
    Codeformer,
    Gpen,
    Restoreformer,
    LiteRestore,
    Realesrgan,
    Bisenet,
    Xseg,
    SelfieSegmenter,
    Cartoongan,
    FastNeuralStyle,
    FritzStyle,
    MagentaPredict,
    MagentaTransfer,
    Animegan,
    WhiteBox,
    DctNet,
}

impl Family {
    /// Every family; where graphs of several families look alike, the more general one comes first.
    pub const ALL: [Self; 36] = [
        Self::Yunet,
        Self::Scrfd,
        Self::Retinaface,
        Self::Ultraface,
        Self::Blazeface,
        Self::Yoloface,
        Self::Fan,
        Self::Pfld,
        Self::Facemesh,
        Self::Arcface,
        Self::Mobilefacenet,
        Self::Sface,
        Self::Inswapper,
        Self::Hyperswap,
        Self::Ghost,
        Self::Simswap,
        Self::Hififace,
        Self::Blendswap,
        Self::Uniface,
        Self::Gfpgan,
        Self::Codeformer,
        Self::Gpen,
        Self::Restoreformer,
        Self::LiteRestore,
        Self::Realesrgan,
        Self::Bisenet,
        Self::Xseg,
        Self::SelfieSegmenter,
        Self::Cartoongan,
        Self::FastNeuralStyle,
        Self::FritzStyle,
        Self::MagentaPredict,
        Self::MagentaTransfer,
        Self::Animegan,
        Self::WhiteBox,
        Self::DctNet,
    ];

    /// The families of a role.
    pub fn of_role(role: Role) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |family| family.role() == role)
    }

    /// Its name, as the catalogue writes it.
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    /// What its models are for.
    pub fn role(self) -> Role {
        self.facts().1
    }

    /// Its contract in words, for error messages.
    pub fn contract(self) -> &'static str {
        self.facts().2
    }

    #[rustfmt::skip]
    fn facts(self) -> (&'static str, Role, &'static str) {
        use Role::{Detector, Landmarker, Recognizer, Restorer, Segmenter, Stylizer, Swapper, Upscaler};
        match self {
            Self::Yunet => ("yunet", Detector, "one input [n, 3, h, w], BGR 0 to 255; outputs cls_, obj_, bbox_ and kps_ at strides 8, 16 and 32"),
            Self::Scrfd => ("scrfd", Detector, "one input [1, 3, h, w], RGB (x - 127.5) / 128; 6, 9, 10 or 15 outputs: scores of 1, then boxes of 4, then points of 10 numbers, a stride each"),
            Self::Retinaface => ("retinaface", Detector, "one input [1, 3, h, w], BGR less 104, 117, 123; outputs of 4, 2 and 10 numbers a prior box"),
            Self::Ultraface => ("ultraface", Detector, "one input [1, 3, 240, 320] or [1, 3, 480, 640], RGB (x - 127) / 128; outputs of 2 and 4 numbers a prior box"),
            Self::Blazeface => ("blazeface", Detector, "one square input of 128, 192 or 256, RGB -1 to 1; outputs [1, n, 16] and [1, n, 1]"),
            Self::Yoloface => ("yoloface", Detector, "one input [1, 3, h, w], 0 to 1; one output [1, 20, n]: box, score and five points"),
            Self::Fan => ("fan", Landmarker, "one input [1, 3, 256, 256], BGR 0 to 1; an output [1, 68, 3] and, mostly, the heat maps"),
            Self::Pfld => ("pfld", Landmarker, "one input [1, 3, 112, 112], 0 to 1; one output of 136 or 196 numbers"),
            Self::Facemesh => ("facemesh", Landmarker, "one input of 192 or 256, RGB 0 to 1; an output of 1404 or 1434 numbers"),
            Self::Arcface => ("arcface", Recognizer, "one input [n, 3, 112, 112], RGB -1 to 1; one output [n, 512]"),
            Self::Mobilefacenet => ("mobilefacenet", Recognizer, "one input [n, 3, 112, 112], RGB -1 to 1; one output [n, 128]"),
            Self::Sface => ("sface", Recognizer, "one input [1, 3, 112, 112], RGB 0 to 255; one output [1, 128]"),
            Self::Inswapper => ("inswapper", Swapper, "inputs target [1, 3, 128, 128], RGB 0 to 1, and source [1, 512]; one output [1, 3, 128, 128]"),
            Self::Hyperswap => ("hyperswap", Swapper, "inputs source [1, 512] and target [1, 3, 256, 256], RGB -1 to 1; an output [1, 3, 256, 256]"),
            Self::Ghost => ("ghost", Swapper, "inputs source [1, 512] and target [1, 3, 256, 256], RGB -1 to 1; an output [1, 3, 256, 256]"),
            Self::Simswap => ("simswap", Swapper, "inputs source [1, 512] and target [1, 3, 256 or 512, the same]; an output of the target's size"),
            Self::Hififace => ("hififace", Swapper, "inputs source [1, 512] and target [1, 3, 256, 256], RGB -1 to 1; an output [1, 3, 256, 256]"),
            Self::Blendswap => ("blendswap", Swapper, "inputs source [1, 3, 112, 112] and target [1, 3, 256, 256], RGB 0 to 1; an output [1, 3, 256, 256]"),
            Self::Uniface => ("uniface", Swapper, "inputs source and target [1, 3, 256, 256]; an output [1, 3, 256, 256], RGB -1 to 1"),
            Self::Gfpgan => ("gfpgan", Restorer, "one input [1, 3, 512, 512], RGB -1 to 1, ffhq_512 crop; the first output of the same shape"),
            Self::Codeformer => ("codeformer", Restorer, "inputs [1, 3, 512, 512], RGB -1 to 1, ffhq_512 crop, and weight, one number; the first output [1, 3, 512, 512]"),
            Self::Gpen => ("gpen", Restorer, "one input [1, 3, s, s] with s 256, 512, 1024 or 2048, RGB -1 to 1; the first output of the same shape"),
            Self::Restoreformer => ("restoreformer", Restorer, "one input [1, 3, 512, 512], RGB -1 to 1, ffhq_512 crop; the first output of the same shape"),
            Self::LiteRestore => ("lite_restore", Restorer, "one input [1, 3, h, w], RGB -1 to 1, ffhq_512 crop of any size that 16 divides; one output of the same shape"),
            Self::Realesrgan => ("realesrgan", Upscaler, "one input [1, 3, h, w], RGB 0 to 1; one output 2, 3, 4 or 8 times as large"),
            Self::Bisenet => ("bisenet", Segmenter, "one input [1, 3, 512, 512], RGB normalised as ImageNet; the first output [1, 19, 512, 512]"),
            Self::Xseg => ("xseg", Segmenter, "one input [1, 256, 256, 3], BGR 0 to 1; one output [1, 256, 256, 1]"),
            Self::SelfieSegmenter => ("selfie_segmenter", Segmenter, "one input [1, 144, 256, 3], RGB 0 to 1; one output [1, 144, 256, 1]"),
            Self::Cartoongan => ("cartoongan", Stylizer, "one input [1, h, w, 3], RGB -1 to 1; one output alike"),
            Self::FastNeuralStyle => ("fast_neural_style", Stylizer, "one input [1, 3, h, w], RGB 0 to 255; one output alike"),
            Self::FritzStyle => ("fritz_style", Stylizer, "one input [1, 640, 480, 3], RGB 0 to 255; one output alike"),
            Self::MagentaPredict => ("magenta_predict", Stylizer, "one input [1, 256, 256, 3], RGB 0 to 1; one output of 100 numbers, the style"),
            Self::MagentaTransfer => ("magenta_transfer", Stylizer, "inputs [1, 384, 384, 3], RGB 0 to 1, and the style, 100 numbers; one output [1, 384, 384, 3]"),
            Self::Animegan => ("animegan", Stylizer, "one input [1, h, w, 3], RGB -1 to 1; one output alike"),
            Self::WhiteBox => ("white_box", Stylizer, "one input [1, h, w, 3], BGR -1 to 1; one output alike"),
            Self::DctNet => ("dct_net", Stylizer, "one input [h, w, 3], BGR 0 to 255; one output alike"),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let family = Self::ALL.into_iter().find(|family| family.name() == name);
        family.ok_or_else(|| Error::parameter(format!("there is no model family `{name}`")))
    }
}
