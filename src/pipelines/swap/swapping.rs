//! One swap, ready to run: its models and its sources.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::Result;
use crate::face::{Face, alignment, embedding};
use crate::geometry::{Border, crop_face, invert, paste};
use crate::limits::Limits;
use crate::models::{Family, Model, Models, Role};
use crate::params::{RestoreParams, SwapEngine, SwapParams};
use crate::picture::{Image, ImageRef};
use crate::pipelines::animate::{Follower, Wanted};
use crate::pipelines::landmarks::find_landmarks;
use crate::pipelines::metrics::Clock;
use crate::pipelines::restorer::Restorer;
use crate::pipelines::swap::cast::{Cast, SwapSource, source_faces};
use crate::pipelines::swap::masks::{Finished, finish};
use crate::pipelines::swap::mesh::MeshEngine;
use crate::pipelines::swap::network::NetworkEngine;
use crate::progress::Control;

/// Everything that a swap needs but its target.
pub(super) struct Swapping<'a> {
    pub params: &'a SwapParams,
    pub cast: Cast,
    detector: Arc<Model>,
    models: &'a Models,
    limits: &'a Limits,
    engine: Engine<'a>,
    landmarker: Option<Arc<Model>>,
    /// Tells the faces of the target apart, where they are followed or replaced one by one.
    recognizer: Option<Arc<Model>>,
    restorer: Option<Restorer>,
}

enum Engine<'a> {
    Network(NetworkEngine),
    Mesh(MeshEngine<'a>),
}

impl<'a> Swapping<'a> {
    pub fn new(
        models: &'a Models,
        sources: &'a [SwapSource<'_>],
        params: &'a SwapParams,
        follows: bool,
        limits: &'a Limits,
        control: &Control,
    ) -> Result<Self> {
        control.report("source", 0.0)?;
        let detector = models.get(Role::Detector, params.detect.detector.as_deref())?;
        let faces = sources.iter().map(|source| source_faces(models, source, params, limits, control));
        let faces = faces.collect::<Result<Vec<_>>>()?;
        control.report("source", 0.3)?;
        let landmarker = models.get_if_any(Role::Landmarker, params.detect.landmarker.as_deref())?;
        let engine = match engine(models, params)? {
            SwapEngine::Mesh => Engine::Mesh(MeshEngine::new(landmarker.as_ref(), &faces, params, control)?),
            _ => Engine::Network(NetworkEngine::new(models, &faces, params, control)?),
        };
        control.report("source", 0.6)?;
        let tells_apart = follows || sources.iter().any(|source| source.replaces.is_some());
        let recognizer = match tells_apart {
            true => models.get_if_any(Role::Recognizer, params.detect.recognizer.as_deref())?,
            false => None,
        };
        let cast = Cast::new(models, sources, recognizer.as_deref(), &params.detect, limits, control)?;
        let restorer = match params.face_restore {
            true => Some(restorer(models, params)?),
            false => None,
        };
        control.report("source", 1.0)?;
        Ok(Self { params, cast, detector, models, limits, engine, landmarker, recognizer, restorer })
    }

    /// What swaps.
    pub fn engine(&self) -> SwapEngine {
        match self.engine {
            Engine::Network(_) => SwapEngine::Network,
            Engine::Mesh(_) => SwapEngine::Mesh,
        }
    }

    /// The names of the models that take part.
    pub fn models(&self) -> Vec<String> {
        let found = [Some(&self.detector), self.landmarker.as_ref(), self.recognizer.as_ref()];
        let mut names: Vec<_> = found.into_iter().flatten().map(|model| model.name().to_owned()).collect();
        if let Engine::Network(engine) = &self.engine {
            names.extend(engine.models());
        }
        names.extend(self.restorer.iter().map(|restorer| restorer.model.name().to_owned()));
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    /// What finds the faces of the frames of an animation.
    pub fn follower(&self) -> Follower<'_> {
        Follower::new(
            self.models,
            &self.params.detect,
            self.limits,
            self.landmarker.clone(),
            self.recognizer.clone(),
            self.params.detect_every,
        )
    }

    /// What chooses among the faces of an animation.
    pub fn wanted(&self, control: &Control) -> Result<Wanted<'_, usize>> {
        Wanted::new(self.models, &self.params.detect, self.limits, control)
    }

    /// The faces of a picture that are replaced, with their landmarks, and by which source.
    pub fn cast_faces(
        &self,
        picture: ImageRef<'_>,
        faces: Vec<Face>,
        control: &Control,
    ) -> Result<Vec<(Face, usize)>> {
        let mut cast = Vec::new();
        for mut face in faces {
            if let Some(landmarker) = &self.landmarker {
                find_landmarks(landmarker, picture, &mut face, control)?;
            }
            if let Some(recognizer) = &self.recognizer {
                face.embedding = Some(embedding(recognizer, picture, &face, control)?);
            }
            if let Some(source) = self.cast.source_of(&face)? {
                cast.push((face, source));
            }
        }
        Ok(cast)
    }

    /// Replaces faces in a picture, one after another.
    pub fn swap(
        &self,
        picture: &mut Image,
        faces: &[(Face, usize)],
        clock: &mut Clock,
        control: &Control,
    ) -> Result<()> {
        for (i, (face, source)) in faces.iter().enumerate() {
            control.report("swap", i as f32 / faces.len() as f32)?;
            let replacement = clock.time("swap", || match &self.engine {
                Engine::Network(engine) => engine.replace(picture.view(), face, *source, control),
                Engine::Mesh(engine) => engine.replace(picture.view(), face, *source),
            })?;
            let swapped =
                clock.time("mask", || finish(self.models, replacement, face, self.params, control))?;
            clock.time("paste", || {
                paste(&mut picture.view_mut(), swapped.crop.view(), &swapped.mask, &swapped.to_crop)
            })?;
            if let Some(restorer) = &self.restorer {
                clock.time("restore", || restore(restorer, picture, face, &swapped, control))?;
            }
        }
        Ok(())
    }
}

