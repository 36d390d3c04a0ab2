//! What a checkpoint says about its noise: `scheduler_config.json` of diffusers.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::choice::{Choice, choices};
use crate::error::{Error, ErrorKind, Result};

choices! {
    /// How a picture steps from one noise level to the next.
    pub enum SchedulerKind {
        /// Denoising diffusion implicit models (Song et al., 2020), without added noise.
        Ddim = "ddim",
        /// Euler's method (Karras et al., 2022).
        Euler = "euler",
        /// Euler's method below each level, and fresh noise up to it.
        EulerAncestral = "euler_ancestral",
        /// DPM-Solver++ of two steps (Lu et al., 2022).
        DpmPp2m = "dpmpp_2m",
        /// DPM-Solver++ of two steps with fresh noise.
        DpmPp2mSde = "dpmpp_2m_sde",
        /// The unified predictor and corrector (Zhao et al., 2023).
        UniPc = "unipc",
        /// Latent consistency models (Luo et al., 2023).
        Lcm = "lcm",
    }
}

choices! {
    /// What the output of a model means.
    pub enum Prediction {
        /// The noise in the sample.
        Epsilon = "epsilon",
        /// The velocity from the clean sample to the noise.
        Velocity = "v_prediction",
        /// The clean sample.
        Sample = "sample",
    }
}

/// How the variance of a training step grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum BetaSchedule {
    /// Evenly.
    #[serde(rename = "linear")]
    Linear,
    /// Evenly in its square root.
    #[serde(rename = "scaled_linear")]
    ScaledLinear,
    /// So that the signal left is a squared cosine.
    #[serde(rename = "squaredcos_cap_v2")]
    Cosine,
}

/// Which training steps are run (table 2 of Lin et al., 2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spacing {
    /// From the last to the first.
    Linspace,
    /// Whole strides from the first on.
    Leading,
    /// Whole strides from the last back.
    Trailing,
}

/// The noise level after the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum FinalSigma {
    /// No noise.
    #[serde(rename = "zero")]
    Zero,
    /// The lowest level of the training.
    #[serde(rename = "sigma_min")]
    Lowest,
}

/// Which variant of a multistep solver runs; each solver takes its own default for the words of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SolverType {
    /// DPM-Solver: the slope at the middle of the step. Its default.
    Midpoint,
    /// DPM-Solver: the exact integral of the slope.
    Heun,
    /// DEIS.
    LogRho,
    /// UniPC: scaled by the step.
    Bh1,
    /// UniPC: scaled by the exponential of the step. Its default.
    Bh2,
}

/// The scheduler of a checkpoint, and the noise that it was trained with.
///
/// An option that the file leaves out takes the default of the scheduler that runs, as in diffusers, whether that is
/// the checkpoint's own or another.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    class: String,
    prediction_type: Option<Prediction>,
    num_train_timesteps: Option<usize>,
    pub(super) beta_start: Option<f64>,
    pub(super) beta_end: Option<f64>,
    pub(super) beta_schedule: Option<BetaSchedule>,
    pub(super) rescale_betas_zero_snr: Option<bool>,
    timestep_spacing: Option<Spacing>,
    steps_offset: Option<usize>,
    pub(super) set_alpha_to_one: Option<bool>,
    clip_sample: Option<bool>,
    clip_sample_range: Option<f32>,
    use_karras_sigmas: Option<bool>,
    pub(super) final_sigmas_type: Option<FinalSigma>,
    algorithm_type: Option<String>,
    solver_order: Option<usize>,
    pub(super) solver_type: Option<SolverType>,
    pub(super) lower_order_final: Option<bool>,
    pub(super) euler_at_final: Option<bool>,
    pub(super) original_inference_steps: Option<usize>,
    pub(super) timestep_scaling: Option<f64>,
}

/// Schedulers of diffusers that do not run here, but whose noise those here can run on.
const RELATIVES: [&str; 11] = [
    "DDPMScheduler",
    "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSDEScheduler",
    "DPMSolverSinglestepScheduler",
    "HeunDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "LMSDiscreteScheduler",
    "PNDMScheduler",
    "TCDScheduler",
];

impl SchedulerConfig {
    /// Reads a `scheduler_config.json`.
    ///
    /// A scheduler that shares no noise with the supported ones (such as those of flow matching) and an option that
    /// is not supported are [`ErrorKind::Unsupported`]; what is not such a file is [`ErrorKind::InvalidModel`].
    pub fn of_json(json: &str) -> Result<Self> {
        let invalid = |error| {
            Error::new(
                ErrorKind::InvalidModel,
                format!("the scheduler's configuration cannot be read: {error}"),
            )
            .with_source(error)
        };
        // Python writes infinity, which JSON does not know, where an option is off.
        let value: Value = serde_json::from_str(&json.replace("-Infinity", "null")).map_err(invalid)?;
        refuse_unsupported(&value)?;
        let config = Self::deserialize(&value).map_err(invalid)?;
        config.check()?;
        if config.own_kind().is_none() && !RELATIVES.contains(&config.class.as_str()) {
            let class = &config.class;
            return Err(unsupported(format!(
                "the scheduler `{class}` and the noise it was trained with are not supported"
            )));
        }
        Ok(config)
    }

