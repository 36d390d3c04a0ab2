//! How faces are swapped.

use crate::choice::choices;
use crate::face::Order;
use crate::geometry::ColorMatch;
use crate::params::parameter::parameters;
use crate::params::{DetectParams, MaskParams, Select};
use crate::picture::FileFormat;

choices! {
    /// What puts one face in the place of another.
    pub enum SwapEngine {
        /// The best network that is installed and allowed, else the mesh; never the embedded network.
        Auto = "auto",
        /// A swapper network: the target takes the identity of the source.
        Network = "network",
        /// The pixels of the source's face, bent to the target's landmarks and blended in: no swapper is needed,
        /// and the shape of the head and the light stay the target's.
        Mesh = "mesh",
    }
}

parameters! {
    /// The parameters of a swap.
    pub struct SwapParams {
        /// What swaps.
        engine: SwapEngine = SwapEngine::Auto;
        /// The swapper, by its name in the model store or by a path. Default: the best one installed, or the embedded one.
        swapper: Option<String> = None;
        /// How far a network goes from the target's identity: 0.5 is all the way to the source's, less stays nearer
        /// to the target, more exaggerates.
        identity_weight: f32 = 0.5, in 0.0..=1.0;
        /// The side of the swapped crop in pixels, a multiple of the swapper's own; 0 for its own.
        pixel_boost: u32 = 0, in 0.0..=2048.0;
        /// Which face of a source picture is put in: `one`, `index` or `only`.
        source_select: Select = Select::One;
        /// The order of the faces of a source picture.
        source_order: Order = Order::LargeSmall;
        /// The place in the order of the face that `source_select = index` takes, from 0.
        source_index: u32 = 0, in 0.0..=999.0;
        /// Whether the colours of the swapped face are drawn to the target's.
        color_match: ColorMatch = ColorMatch::Auto;
        /// Whether the swapped faces go through a restorer.
        face_restore: bool = true;
        /// The restorer, by its name or by a path. Default: CodeFormer where it is installed, else the best one.
        restorer: Option<String> = None;
        /// How much of the restored face shows: 0 for the swapped one, 1 for the restorer's output.
        restore_blend: f32 = 0.8, in 0.0..=1.0;
        /// In an animation, the most frames from one search for faces to the next; they are followed in between.
        detect_every: u32 = 10, in 1.0..=1000.0;
        /// In an animation, whether the points of a face are averaged over neighbouring frames, so that it does not
        /// jitter.
        smoothing: bool = true;
        /// The format that a file is written in. Default: the target's own.
        file_type: Option<FileFormat> = None;
        /// The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless.
        image_quality: u32 = 95, in 10.0..=100.0;
        /// Whether the picture says, in its XMP packet, that a trained model changed it.
        provenance: bool = true;
        /// What limits the swapped area. The mesh has an edge of its own in place of the box.
        mask: MaskParams = MaskParams::default();
        /// Which faces of the target are replaced.
        detect: DetectParams = DetectParams::default();
    }
}
