//! What of a face is shown.

use crate::face::{FaceArea, FaceRegion, MaskType};
use crate::params::parameter::parameters;
use crate::params::{DetectParams, List};

parameters! {
    /// The masks of a face: what limits the part of it that is changed.
    pub struct MaskParams {
        /// What limits it: `box`, `occlusion`, `area`, `region`; of several, the least counts.
        masks: List<MaskType> = List(vec![MaskType::Box]);
        /// How soft the edge of the box is, as a part of its half width.
        mask_blur: f32 = 0.3, in 0.0..=1.0;
        /// How much of the crop's top, right, bottom and left the box leaves out, in percent.
        mask_padding: [f32; 4] = [0.0; 4], in 0.0..=100.0;
        /// The areas that the mask `area` shows.
        mask_areas: List<FaceArea> = List(FaceArea::ALL.to_vec());
        /// The regions that the mask `region` shows.
        mask_regions: List<FaceRegion> = List(FaceRegion::ALL.to_vec());
        /// The segmenter of the mask `occlusion`, by its name or by a path. Default: the best one installed.
        occluder: Option<String> = None;
        /// The segmenter of the mask `region`, by its name or by a path. Default: the best one installed.
        parser: Option<String> = None;
    }
}

parameters! {
    /// The parameters of masks as pictures of their own.
    pub struct FaceMaskParams {
        /// Which masks.
        mask: MaskParams = MaskParams { masks: List(vec![MaskType::Area]), ..MaskParams::default() };
        /// Of which faces.
        detect: DetectParams = DetectParams::default();
    }
}
