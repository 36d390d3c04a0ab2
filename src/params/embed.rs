//! Who the faces of a picture show.

use crate::params::DetectParams;
use crate::params::parameter::parameters;

parameters! {
    /// The parameters of embedding and of comparison.
    pub struct EmbedParams {
        /// The recognizer, by its name in the model store or by a path; it also selects faces by a reference, unless
        /// the detection names another. Default: the best one installed.
        recognizer: Option<String> = None;
        /// Which faces are embedded.
        detect: DetectParams = DetectParams::default();
    }
}
