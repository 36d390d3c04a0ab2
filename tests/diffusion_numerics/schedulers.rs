//! Every scheduler of diffusers, step by step, made by tests/reference/schedulers.py.

use facekit::diffusion::{Generator, Scheduler, SchedulerConfig, SchedulerKind};
use ndarray::ArrayD;
use serde::Deserialize;
use serde_json::Value;

use crate::support::{Values, cases, largest_difference};

#[derive(Deserialize)]
struct Case {
    name: String,
    config: Value,
    kind: SchedulerKind,
    karras: Option<bool>,
    steps: usize,
    begin: usize,
    init_noise_sigma: f32,
}

const SHAPE: [usize; 4] = [1, 2, 1, 3];
const LEN: usize = 6;

/// Half the input and a pattern of the step and the place.
fn model(scaled: &ArrayD<f32>, index: usize) -> ArrayD<f32> {
    let mut output = scaled.mapv(|value| value * 0.5);
    for (place, value) in output.iter_mut().enumerate() {
        *value += ((place * 7 + index * 5) % 11) as f32 / 4.0 - 1.25;
    }
    output
}

/// The largest size of a value, which counts as at least 1.
fn size(values: &[f32]) -> f32 {
    values.iter().fold(1.0, |size, value| size.max(value.abs()))
}

/// From this size on float32 cannot hold a sample well enough for the step that takes the noise away: a run goes on
/// from the reference's next sample.
const LARGE: f32 = 1000.0;

#[test]
fn schedulers_equal_diffusers_step_by_step() {
    let mut values = Values::of("schedulers/schedulers.bin");
    let mut worst = std::collections::BTreeMap::new();
    for case in cases::<Case>("schedulers/schedulers.json") {
        let Case { name, kind, steps, begin, .. } = case;
        let config = SchedulerConfig::of_json(&case.config.to_string()).unwrap();
        let mut scheduler = Scheduler::new(&config, Some(kind), case.karras, steps).unwrap();
        let name = format!("{name}, {steps} steps from {begin}");

        let timesteps = values.take(steps);
        assert!(largest_difference(scheduler.timesteps(), &timesteps) <= 1e-3, "{name}: {timesteps:?}");
        let sigma = scheduler.init_noise_sigma();
        assert!((sigma / case.init_noise_sigma - 1.0).abs() <= 1e-6, "{name}: {sigma}");

        let mut generator = Generator::new(steps as u64);
        let clean = generator.normal(&SHAPE);
        let noise = generator.normal(&SHAPE);
        let mut sample = scheduler.add_noise(&clean, &noise, begin).unwrap();
        let mut expected = values.take(LEN);
        assert!(
            largest_difference(sample.as_slice().unwrap(), &expected) <= 1e-6 * size(&expected),
            "{name}"
        );
        scheduler.begin(begin).unwrap();
        for index in begin..steps {
            let before = size(&expected);
            let output = model(&scheduler.scale_model_input(&sample, index).unwrap(), index);
            sample = scheduler.step(&output, index, &sample, &mut generator).unwrap();
            expected = values.take(LEN);
            let difference = largest_difference(sample.as_slice().unwrap(), &expected);
            let tolerance = f32::max(1e-5 * size(&expected), 1e-6 * before);
            assert!(difference <= tolerance, "{name}, step {index}: {difference:e}");
            if before > LARGE {
                sample = ArrayD::from_shape_vec(SHAPE.to_vec(), expected.clone()).unwrap();
            }
            let worst = worst.entry(kind.name()).or_insert((0.0, String::new()));
            if difference / tolerance > worst.0 {
                *worst = (difference / tolerance, format!("{name}, step {index}"));
            }
        }
        let drawn = generator.normal(&[1]);
        assert!(largest_difference(drawn.as_slice().unwrap(), &values.take(1)) <= 1e-6, "{name}: {drawn}");
    }
    println!("largest differences from diffusers, in parts of the tolerance: {worst:#?}");
}