/// What swaps, where that is left open: a network where one is installed and allowed. The embedded one has to be asked
/// for: the mesh keeps more of the source.
fn engine(models: &Models, params: &SwapParams) -> Result<SwapEngine> {
    match params.engine {
        SwapEngine::Auto if params.swapper.is_some() => Ok(SwapEngine::Network),
        SwapEngine::Auto => Ok(match models.get_if_any(Role::Swapper, None)? {
            Some(swapper) if swapper.family() != Family::LiteSwap => SwapEngine::Network,
            _ => {
                let why =
                    "no swapper but the embedded one is installed and allowed: faces are swapped by the mesh";
                models.log().info("pipelines", || why.to_owned());
                SwapEngine::Mesh
            }
        }),
        engine => Ok(engine),
    }
}

/// The restorer that was asked for, else a CodeFormer that is installed and allowed, else the best one.
fn restorer(models: &Models, params: &SwapParams) -> Result<Restorer> {
    let codeformer =
        models.store().allowed(Role::Restorer).find(|model| model.family() == Family::Codeformer);
    let choice = params.restorer.as_deref().or(codeformer.map(|model| model.name()));
    let blend = RestoreParams { blend: params.restore_blend, ..RestoreParams::default() };
    Restorer::new(models.get(Role::Restorer, choice)?, &blend)
}

/// Restores what was swapped of a face, and nothing around it.
fn restore(
    restorer: &Restorer,
    picture: &mut Image,
    face: &Face,
    swapped: &Finished,
    control: &Control,
) -> Result<()> {
    let (points, size) = (face.five_points()?, restorer.size);
    let to_crop = alignment(points, restorer.template, size)?;
    let crop = crop_face(picture.view(), &to_crop, size, size, Border::Replicate)?;
    let restored = restorer.run(&crop, control)?;
    let from_swapped = invert(&swapped.to_crop)?.then(&to_crop);
    let mask = swapped.mask.warp(&from_swapped, size, size)?.min(&restorer.mask)?;
    paste(&mut picture.view_mut(), restored.view(), &mask, &to_crop)?;
    Ok(())
}
