//! Detection: from a picture to the faces in it.

use ndarray::Array4;
use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::face::embedding;
use crate::face::heads::{DetectorFamily, Preprocess, SizeRule};
use crate::face::tiles::{self, Tile};
use crate::face::{Embedding, Face, Selection, nms, select, sort};
use crate::geometry::{Filter, Point, Rotation, resize, rotate};
use crate::limits::Limits;
use crate::models::{Model, Models, Role};
use crate::params::{DetectParams, ParameterSet, Select};
use crate::picture::{Image, ImageRef, Source};
use crate::pipelines::landmarks::find_landmarks;
use crate::pipelines::metrics::{Clock, Metrics};
use crate::progress::Control;
use crate::runtime::Canvas;

/// The faces of a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detection {
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// The detector that found them.
    pub model: String,
    /// The faces that were selected, in the order asked for; empty when none was found.
    pub faces: Vec<Face>,
    /// How long it took.
    pub metrics: Metrics,
}

/// Finds the faces of a picture.
///
/// # Errors
/// [`ErrorKind::InvalidParameter`] for params out of range, [`ErrorKind::NoFace`] when a selection by index or
/// by reference finds nothing, and those of [`Models::get`] and of the model's run.
pub fn detect(
    models: &Models,
    image: ImageRef<'_>,
    params: &DetectParams,
    limits: &Limits,
    control: &Control,
) -> Result<Detection> {
    params.validate()?;
    limits.check_size(image.width(), image.height())?;
    control.report("detect", 0.0)?;
    let mut clock = Clock::start();
    let model = models.get(Role::Detector, params.detector.as_deref())?;
    let found =
        clock.time("detect", || Search::new(&model, params, limits)?.run(image, &control.part(0.0, 0.9)))?;
    let rest = control.part(0.9, 1.0);
    let mut faces = clock.time("select", || choose(models, image, found, params, limits, &rest))?;
    if params.landmarks && !faces.is_empty() {
        let landmarker = models.get(Role::Landmarker, params.landmarker.as_deref())?;
        for face in &mut faces {
            clock.time("landmarks", || find_landmarks(&landmarker, image, face, &rest))?;
        }
    }
    control.report("detect", 1.0)?;
    Ok(Detection {
        width: image.width(),
        height: image.height(),
        model: model.name().to_owned(),
        faces,
        metrics: clock.stop(),
    })
}

/// The faces of a picture that are large enough, surest first, none selected yet.
pub(super) fn find(
    models: &Models,
    image: ImageRef<'_>,
    params: &DetectParams,
    limits: &Limits,
    control: &Control,
) -> Result<Vec<Face>> {
    let model = models.get(Role::Detector, params.detector.as_deref())?;
    let mut faces = Search::new(&model, params, limits)?.run(image, control)?;
    keep(&mut faces, params, limits);
    Ok(faces)
}

/// The same search in a picture of one person: what suits the one that is worked on, its size and its faces, says
/// nothing about it.
pub(super) fn of_any_size(params: &DetectParams) -> DetectParams {
    DetectParams { input_size: 0, tile_size: 0, min_size: 0.0, max_faces: 0, ..params.clone() }
}

/// Drops the faces that are too small or too many.
fn keep(faces: &mut Vec<Face>, params: &DetectParams, limits: &Limits) {
    faces.retain(|face| face.rect.width.min(face.rect.height) >= params.min_size);
    let most = if params.max_faces == 0 { limits.faces } else { params.max_faces as usize };
    faces.truncate(most.min(limits.faces));
}

/// The selection that the params mean.
pub(super) fn selection(
    models: &Models,
    params: &DetectParams,
    limits: &Limits,
    control: &Control,
) -> Result<Selection> {
    Ok(match params.select {
        Select::Many => Selection::Many,
        Select::One => Selection::One,
        Select::Index => Selection::Index(params.index as usize),
        Select::Only => Selection::Only,
        Select::Reference => {
            let recognizer = models.get(Role::Recognizer, params.recognizer.as_deref())?;
            let embedding = reference(models, &recognizer, params, limits, control)?;
            Selection::Reference { embedding, distance: params.reference_distance }
        }
    })
}

