//! What torch.randn draws, made by tests/reference/noise.py.

use facekit::diffusion::Generator;
use serde::Deserialize;

use crate::support::{Values, cases, largest_difference};

#[derive(Deserialize)]
struct Case {
    seed: u64,
    shapes: Vec<Vec<usize>>,
}

#[test]
fn noise_equals_torch() {
    let mut expected = Values::of("noise/noise.bin");
    let mut worst = 0.0f32;
    for case in cases::<Case>("noise/noise.json") {
        let mut generator = Generator::new(case.seed);
        for shape in &case.shapes {
            let noise = generator.normal(shape);
            assert_eq!(noise.shape(), shape);
            let expected = expected.take(noise.len());
            let difference = largest_difference(noise.as_slice().unwrap(), &expected);
            assert!(
                difference <= 1e-6,
                "seed {}, shape {shape:?} of {:?}: {difference:e}",
                case.seed,
                case.shapes
            );
            worst = worst.max(difference);
        }
    }
    println!("largest difference from torch: {worst:e}");
}

#[test]
fn a_seed_wider_than_the_engine_uses_its_lower_half() {
    let noise = |seed| Generator::new(seed).normal(&[2, 9]);
    assert_eq!(noise(7), noise((1 << 32) + 7));
    assert_ne!(noise(7), noise(8));
}

#[test]
fn a_copy_goes_on_where_its_origin_stood() {
    let mut generator = Generator::new(3);
    generator.normal(&[3]);
    let mut copy = generator.clone();
    assert_eq!(generator.normal(&[2, 4]), copy.normal(&[2, 4]));
}
