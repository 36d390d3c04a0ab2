//! A network that is only its outputs.

use facekit::face::Face;
use facekit::face::heads::DetectorFamily;
use facekit::runtime::Outputs;
use ndarray::{ArrayD, IxDyn};
use serde_json::Value;

/// A golden case: the outputs made anew from their recipes, and what is expected of them.
#[derive(Clone)]
pub struct Case {
    pub family: DetectorFamily,
    pub width: u32,
    pub height: u32,
    pub threshold: f32,
    pub outputs: Vec<(String, ArrayD<f32>)>,
    /// Rows of x, y, width, height, score and, with points, five times x, y.
    pub faces: Vec<Vec<f64>>,
}

/// The golden cases, by the name of their file.
pub const CASES: [(&str, &str); 12] = [
    ("blazeface_back", include_str!("../golden/heads/blazeface_back.json")),
    ("blazeface_front", include_str!("../golden/heads/blazeface_front.json")),
    ("blazeface_full", include_str!("../golden/heads/blazeface_full.json")),
    ("retinaface_logits", include_str!("../golden/heads/retinaface_logits.json")),
    ("retinaface_probabilities", include_str!("../golden/heads/retinaface_probabilities.json")),
    ("scrfd_6", include_str!("../golden/heads/scrfd_6.json")),
    ("scrfd_9", include_str!("../golden/heads/scrfd_9.json")),
    ("scrfd_10", include_str!("../golden/heads/scrfd_10.json")),
    ("scrfd_15", include_str!("../golden/heads/scrfd_15.json")),
    ("ultraface", include_str!("../golden/heads/ultraface.json")),
    ("yoloface", include_str!("../golden/heads/yoloface.json")),
    ("yunet", include_str!("../golden/heads/yunet.json")),
];

impl Case {
    pub fn new(golden: &str) -> Self {
        let golden: Value = serde_json::from_str(golden).unwrap();
        let number = |value: &Value| value.as_f64().unwrap();
        let outputs = golden["outputs"].as_array().unwrap().iter().map(|recipe| {
            let shape: Vec<usize> = serde_json::from_value(recipe["shape"].clone()).unwrap();
            let (low, high) = (number(&recipe["low"]) as f32, number(&recipe["high"]) as f32);
            let mut values = uniform(recipe["seed"].as_u64().unwrap(), &shape, low, high);
            if recipe["complement"] == true {
                for pair in values.as_slice_mut().unwrap().chunks_exact_mut(2) {
                    pair[0] = 1.0 - pair[1];
                }
            }
            (recipe["name"].as_str().unwrap().to_owned(), values)
        });
        Self {
            family: DetectorFamily::of(golden["family"].as_str().unwrap().parse().unwrap()).unwrap(),
            width: number(&golden["width"]) as u32,
            height: number(&golden["height"]) as u32,
            threshold: number(&golden["threshold"]) as f32,
            outputs: outputs.collect(),
            faces: serde_json::from_value(golden["faces"].clone()).unwrap(),
        }
    }

    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        CASES.into_iter().map(|(name, golden)| (name, Self::new(golden)))
    }

    pub fn decode(&self) -> facekit::Result<Vec<Face>> {
        self.family.decode(&self.views(), self.width, self.height, self.threshold)
    }

    pub fn views(&self) -> Outputs<'_> {
        Outputs::new(self.outputs.iter().map(|(name, values)| (name.as_str(), values.view())))
    }
}

/// The numbers of `uniform` in tests/reference/heads.py, bit by bit.
fn uniform(seed: u64, shape: &[usize], low: f32, high: f32) -> ArrayD<f32> {
    let mut index = seed << 32;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        index += 1;
        let mut z = index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let unit = (z >> 40) as f32 / (1 << 24) as f32;
        low + unit * (high - low)
    })
}
