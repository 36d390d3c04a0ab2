//! One call of any pipeline, as data: what jobs, the command line, JSON and C all go through.

use crate::params::{DetectParams, RestoreParams};
use crate::picture::ImageRef;
use crate::pipelines::{Detection, Restored};

/// A pipeline with its inputs and parameters.
#[derive(Debug, Clone)]
pub enum Request<'a> {
    /// Find faces.
    Detect {
        /// The picture.
        image: ImageRef<'a>,
        /// What to look for.
        params: DetectParams,
    },
    /// Restore faces.
    Restore {
        /// The picture.
        image: ImageRef<'a>,
        /// How to restore them.
        params: RestoreParams,
    },
}

/// What a pipeline gave.
#[derive(Debug, Clone)]
pub enum Response {
    /// The faces found.
    Detect(Detection),
    /// The restored picture.
    Restore(Restored),
}