/// Drops, sorts and selects faces as the params say.
fn choose(
    models: &Models,
    image: ImageRef<'_>,
    mut faces: Vec<Face>,
    params: &DetectParams,
    limits: &Limits,
    control: &Control,
) -> Result<Vec<Face>> {
    keep(&mut faces, params, limits);
    if faces.is_empty() && matches!(params.select, Select::Many | Select::One) {
        return Ok(faces);
    }
    let selection = selection(models, params, limits, control)?;
    if let Selection::Reference { .. } = &selection {
        let recognizer = models.get(Role::Recognizer, params.recognizer.as_deref())?;
        for face in &mut faces {
            face.embedding = Some(embedding(&recognizer, image, face, control)?);
        }
    }
    select(faces, &selection, params.order)
}

/// The embedding of the largest face in the reference picture.
fn reference(
    models: &Models,
    recognizer: &Model,
    params: &DetectParams,
    limits: &Limits,
    control: &Control,
) -> Result<Embedding> {
    let source = params.reference.as_deref().ok_or_else(|| {
        Error::parameter("`select` is reference, and `reference` names no picture of the person")
    })?;
    let picture = Image::decode(&Source::parse(source)?.read(limits)?, limits)
        .map_err(|error| error.context("the reference picture"))?;
    let mut faces = find(models, picture.view(), &of_any_size(params), limits, control)?;
    sort(&mut faces, crate::face::Order::LargeSmall);
    let face = faces.first().ok_or_else(|| {
        Error::new(
            ErrorKind::NoFace,
            format!("the reference picture {source} shows no face: use another one"),
        )
    })?;
    embedding(recognizer, picture.view(), face, control)
}

/// One detector and how it looks at pictures.
struct Search<'a> {
    model: &'a Model,
    params: &'a DetectParams,
    family: DetectorFamily,
    preprocess: Preprocess,
    fixed_size: Option<(u32, u32)>,
    score_threshold: f32,
    nms_threshold: f32,
    limits: &'a Limits,
}

impl<'a> Search<'a> {
    fn new(model: &'a Model, params: &'a DetectParams, limits: &'a Limits) -> Result<Self> {
        let family = DetectorFamily::of(model.family())?;
        let preprocess = family.preprocess();
        Ok(Self {
            model,
            params,
            family,
            fixed_size: model.picture_size(),
            score_threshold: params
                .score_threshold
                .or(model.score_threshold())
                .unwrap_or(preprocess.threshold),
            nms_threshold: params.nms_threshold.unwrap_or(preprocess.nms_threshold),
            preprocess,
            limits,
        })
    }

    /// Every face of a picture, surest first.
    fn run(&self, image: ImageRef<'_>, control: &Control) -> Result<Vec<Face>> {
        let (width, height) = (image.width(), image.height());
        let whole = Tile { x: 0, y: 0, width, height };
        let mut views = vec![whole];
        let tile = self.params.tile_size;
        if tile > 0 && (width > tile || height > tile) {
            let overlap = (tile as f32 * self.params.tile_overlap) as u32;
            views.extend(tiles::tiles(width, height, tile, overlap)?);
        }
        let looks = views.len() * self.params.angles.0.len();
        let mut found = Vec::new();
        for &view in &views {
            for &angle in &self.params.angles.0 {
                control.report("detect", found.len() as f32 / looks as f32)?;
                let part = image.crop(view.x, view.y, view.width, view.height)?;
                found.push((view, self.look(part, rotation(angle)?, control)?));
            }
        }
        let faces = match found.len() {
            1 => nms(found.remove(0).1, self.nms_threshold),
            _ => tiles::merge(width, height, found, self.nms_threshold),
        };
        Ok(faces.into_iter().take(self.limits.faces).collect())
    }

