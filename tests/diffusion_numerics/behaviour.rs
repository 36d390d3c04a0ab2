//! What a scheduler promises beyond its numbers: tails, order, and errors before any step runs.

use facekit::diffusion::{Generator, Prediction, Scheduler, SchedulerConfig, SchedulerKind};
use facekit::{ErrorKind, Result};
use ndarray::ArrayD;
use serde_json::{Value, json};

fn config(options: Value) -> Result<SchedulerConfig> {
    let mut config = json!({
        "_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
        "clip_sample": false,
    });
    config.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    SchedulerConfig::of_json(&config.to_string())
}

fn scheduler(kind: SchedulerKind, steps: usize) -> Scheduler {
    Scheduler::new(&config(json!({})).unwrap(), Some(kind), None, steps).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, words: &[&str]) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn a_tail_is_that_of_the_schedule_of_steps_by_denoise() {
    assert_eq!(Scheduler::tail(20, 1.0), 0..20);
    assert_eq!(Scheduler::tail(20, 0.4), 30..50);
    assert_eq!(Scheduler::tail(4, 0.3), 9..13);
    for steps in 1..=200 {
        for percent in 1..=100 {
            let total = steps * 100 / percent;
            assert_eq!(Scheduler::tail(steps, percent as f32 / 100.0), total - steps..total, "{percent} %");
        }
    }
    for nothing in [0.0, -1.0, f32::NAN] {
        assert!(Scheduler::tail(20, nothing).is_empty());
    }
    assert_eq!(Scheduler::tail(20, 7.0), 0..20);
    assert_eq!(Scheduler::tail(0, 0.5), 0..0);
    let endless = Scheduler::tail(20, f32::MIN_POSITIVE);
    let config = config(json!({})).unwrap();
    refused(
        Scheduler::new(&config, None, None, endless.end),
        ErrorKind::InvalidParameter,
        &["1 to 1000", "denoise"],
    );
}

#[test]
fn noise_grows_towards_the_first_step_and_ends_clean() {
    let clean = ArrayD::from_elem(vec![2, 3], 1.0);
    let noise = Generator::new(0).normal(&[2, 3]);
    for kind in SchedulerKind::ALL {
        let scheduler = scheduler(*kind, 8);
        let mut last = f32::INFINITY;
        for index in 0..8 {
            let noisy = scheduler.add_noise(&clean, &noise, index).unwrap();
            let input = scheduler.scale_model_input(&noisy, index).unwrap();
            let signal =
                input.sum() - noise.sum() * (input[[0, 0]] - input[[0, 1]]) / (noise[[0, 0]] - noise[[0, 1]]);
            let part = (6.0 - signal).abs();
            assert!(part < last, "{}: {part} after {last} at {index}", kind.name());
            last = part;
        }
        assert_eq!(scheduler.add_noise(&clean, &noise, 8).unwrap(), clean);
        assert!(scheduler.add_noise(&clean, &noise, 9).is_err());
    }
}

#[test]
fn a_perfect_model_ends_on_the_clean_sample() {
    let clean = Generator::new(1).normal(&[1, 4, 4, 4]);
    let noise = Generator::new(2).normal(&[1, 4, 4, 4]);
    for kind in SchedulerKind::ALL {
        let config = config(json!({ "prediction_type": "sample" })).unwrap();
        assert_eq!(config.prediction(), Prediction::Sample);
        let mut scheduler = Scheduler::new(&config, Some(*kind), None, 10).unwrap();
        scheduler.begin(4).unwrap();
        let mut sample = scheduler.add_noise(&clean, &noise, 4).unwrap();
        for index in 4..10 {
            assert_eq!(scheduler.clean(&clean, index, &sample).unwrap(), clean);
            sample = scheduler.step(&clean, index, &sample, &mut Generator::new(3)).unwrap();
        }
        let worst = (&sample - &clean).iter().fold(0.0f32, |worst, value| worst.max(value.abs()));
        assert!(worst <= 1e-5, "{}: {worst:e}", kind.name());
    }
}

