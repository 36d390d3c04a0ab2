//! The contracts that graphs keep.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::models::Role;

/// Declares the families: variant, name, role, and the contract in words.
macro_rules! families {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $role:ident, $contract:literal;)*) => {
        /// The contract of a graph: what it is fed, what it gives, and what the numbers mean.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Family {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Family {
            /// Every family; of those of one role that look alike, the one that is taken unless something tells comes
            /// first.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name, as the catalogue writes it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What its models are for.
            pub fn role(self) -> Role {
                match self { $(Self::$variant => Role::$role,)* }
            }

            /// Its contract in words, for error messages.
            pub fn contract(self) -> &'static str {
                match self { $(Self::$variant => $contract,)* }
            }
        }
    };
}

families! {
    /// YuNet.
    Yunet = "yunet", Detector,
        "one input [n, 3, h, w], BGR 0 to 255; outputs cls_, obj_, bbox_ and kps_ at strides 8, 16 and 32";
    /// SCRFD, and the RetinaFace of InsightFace.
    Scrfd = "scrfd", Detector,
        "one input [1, 3, h, w], RGB (x - 127.5) / 128; 6, 9, 10 or 15 outputs: scores of 1, then boxes of \
         4, then points of 10 numbers, a stride each";
    /// RetinaFace as facexlib has it.
    Retinaface = "retinaface", Detector,
        "one input [1, 3, h, w], BGR less 104, 117, 123; outputs of 4, 2 and 10 numbers a prior box";
    /// UltraFace.
    Ultraface = "ultraface", Detector,
        "one input [1, 3, 240, 320] or [1, 3, 480, 640], RGB (x - 127) / 128; outputs of 2 and 4 numbers a \
         prior box";
    /// BlazeFace of MediaPipe.
    Blazeface = "blazeface", Detector,
        "one square input of 128, 192 or 256, RGB -1 to 1; outputs [1, n, 16] and [1, n, 1]";
    /// YOLO-face.
    Yoloface = "yoloface", Detector,
        "one input [1, 3, h, w], 0 to 1; one output [1, 20, n]: box, score and five points";
    /// The face alignment network.
    Fan = "fan", Landmarker,
        "one input [1, 3, 256, 256], BGR 0 to 1; an output [1, 68, 3] and, mostly, the heat maps";
    /// PFLD.
    Pfld = "pfld", Landmarker,
        "one input [1, 3, 112, 112], 0 to 1; one output of 136 or 196 numbers";
    /// The face mesh of MediaPipe.
    Facemesh = "facemesh", Landmarker,
        "one input of 192 or 256, RGB 0 to 1; an output of 1404 or 1434 numbers";
    /// ArcFace.
    Arcface = "arcface", Recognizer,
        "one input [n, 3, 112, 112], RGB -1 to 1; one output [n, 512]";
    /// MobileFaceNet.
    Mobilefacenet = "mobilefacenet", Recognizer,
        "one input [n, 3, 112, 112], RGB -1 to 1; one output [n, 128]";
    /// SFace.
    Sface = "sface", Recognizer,
        "one input [1, 3, 112, 112], RGB 0 to 255; one output [1, 128]";
    /// CrossFace.
    Crossface = "crossface", Converter,
        "one input [n, 512], a raw ArcFace embedding; one output [n, 512]";
    /// inswapper.
    Inswapper = "inswapper", Swapper,
        "inputs target [1, 3, 128, 128], RGB 0 to 1, and source [1, 512]; one output [1, 3, 128, 128]";
    /// hyperswap.
    Hyperswap = "hyperswap", Swapper,
        "inputs source [1, 512] and target [1, 3, 256, 256], RGB -1 to 1; an output [1, 3, 256, 256]";
    /// GHOST.
    Ghost = "ghost", Swapper,
        "inputs source [1, 512] and target [1, 3, 256, 256], RGB -1 to 1; an output [1, 3, 256, 256]";
    /// SimSwap.
    Simswap = "simswap", Swapper,
        "inputs source [1, 512] and target [1, 3, 256 or 512, the same]; an output of the target's size";
    /// HifiFace.
    Hififace = "hififace", Swapper,
        "inputs source [1, 512] and target [1, 3, 256, 256], RGB -1 to 1; an output [1, 3, 256, 256]";
    /// BlendSwap.
    Blendswap = "blendswap", Swapper,
        "inputs source [1, 3, 112, 112] and target [1, 3, 256, 256], RGB 0 to 1; an output [1, 3, 256, 256]";
    /// UniFace.
    Uniface = "uniface", Swapper,
        "inputs source and target [1, 3, 256, 256]; an output [1, 3, 256, 256], RGB -1 to 1";
    /// The embedded swapper.
    LiteSwap = "lite_swap", Swapper,
        "inputs target [n, 3, 128, 128], RGB -1 to 1, arcface_128 crop, and source [n, 128], the unit embedding of \
         the embedded recognizer; one output like the target";
    /// GFPGAN.
    Gfpgan = "gfpgan", Restorer,
        "one input [1, 3, 512, 512], RGB -1 to 1, ffhq_512 crop; the first output of the same shape";
    /// CodeFormer.
    Codeformer = "codeformer", Restorer,
        "inputs [1, 3, 512, 512], RGB -1 to 1, ffhq_512 crop, and weight, one number; the first output [1, \
         3, 512, 512]";
    /// GPEN.
    Gpen = "gpen", Restorer,
        "one input [1, 3, s, s] with s 256, 512, 1024 or 2048, RGB -1 to 1; the first output of the same \
         shape";
    /// RestoreFormer and RestoreFormer++.
    Restoreformer = "restoreformer", Restorer,
        "one input [1, 3, 512, 512], RGB -1 to 1, ffhq_512 crop; the first output of the same shape";
    /// The embedded restorer.
    LiteRestore = "lite_restore", Restorer,
        "one input [1, 3, h, w], RGB -1 to 1, ffhq_512 crop of any size that 16 divides; one output of the \
         same shape";
    /// Real-ESRGAN.
    Realesrgan = "realesrgan", Upscaler,
        "one input [1, 3, h, w], RGB 0 to 1; one output 2, 3, 4 or 8 times as large";
    /// BiSeNet face parsing.
    Bisenet = "bisenet", Segmenter,
        "one input [1, 3, 512, 512], RGB normalised as ImageNet; the first output [1, 19, 512, 512]";
    /// XSeg.
    Xseg = "xseg", Segmenter,
        "one input [1, 256, 256, 3], BGR 0 to 1; one output [1, 256, 256, 1]";
    /// The selfie segmenter of MediaPipe.
    SelfieSegmenter = "selfie_segmenter", Segmenter,
        "one input [1, 144, 256, 3], RGB 0 to 1; one output [1, 144, 256, 1]";
    /// The embedded segmenter.
    LiteSegment = "lite_segment", Segmenter,
        "one input [n, 3, 256, 256], RGB -1 to 1, ffhq_512 crop; one output [n, 4, 256, 256]: how likely each pixel is \
         background, face, hair and occluder";
    /// MiDaS, and the DPT networks of its third version.
    Midas = "midas", Depth,
        "one input [n, 3, h, w], RGB normalised as ImageNet, DPT -1 to 1; one output [n, h, w], larger is nearer";
    /// Depth Anything.
    DepthAnything = "depth_anything", Depth,
        "one input [n, 3, h, w], RGB normalised as ImageNet; one output [n, h, w], larger is nearer";
    /// DCT-Net.
    DctNet = "dct_net", Stylizer,
        "one input [h, w, 3], BGR 0 to 255; one output alike";
    /// Any network that makes a picture of a picture.
    ImageToImage = "image_to_image", Stylizer,
        "one input, [n, 3, h, w], [n, h, w, 3], [3, h, w] or [h, w, 3]; one output alike; what its numbers mean is \
         said by the metadata, or else told from the end of the graph";
    /// Any network that makes a picture of two: one to be painted, and one in whose style.
    StyleTransfer = "style_transfer", Stylizer,
        "two inputs, [n, 3, h, w] or [n, h, w, 3], of which that with `style` in its name, or else the second, is \
         the style; one output like the other";
    /// CartoonGAN.
    Cartoongan = "cartoongan", Stylizer,
        "one input [n, h, w, 3] or [n, 3, h, w], RGB -1 to 1; one output alike";
    /// AnimeGAN, AnimeGANv2 and AnimeGANv3.
    Animegan = "animegan", Stylizer,
        "one input [n, h, w, 3] or [n, 3, h, w], RGB -1 to 1; one output alike";
    /// White-box cartoonization.
    WhiteBox = "white_box", Stylizer,
        "one input [n, h, w, 3] or [n, 3, h, w], BGR -1 to 1; one output alike";
    /// Fast neural style.
    FastNeuralStyle = "fast_neural_style", Stylizer,
        "one input [n, 3, h, w], RGB 0 to 255; one output alike";
    /// The style transfer of Fritz.
    FritzStyle = "fritz_style", Stylizer,
        "one input [n, 640, 480, 3], RGB 0 to 255; one output alike";
    /// The embedded stylizer.
    LiteStylize = "lite_stylize", Stylizer,
        "inputs input [1, 3, h, w], RGB -1 to 1, h and w multiples of 16, style [1, 6], a weight for each of facekit's \
         styles, and strength [1, 1], 0 to 1; one output like the input";
    /// The style predictor of Magenta's arbitrary style transfer.
    MagentaPredict = "magenta_predict", Stylizer,
        "one input [n, h, w, 3], RGB 0 to 1; one output of 100 numbers, the style";
    /// The transfer network of Magenta's arbitrary style transfer.
    MagentaTransfer = "magenta_transfer", Stylizer,
        "inputs [n, h, w, 3], RGB 0 to 1, and the style, 100 numbers; one output [n, h, w, 3], RGB 0 to 1";
    /// Stable Diffusion 1.x.
    Sd1 = "sd1", Diffusion,
        "a folder as models/export/export.py writes it, with the text encoder of CLIP ViT-L";
    /// Stable Diffusion 2.x.
    Sd2 = "sd2", Diffusion,
        "a folder as models/export/export.py writes it, with the text encoder of OpenCLIP ViT-H";
    /// Stable Diffusion XL.
    Sdxl = "sdxl", Diffusion,
        "a folder as models/export/export.py writes it, with two text encoders";
    /// A ControlNet of Stable Diffusion 1.x.
    Sd1Controlnet = "sd1_controlnet", Controlnet,
        "a folder with config.json and model.onnx, as models/export/export.py writes it";
    /// A ControlNet of Stable Diffusion 2.x.
    Sd2Controlnet = "sd2_controlnet", Controlnet,
        "a folder with config.json and model.onnx, as models/export/export.py writes it";
    /// A ControlNet of Stable Diffusion XL.
    SdxlControlnet = "sdxl_controlnet", Controlnet,
        "a folder with config.json and model.onnx, as models/export/export.py writes it";
    /// The resampler of InstantID.
    Instantid = "instantid", Adapter,
        "one input embedding [n, w], a raw ArcFace embedding; one output image_tokens [n, tokens, cross attention]";
    /// A LoRA whose tensors do not tell what it is for.
    Lora = "lora", Lora,
        "a .safetensors file with the tensor names of kohya or diffusers, or a .tar that holds one";
    /// A LoRA of Stable Diffusion 1.x.
    Sd1Lora = "sd1_lora", Lora,
        "a .safetensors file with the tensor names of kohya or diffusers, or a .tar that holds one";
    /// A LoRA of Stable Diffusion 2.x.
    Sd2Lora = "sd2_lora", Lora,
        "a .safetensors file with the tensor names of kohya or diffusers, or a .tar that holds one";
    /// A LoRA of Stable Diffusion XL.
    SdxlLora = "sdxl_lora", Lora,
        "a .safetensors file with the tensor names of kohya or diffusers, or a .tar that holds one";
    /// An embedding of a word of a prompt.
    TextualInversion = "textual_inversion", TextualInversion,
        "a .safetensors file with the vectors of one word, for one text encoder or for both of XL";
}

impl Family {
    /// Whether its shape alone tells nothing: a graph is taken for it only where no family of another role fits.
    pub(super) fn is_general(self) -> bool {
        matches!(
            self,
            Self::ImageToImage | Self::StyleTransfer | Self::Cartoongan | Self::Animegan | Self::WhiteBox
        )
    }

    /// The families of a role.
    pub fn of_role(role: Role) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |family| family.role() == role)
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
        let family = Self::ALL.iter().copied().find(|family| family.name() == name);
        family.ok_or_else(|| Error::parameter(format!("there is no model family `{name}`")))
    }
}