    /// The checkpoint's own scheduler, where it is one of [`SchedulerKind`]; the error names the choices otherwise.
    pub fn kind(&self) -> Result<SchedulerKind> {
        self.own_kind().ok_or_else(|| {
            let algorithm =
                self.algorithm_type.as_ref().map(|name| format!(" with {name}")).unwrap_or_default();
            unsupported(format!(
                "choose a scheduler: the checkpoint's own, `{}`{algorithm}, does not run here",
                self.class
            ))
        })
    }

    /// What the model's output means. Default: the noise.
    pub fn prediction(&self) -> Prediction {
        self.prediction_type.unwrap_or(Prediction::Epsilon)
    }

    pub(super) fn training_steps(&self) -> usize {
        self.num_train_timesteps.unwrap_or(1000)
    }

    pub(super) fn steps_offset(&self) -> usize {
        self.steps_offset.unwrap_or(0)
    }

    pub(super) fn spacing(&self, kind: SchedulerKind) -> Spacing {
        self.timestep_spacing.unwrap_or(match kind {
            SchedulerKind::Ddim => Spacing::Leading,
            _ => Spacing::Linspace,
        })
    }

    /// The bound of the clean sample, for the schedulers that clip it.
    pub(super) fn clip(&self, kind: SchedulerKind) -> Option<f32> {
        let clips = self.clip_sample.unwrap_or(kind == SchedulerKind::Ddim);
        clips.then(|| self.clip_sample_range.unwrap_or(1.0))
    }

    /// Whether the levels are spaced as in Karras et al. (2022): as asked for, or as the checkpoint says.
    pub(super) fn karras(&self, kind: SchedulerKind, asked: Option<bool>) -> Result<bool> {
        use SchedulerKind::{DpmPp2m, DpmPp2mSde, Euler, UniPc};
        let takes = [Euler, DpmPp2m, DpmPp2mSde, UniPc].contains(&kind);
        if asked == Some(true) && !takes {
            return Err(Error::parameter(format!(
                "Karras spacing does not go with the scheduler {}: switch it off, or choose one of euler, dpmpp_2m, \
                 dpmpp_2m_sde, unipc",
                kind.name()
            )));
        }
        Ok(takes && asked.or(self.use_karras_sigmas).unwrap_or(false))
    }

    /// How many steps a multistep solver looks at, itself included: 1 or 2.
    pub(super) fn solver_order(&self) -> Result<usize> {
        match self.solver_order.unwrap_or(2) {
            order @ 1..=2 => Ok(order),
            order => Err(unsupported(format!(
                "solver_order {order} of the scheduler is not supported, only 1 and 2"
            ))),
        }
    }

    fn check(&self) -> Result<()> {
        let steps = self.training_steps();
        let in_training = |original| (1..=steps).contains(&original);
        for (rule, holds) in [
            ("_class_name is that of a scheduler", !self.class.is_empty()),
            ("num_train_timesteps is from 2 to 10000", (2..=10_000).contains(&steps)),
            (
                "original_inference_steps is from 1 to num_train_timesteps",
                self.original_inference_steps.is_none_or(in_training),
            ),
            ("clip_sample_range is not negative", self.clip_sample_range.is_none_or(|range| range >= 0.0)),
        ] {
            if !holds {
                let message = format!("the scheduler's configuration breaks a rule: {rule}");
                return Err(Error::new(ErrorKind::InvalidModel, message));
            }
        }
        Ok(())
    }

    fn own_kind(&self) -> Option<SchedulerKind> {
        Some(match (self.class.as_str(), self.algorithm_type.as_deref()) {
            ("DDIMScheduler", _) => SchedulerKind::Ddim,
            ("EulerDiscreteScheduler", _) => SchedulerKind::Euler,
            ("EulerAncestralDiscreteScheduler", _) => SchedulerKind::EulerAncestral,
            ("DPMSolverMultistepScheduler", None | Some("dpmsolver++")) => SchedulerKind::DpmPp2m,
            ("DPMSolverMultistepScheduler", Some("sde-dpmsolver++")) => SchedulerKind::DpmPp2mSde,
            ("UniPCMultistepScheduler", _) => SchedulerKind::UniPc,
            ("LCMScheduler", _) => SchedulerKind::Lcm,
            _ => return None,
        })
    }
}

/// The options that work only at their plain value; null is always plain.
fn refuse_unsupported(config: &Value) -> Result<()> {
    let plain = [
        ("trained_betas", json!(null)),
        ("thresholding", json!(false)),
        ("interpolation_type", json!("linear")),
        ("timestep_type", json!("discrete")),
        ("use_exponential_sigmas", json!(false)),
        ("use_beta_sigmas", json!(false)),
        ("use_lu_lambdas", json!(false)),
        ("use_flow_sigmas", json!(false)),
        ("sigma_min", json!(null)),
        ("sigma_max", json!(null)),
        ("lambda_min_clipped", json!(null)),
        ("predict_x0", json!(true)),
        ("disable_corrector", json!([])),
        ("solver_p", json!(null)),
    ];
    for (option, plain) in plain {
        match config.get(option) {
            Some(value) if *value != plain && !value.is_null() => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("the scheduler's option {option} is {value}; only {plain} is supported"),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn unsupported(what: String) -> Error {
    let kinds = SchedulerKind::NAMES.join(", ");
    Error::new(ErrorKind::Unsupported, format!("{what}; the supported schedulers are {kinds}"))
}