#[test]
fn a_run_can_begin_again() {
    for kind in SchedulerKind::ALL {
        let mut scheduler = scheduler(*kind, 6);
        let mut run = || {
            let mut generator = Generator::new(4);
            let mut sample = generator.normal(&[3, 7]);
            scheduler.begin(2).unwrap();
            for index in 2..6 {
                let output = sample.mapv(|value| value * 0.1);
                sample = scheduler.step(&output, index, &sample, &mut generator).unwrap();
            }
            sample
        };
        assert_eq!(run(), run(), "{}", kind.name());
    }
}

#[test]
fn steps_run_in_order_and_in_one_shape() {
    let (small, large) = (ArrayD::zeros(vec![2, 2]), ArrayD::zeros(vec![2, 3]));
    let mut generator = Generator::new(0);
    for kind in SchedulerKind::ALL {
        let mut scheduler = scheduler(*kind, 3);
        let parameter = ErrorKind::InvalidParameter;
        refused(scheduler.begin(3), parameter, &["step 3", "0 to 2"]);
        refused(scheduler.step(&small, 1, &small, &mut generator), parameter, &["step 1", "step 0"]);
        refused(scheduler.step(&small, 0, &large, &mut generator), parameter, &["[2, 3]", "[2, 2]"]);
        refused(scheduler.add_noise(&small, &large, 0), parameter, &["[2, 3]", "[2, 2]"]);
        for index in 0..3 {
            scheduler.step(&small, index, &small, &mut generator).unwrap();
        }
        refused(scheduler.step(&small, 3, &small, &mut generator), parameter, &["step 3"]);
    }
    let mut scheduler = scheduler(SchedulerKind::UniPc, 3);
    scheduler.step(&small, 0, &small, &mut generator).unwrap();
    refused(scheduler.step(&large, 1, &large, &mut generator), ErrorKind::InvalidParameter, &["[2, 3]"]);
}

