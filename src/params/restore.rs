//! How faces are restored.

use crate::params::DetectParams;
use crate::params::parameter::parameters;

parameters! {
    /// The parameters of restoration.
    pub struct RestoreParams {
        /// The restorer, by its name in the model store or by a path. Default: the best one installed.
        restorer: Option<String> = None;
        /// How true to the input a restorer with a weight stays: 0 for the cleanest face, 1 for the most faithful.
        fidelity_weight: f32 = 0.5, in 0.0..=1.0;
        /// How much of the restored face shows: 0 for the input, 1 for the restorer's output.
        blend: f32 = 1.0, in 0.0..=1.0;
        /// How many times larger the picture becomes.
        upscale: u32 = 1, in 1.0..=4.0;
        /// How often each face is restored; 2 for badly damaged faces: first the outline, then the detail.
        passes: u32 = 1, in 1.0..=2.0;
        /// Whether an upscaler model enlarges what is not face; otherwise it is resampled.
        upscale_background: bool = false;
        /// The upscaler, by its name in the model store or by a path. Default: the best one installed.
        upscaler: Option<String> = None;
        /// How soft the edge of the pasted face is, as a part of its half width.
        mask_blur: f32 = 0.3, in 0.0..=1.0;
        /// How much of the crop's top, right, bottom and left is left out of the paste, in percent.
        mask_padding: [f32; 4] = [0.0; 4], in 0.0..=100.0;
        /// Whether the picture says, in its XMP packet, that a trained model changed it.
        provenance: bool = true;
        /// Which faces are restored.
        detect: DetectParams = DetectParams::default();
    }
}
