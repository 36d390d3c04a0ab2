//! The styles by diffusion: Stable Diffusion XL held to the faces by InstantID, to the shape by depths, in the look of a
//! LoRA.

use std::sync::Arc;

use crate::diffusion::{
    Attends, ControlImage, Diffuser, DiffuserOptions, Identity, Img2Img, MAX_IDENTITIES, Remade,
    SchedulerKind,
};
use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::geometry::Point;
use crate::models::{DiffusionKind, DiffusionPack, ModelChoice, ModelFile, Models, Role, Steers};
use crate::picture::ImageRef;
use crate::progress::Control;
use crate::style::identity::share_out;
use crate::style::{DepthNetwork, IdentityAdapter, keypoint_picture};

/// How many pixels of a picture one of the masks of identities covers along a side.
const CELL: u32 = 8;
/// The most that a ControlNet, an adapter or a LoRA works, in times of what it was trained for.
const STRONGEST: f32 = 2.0;

/// Which models paint a picture in a style, and how.
///
/// Models are named by their names or paths. A strength of 0 leaves a part out: its models are not needed.
#[derive(Debug, Clone, PartialEq)]
pub struct DiffusionOptions {
    /// The diffusion pack. Default: the best that is installed.
    pub model: Option<String>,
    /// The LoRA of the style.
    pub lora: Option<String>,
    /// How strongly the LoRA works, 0 to 2. Default: 1.
    pub lora_scale: f32,
    /// Further LoRAs, by their names or paths, and their scales.
    pub more_loras: Vec<(String, f32)>,
    /// How strongly InstantID holds the faces, 0 to 2: its tokens and its ControlNet alike. Default: 1.
    pub instant_id_strength: f32,
    /// How strongly the depths hold the shape of the picture, 0 to 2. Default: 0.8.
    pub control_depth_strength: f32,
    /// The identity adapter. Default: the best that is installed.
    pub adapter: Option<String>,
    /// The recognizer that the adapter was made with. Default: `antelopev2_glintr100`.
    pub recognizer: Option<String>,
    /// The ControlNet that sees the keypoints. Default: the best that is installed and does.
    pub keypoint_controlnet: Option<String>,
    /// The depth network. Default: the best that is installed.
    pub depth: Option<String>,
    /// The ControlNet that sees the depths. Default: the best that is installed and does.
    pub depth_controlnet: Option<String>,
    /// Further ControlNets, which see the picture itself.
    pub more_controlnets: Vec<PictureControl>,
    /// How many steps run. Default: 17.
    pub steps: u32,
    /// How far from the picture the result may go, 0 to 1. Default: 0.65.
    pub denoise: f32,
    /// The scale of classifier-free guidance. Default: 4.5.
    pub guidance_scale: f32,
    /// The scheduler. Default: DPM++ 2M SDE.
    pub scheduler: Option<SchedulerKind>,
    /// Whether the noise levels are spaced as Karras et al. space them. Default: they are.
    pub karras: Option<bool>,
    /// How many of the text encoders' last layers are left out; 0 for the model's own. Default: 0.
    pub clip_skip: u32,
}

/// A ControlNet that sees the picture that is painted, and when it steers.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureControl {
    /// Its name or path.
    pub controlnet: String,
    /// How strongly it steers, 0 to 2.
    pub scale: f32,
    /// The part of the steps before it starts, 0 to 1.
    pub start: f32,
    /// The part of the steps after which it ends, 0 to 1.
    pub end: f32,
}

impl Default for DiffusionOptions {
    fn default() -> Self {
        Self {
            model: None,
            lora: None,
            lora_scale: 1.0,
            more_loras: Vec::new(),
            instant_id_strength: 1.0,
            control_depth_strength: 0.8,
            adapter: None,
            recognizer: None,
            keypoint_controlnet: None,
            depth: None,
            depth_controlnet: None,
            more_controlnets: Vec::new(),
            steps: 17,
            denoise: 0.65,
            guidance_scale: 4.5,
            scheduler: Some(SchedulerKind::DpmPp2mSde),
            karras: Some(true),
            clip_skip: 0,
        }
    }
}

/// What paints pictures in a style by diffusion, opened and checked.
#[derive(Debug)]
pub struct DiffusionStylizer<'a> {
    models: &'a Models,
    options: DiffusionOptions,
    diffuser: Diffuser<'a>,
    identity: Option<IdentityAdapter<'a>>,
    depth: Option<Arc<ModelFile>>,
}