#[test]
fn a_scheduler_that_does_not_run_here_names_those_that_do() {
    let flow = config(json!({ "_class_name": "FlowMatchEulerDiscreteScheduler" }));
    refused(flow, ErrorKind::Unsupported, &["FlowMatchEulerDiscreteScheduler", "dpmpp_2m_sde", "unipc"]);
    let pndm = config(json!({ "_class_name": "PNDMScheduler" })).unwrap();
    refused(Scheduler::new(&pndm, None, None, 20), ErrorKind::Unsupported, &["PNDMScheduler", "ddim, euler"]);
    assert!(Scheduler::new(&pndm, Some(SchedulerKind::Euler), None, 20).is_ok());
    let dpm = config(json!({ "_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "dpmsolver" }))
        .unwrap();
    refused(dpm.kind(), ErrorKind::Unsupported, &["dpmsolver", "dpmpp_2m"]);
    for (class, kind) in [
        ("DDIMScheduler", SchedulerKind::Ddim),
        ("EulerDiscreteScheduler", SchedulerKind::Euler),
        ("EulerAncestralDiscreteScheduler", SchedulerKind::EulerAncestral),
        ("DPMSolverMultistepScheduler", SchedulerKind::DpmPp2m),
        ("UniPCMultistepScheduler", SchedulerKind::UniPc),
        ("LCMScheduler", SchedulerKind::Lcm),
    ] {
        let config = config(json!({ "_class_name": class })).unwrap();
        assert_eq!(Scheduler::new(&config, None, None, 4).unwrap().kind(), kind);
    }
}

#[test]
fn options_that_do_not_run_here_are_refused() {
    for (option, value) in [
        ("trained_betas", json!([0.1, 0.2])),
        ("thresholding", json!(true)),
        ("use_exponential_sigmas", json!(true)),
        ("use_beta_sigmas", json!(true)),
        ("use_flow_sigmas", json!(true)),
        ("timestep_type", json!("continuous")),
        ("interpolation_type", json!("log_linear")),
        ("sigma_max", json!(700.0)),
        ("predict_x0", json!(false)),
        ("disable_corrector", json!([0])),
    ] {
        refused(config(json!({ option: value })), ErrorKind::Unsupported, &[option]);
    }
    let third = config(json!({ "solver_order": 3 })).unwrap();
    let third = Scheduler::new(&third, Some(SchedulerKind::UniPc), None, 4);
    refused(third, ErrorKind::Unsupported, &["solver_order 3"]);

    let plain = r#"{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "sigma_min": null}"#;
    assert!(SchedulerConfig::of_json(plain).is_ok());
}

#[test]
fn a_damaged_configuration_is_an_error() {
    for options in [
        json!({ "num_train_timesteps": 1 }),
        json!({ "num_train_timesteps": u64::MAX }),
        json!({ "num_train_timesteps": -5 }),
        json!({ "num_train_timesteps": 20 , "original_inference_steps": 50 }),
        json!({ "original_inference_steps": 0 }),
        json!({ "clip_sample_range": -1.0 }),
        json!({ "prediction_type": "flow_prediction" }),
        json!({ "timestep_spacing": "odd" }),
        json!({ "beta_start": "small" }),
    ] {
        refused(config(options), ErrorKind::InvalidModel, &["scheduler"]);
    }
    for text in ["", "{", "[]", "null", "7", r#""DDIMScheduler""#] {
        assert!(SchedulerConfig::of_json(text).is_err(), "{text}");
    }
    for options in [
        json!({ "beta_start": 2.0, "beta_end": 3.0 }),
        json!({ "beta_start": 0.0, "beta_end": 0.0 }),
        json!({ "beta_start": -1.0 }),
        json!({ "beta_start": 1e300 }),
    ] {
        for kind in SchedulerKind::ALL {
            let config = config(options.clone()).unwrap();
            refused(Scheduler::new(&config, Some(*kind), None, 4), ErrorKind::InvalidModel, &["betas"]);
        }
    }
}

#[test]
fn a_schedule_that_the_training_does_not_have_is_an_error() {
    let config = config(json!({ "steps_offset": 1 })).unwrap();
    for kind in SchedulerKind::ALL {
        for steps in [0, 1001, usize::MAX] {
            refused(
                Scheduler::new(&config, Some(*kind), None, steps),
                ErrorKind::InvalidParameter,
                &["steps"],
            );
        }
    }
    refused(Scheduler::new(&config, None, None, 1000), ErrorKind::InvalidParameter, &["offset of 1"]);
    let lcm = Scheduler::new(&config, Some(SchedulerKind::Lcm), None, 51);
    refused(lcm, ErrorKind::InvalidParameter, &["51", "1 to 50"]);
    for kind in [SchedulerKind::Ddim, SchedulerKind::EulerAncestral, SchedulerKind::Lcm] {
        let karras = Scheduler::new(&config, Some(kind), Some(true), 4);
        refused(karras, ErrorKind::InvalidParameter, &["Karras", kind.name(), "euler"]);
    }
}

#[test]
fn a_step_without_a_finite_solution_is_an_error() {
    let no_signal =
        config(json!({ "rescale_betas_zero_snr": true, "timestep_spacing": "trailing" })).unwrap();
    refused(Scheduler::new(&no_signal, None, None, 4), ErrorKind::Unsupported, &["ddim", "step 0"]);
    assert!(Scheduler::new(&no_signal, Some(SchedulerKind::Euler), None, 4).is_ok());
    let endless = config(json!({ "lower_order_final": false })).unwrap();
    let endless = Scheduler::new(&endless, Some(SchedulerKind::UniPc), None, 4);
    refused(endless, ErrorKind::Unsupported, &["unipc", "step 3"]);
    for kind in [SchedulerKind::DpmPp2m, SchedulerKind::UniPc] {
        let repeated = Scheduler::new(&config(json!({})).unwrap(), Some(kind), None, 1000);
        refused(repeated, ErrorKind::Unsupported, &[kind.name()]);
    }
}
