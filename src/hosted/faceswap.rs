//! The API `faceswap`.

use crate::hosted::Meaning::{self, Parameter, Picture};
use crate::params::SwapParams;
use crate::picture::{FileFormat, is_animated};

/// Its fields.
pub(super) const FIELDS: &[(&str, Meaning)] = &[
    ("input_face_image", Picture("source")),
    ("target_face_image", Picture("target")),
    ("face_restore", Parameter("face_restore")),
    ("file_type", Parameter("file_type")),
];

/// Writes a PNG where no format is asked for, as the hosted API does; an animation stays one.
pub(super) fn choose_format(params: &mut SwapParams, target: &[u8]) {
    if params.file_type.is_none() && !is_animated(target) {
        params.file_type = Some(FileFormat::Png);
    }
}
