//! What to look for, and which faces to keep.

use crate::face::Order;
use serde::{Deserialize, Serialize};

use crate::choice::choices;
use crate::error::{Error, Result};
use crate::params::parameter::parameters;
use crate::params::{Kind, ParameterType};

choices! {
    /// Which of the faces found are kept.
    pub enum Select {
        /// All of them.
        Many = "many",
        /// The first in the order.
        One = "one",
        /// The one at `index` in the order.
        Index = "index",
        /// Those that look like the face in the picture `reference`.
        Reference = "reference",
        /// The only one: several are an error.
        Only = "only",
    }
}

impl ParameterType for Order {
    const KIND: Kind = Kind::Choice(&{
        let mut names = [""; Order::ALL.len()];
        let mut i = 0;
        while i < names.len() {
            names[i] = Order::ALL[i].name();
            i += 1;
        }
        names
    });
}

parameters! {
    /// The parameters of detection, and of the face selection of every other pipeline.
    pub struct DetectParams {
        /// The detector, by its name in the model store or by a path. Default: the best one installed.
        detector: Option<String> = None;
        /// Faces that score less are dropped. Default: the model's own.
        score_threshold: Option<f32> = None, in 0.0..=1.0;
        /// Of two boxes whose intersection over union is larger, the lower one is dropped. Default: the model's own.
        nms_threshold: Option<f32> = None, in 0.0..=1.0;
        /// The most faces that are returned, best scores first; 0 for all.
        max_faces: u32 = 0, in 0.0..=1000.0;
        /// Faces whose box has a shorter side below this are dropped, in pixels.
        min_size: f32 = 0.0, in 0.0..=16384.0;
        /// The longer side of the network's input, in pixels; 0 chooses it by the picture and the model.
        input_size: u32 = 0, in 0.0..=4096.0;
        /// The side of the tiles that a large picture is also searched in, for small faces, in pixels; 0 for none.
        tile_size: u32 = 0, in 0.0..=4096.0;
        /// How far neighbouring tiles overlap, as a part of their side.
        tile_overlap: f32 = 0.25, in 0.0..=0.5;
        /// An empty border put around the picture, as a part of its longer side, for a face that fills it.
        padding: f32 = 0.0, in 0.0..=1.0;
        /// The angles that the picture is turned by and searched at, in degrees: 0, 90, 180, 270.
        angles: Angles = Angles::default();
        /// The order of the faces.
        order: Order = Order::LargeSmall;
        /// Which of the faces are kept.
        select: Select = Select::Many;
        /// The place in the order of the face that `select = index` keeps, from 0.
        index: u32 = 0, in 0.0..=999.0;
        /// A picture of the person that `select = reference` keeps, as a path.
        reference: Option<String> = None;
        /// How far a face may be from the reference, 0 (the same) to 1 (the opposite).
        reference_distance: f32 = 0.3, in 0.0..=1.0;
        /// The recognizer that compares faces, by its name or by a path. Default: the best one installed.
        recognizer: Option<String> = None;
        /// Whether the dense landmarks of the faces that are kept are found too, and give them better points.
        landmarks: bool = false;
        /// The landmarker, by its name or by a path. Default: the best one installed.
        landmarker: Option<String> = None;
    }
}

/// Quarter turns, in degrees: each of 0, 90, 180 and 270 at most once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Angles(pub Vec<u32>);

impl Default for Angles {
    fn default() -> Self {
        Self(vec![0])
    }
}

impl ParameterType for Angles {
    const KIND: Kind = Kind::Integers;

    fn check(&self, name: &str, _range: Option<(f64, f64)>) -> Result<()> {
        let Self(angles) = self;
        let valid =
            |(i, angle): (usize, &u32)| [0, 90, 180, 270].contains(angle) && !angles[..i].contains(angle);
        if !angles.is_empty() && angles.iter().enumerate().all(valid) {
            return Ok(());
        }
        Err(Error::parameter(format!(
            "`{name}` is {angles:?}, and must be some of 0, 90, 180 and 270, each once"
        )))
    }
}