impl<'a> DiffusionStylizer<'a> {
    /// Opens and checks all models that the options need. No weight is loaded.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a strength out of its range;
    /// [`ModelNotFound`](ErrorKind::ModelNotFound) for a part that is not installed, with what would serve and which
    /// strength goes without it; [`InvalidModel`](ErrorKind::InvalidModel) for parts that do not fit together; those of
    /// [`Diffuser::open`] and [`Diffuser::check_steps`].
    pub fn open(models: &'a Models, options: DiffusionOptions) -> Result<Self> {
        options.check()?;
        let pack = options.pack(models)?;
        let changes = options.denoise > 0.0;
        let (identity, keypoint_controlnet) =
            if changes { options.identity(models, &pack)?.unzip() } else { (None, None) };
        let (depth, depth_controlnet) =
            if changes { options.depth(models, &pack)?.unzip() } else { (None, None) };
        let lora = options.lora.clone().filter(|_| options.lora_scale > 0.0);
        let lora = lora.map(|lora| (lora, options.lora_scale));
        let more = options.more_controlnets.iter().map(|more| more.controlnet.clone());
        let diffuser = Diffuser::with_pack(
            models,
            pack,
            DiffuserOptions {
                scheduler: options.scheduler,
                karras: options.karras,
                clip_skip: options.clip_skip,
                loras: lora.into_iter().chain(options.more_loras.clone()).collect(),
                controlnets: keypoint_controlnet.into_iter().chain(depth_controlnet).chain(more).collect(),
            },
        )?;
        diffuser.check_steps(options.steps, options.denoise)?;
        Ok(Self { models, options, diffuser, identity, depth })
    }

    /// What diffuses.
    pub fn diffuser(&self) -> &Diffuser<'a> {
        &self.diffuser
    }

    /// The names of the models that it runs.
    pub fn models(&self) -> impl Iterator<Item = String> {
        let identity = self.identity.iter().flat_map(|identity| identity.models().map(str::to_owned));
        let depth = self.depth.iter().map(|depth| depth.name().to_owned());
        self.diffuser.models().chain(identity).chain(depth)
    }

    /// Paints a picture, RGB, whose sides are multiples of 8; the faces are those whose identities it keeps.
    ///
    /// # Errors
    /// [`NoFace`](ErrorKind::NoFace) without a face where InstantID works; those of
    /// [`Face::five_points`], of [`Diffuser::img2img`] and of loading and running the models.
    pub fn paint(
        &self,
        picture: ImageRef<'_>,
        faces: &[Face],
        prompt: &str,
        negative_prompt: Option<&str>,
        seed: u64,
        control: &Control,
    ) -> Result<Remade> {
        let mut pictures = Vec::new();
        let mut identities = Vec::new();
        let [width, height] = [picture.width(), picture.height()];
        if width % CELL != 0 || height % CELL != 0 {
            return Err(Error::parameter(format!(
                "the picture has {width}×{height} pixels, and both sides must be multiples of {CELL}: resize it"
            )));
        }
        let shares = match self.identity {
            Some(_) if faces.len() <= MAX_IDENTITIES => {
                share_out((width / CELL).max(1), (height / CELL).max(1), CELL as f32, faces)?
            }
            Some(_) => return Err(too_many(faces.len())),
            None => Vec::new(),
        };
        if let Some(adapter) = &self.identity {
            control.report("identity", 0.0)?;
            let strength = self.options.instant_id_strength;
            let points = five_points(faces)?;
            for (who, share) in adapter.recognize(picture, faces, control)?.iter().zip(&shares) {
                let tokens = adapter.tokens(who, strength, control.cancel_token())?;
                identities.push(Identity { tokens, mask: Some(share) });
            }
            let keypoints = keypoint_picture(width, height, &points)?;
            pictures.push((keypoints, strength, Attends::ImageTokens));
        }
        if let Some(depth) = &self.depth {
            control.report("depth", 0.0)?;
            let network = DepthNetwork::new(self.models.load(depth)?)?;
            let depths = network.control_picture(picture, width, height, control.cancel_token())?;
            pictures.push((depths, self.options.control_depth_strength, Attends::Text));
        }
        let controls = pictures.iter().map(|(image, scale, attends)| ControlImage {
            image: image.view(),
            scale: *scale,
            start: 0.0,
            end: 1.0,
            attends: *attends,
        });
        let more = self.options.more_controlnets.iter().map(|more| ControlImage {
            image: picture,
            scale: more.scale,
            start: more.start,
            end: more.end,
            attends: Attends::Text,
        });
        let request = Img2Img {
            image: picture,
            mask: None,
            prompt,
            negative_prompt,
            steps: self.options.steps,
            denoise: self.options.denoise,
            guidance_scale: self.options.guidance_scale,
            seed,
            controls: controls.chain(more).collect(),
            identities,
        };
        self.diffuser.img2img(&request, control)
    }
}