    /// One run of the network over a picture turned by `rotation`: candidates in the picture's pixels.
    fn look(&self, image: ImageRef<'_>, rotation: Rotation, control: &Control) -> Result<Vec<Face>> {
        let fit = self.fit(image.width(), image.height(), rotation);
        let (width, height) = fit.resized;
        let filter = if fit.shrinks_much() { Filter::Area } else { Filter::Bilinear };
        let resized = resize(image, width, height, filter)?;
        let turned = if rotation == Rotation::None { resized } else { rotate(resized.view(), rotation)? };
        let tensor = self.tensor(turned.view(), &fit);
        let (width, height) = fit.canvas;
        let faces = self.model.run(
            &[(self.model.input_name(), tensor.view().into_dyn())],
            control.cancel_token(),
            |outputs| self.family.decode(outputs, width, height, self.score_threshold),
        )?;
        Ok(faces.into_iter().map(|face| fit.back(face, rotation)).collect())
    }

    fn tensor(&self, content: ImageRef<'_>, fit: &Fit) -> Array4<f32> {
        let ((width, height), (x, y)) = (fit.canvas, fit.offset);
        self.preprocess.coding.encode_on(content, Canvas { width, height, x, y, fill: self.preprocess.fill })
    }

    /// How a picture is put on the network's input: shrunk to fit, and enlarged only where the graph or the
    /// caller sets the size.
    fn fit(&self, width: u32, height: u32, rotation: Rotation) -> Fit {
        let turned = rotation.turned_size(width, height);
        let border = (self.params.padding * turned.0.max(turned.1) as f32).round();
        let padded = (turned.0 as f32 + 2.0 * border, turned.1 as f32 + 2.0 * border);
        let longest = padded.0.max(padded.1);
        let (room, multiple) = match (self.fixed_size, self.preprocess.size) {
            (Some(size), _) => (size, None),
            (None, SizeRule::Fixed) => (self.preprocess.default_size, None),
            (None, SizeRule::Multiple(multiple)) => {
                let side = match self.params.input_size {
                    0 => {
                        let most = self.model.longest_side().unwrap_or(self.preprocess.default_size.0);
                        longest.ceil().min(most.clamp(32, 4096) as f32) as u32
                    }
                    side => side,
                };
                ((side, side), Some(multiple))
            }
        };
        let scale = (room.0 as f32 / padded.0).min(room.1 as f32 / padded.1);
        let side = |pixels: f32| ((pixels * scale) as u32).max(1);
        let canvas = multiple.map_or(room, |multiple| {
            (side(padded.0).next_multiple_of(multiple), side(padded.1).next_multiple_of(multiple))
        });
        let content = (side(turned.0 as f32).min(canvas.0), side(turned.1 as f32).min(canvas.1));
        Fit {
            picture: (width, height),
            resized: rotation.turned_size(content.0, content.1),
            offset: ((border * scale) as u32, (border * scale) as u32),
            canvas,
        }
    }
}

/// How a picture lies on a network's input. Sizes are widths and heights in pixels.
struct Fit {
    picture: (u32, u32),
    resized: (u32, u32),
    offset: (u32, u32),
    canvas: (u32, u32),
}

impl Fit {
    fn shrinks_much(&self) -> bool {
        self.picture.0 > 2 * self.resized.0
    }

    /// A face of the network's input, in pixels of the picture.
    fn back(&self, face: Face, rotation: Rotation) -> Face {
        let scale =
            (self.picture.0 as f32 / self.resized.0 as f32, self.picture.1 as f32 / self.resized.1 as f32);
        face.map(|point| {
            let point = Point::new(point.x - self.offset.0 as f32, point.y - self.offset.1 as f32);
            let point = rotation.restore_point(point, self.resized.0, self.resized.1);
            Point::new(point.x * scale.0, point.y * scale.1)
        })
    }
}

fn rotation(degrees: u32) -> Result<Rotation> {
    Rotation::from_degrees(degrees)
        .ok_or_else(|| Error::parameter(format!("an angle of {degrees} is none of 0, 90, 180 and 270")))
}