impl DiffusionOptions {
    /// The pack that is asked for, or else the best that InstantID can hold to faces, where it is to.
    fn pack(&self, models: &Models) -> Result<Arc<DiffusionPack>> {
        let takes_identities = |pack: &DiffusionPack| pack.kind == DiffusionKind::Xl && pack.image_tokens;
        match &self.model {
            None if self.instant_id_strength > 0.0 && self.denoise > 0.0 => {
                models.diffusion_that("takes InstantID's image tokens", takes_identities).map_err(|error| {
                    error.context(format!(
                        "`instant_id_strength` is {} (0 goes without)",
                        self.instant_id_strength
                    ))
                })
            }
            model => models.diffusion(model.as_deref()),
        }
    }

    fn check(&self) -> Result<()> {
        let strengths = [
            ("instant_id_strength", self.instant_id_strength),
            ("control_depth_strength", self.control_depth_strength),
            ("lora_scale", self.lora_scale),
        ];
        match strengths.into_iter().find(|(_, value)| !(0.0..=STRONGEST).contains(value)) {
            None => Ok(()),
            Some((name, value)) => {
                Err(Error::parameter(format!("`{name}` is {value}, and must be 0 to {STRONGEST}")))
            }
        }
    }

    /// The identity adapter and the ControlNet of the keypoints, where they are needed.
    fn identity<'a>(
        &self,
        models: &'a Models,
        pack: &DiffusionPack,
    ) -> Result<Option<(IdentityAdapter<'a>, String)>> {
        needed("instant_id_strength", self.instant_id_strength, || {
            if pack.kind != DiffusionKind::Xl || !pack.image_tokens {
                let what = match pack.kind {
                    DiffusionKind::Xl => {
                        "its UNet takes no `image_tokens`: export it with the image adapter of InstantID"
                    }
                    other => &format!("it is {}: choose one of Stable Diffusion XL", other.title()),
                };
                return Err(misfit(format!(
                    "InstantID cannot hold the faces in {}, since {what}",
                    pack.name()
                )));
            }
            let adapter = IdentityAdapter::open(models, self.adapter.as_deref(), self.recognizer.as_deref())?;
            if adapter.width() != pack.cross_attention_dim {
                return Err(misfit(format!(
                    "the identity adapter {} gives tokens {} wide, and {} attends to {}: choose the adapter that the \
                     UNet was exported with",
                    adapter.models()[0],
                    adapter.width(),
                    pack.name(),
                    pack.cross_attention_dim
                )));
            }
            let controlnet = controlnet(models, pack, self.keypoint_controlnet.as_ref(), Steers::Keypoints)?;
            Ok((adapter, controlnet))
        })
    }

    /// The depth network and its ControlNet, where they are needed.
    fn depth(&self, models: &Models, pack: &DiffusionPack) -> Result<Option<(Arc<ModelFile>, String)>> {
        needed("control_depth_strength", self.control_depth_strength, || {
            let choice = self.depth.as_deref().map(ModelChoice::from);
            let network = models.store().get(Role::Depth, choice.as_ref())?;
            Ok((network, controlnet(models, pack, self.depth_controlnet.as_ref(), Steers::Depth)?))
        })
    }
}

/// The name of the ControlNet that is asked for, or else of the best for a pack that sees such pictures.
fn controlnet(
    models: &Models,
    pack: &DiffusionPack,
    choice: Option<&String>,
    steers: Steers,
) -> Result<String> {
    match choice {
        Some(name) => match models.controlnet(Some(name))?.steers() {
            Some(other) if other != steers => Err(misfit(format!(
                "the ControlNet {name} sees {}, and one that sees {} is needed here",
                other.noun(),
                steers.noun()
            ))),
            _ => Ok(name.clone()),
        },
        None => Ok(models.store().controlnet_by(pack.kind, steers)?.name().to_owned()),
    }
}

/// What a strength needs, where it is not 0; errors tell that 0 goes without.
fn needed<T>(name: &str, strength: f32, open: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    if strength == 0.0 {
        return Ok(None);
    }
    let opened = open().map_err(|error| error.context(format!("`{name}` is {strength} (0 goes without)")));
    opened.map(Some)
}

/// The five points of each of some faces, of which there must be one.
fn five_points(faces: &[Face]) -> Result<Vec<[Point; 5]>> {
    if faces.is_empty() {
        let message = "there is no face whose identity InstantID could keep: choose a picture with a face, or set \
                       `instant_id_strength` to 0";
        return Err(Error::new(ErrorKind::NoFace, message));
    }
    faces.iter().map(|face| face.five_points().copied()).collect()
}

fn too_many(faces: usize) -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "{faces} faces were chosen, and diffusion holds at most {MAX_IDENTITIES}: choose fewer, such as with \
             `select` or `max_faces`"
        ),
    )
}

fn misfit(message: String) -> Error {
    Error::new(ErrorKind::InvalidModel, message)
}
