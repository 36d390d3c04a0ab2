//! One stylization, ready to run: its engine and its models.

use std::sync::Arc;

use crate::diffusion::SchedulerKind;
use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::models::{Model, Models};
use crate::params::{StylizeArea, StylizeEngine, StylizeParams};
use crate::picture::{Image, ImageRef, Metadata, Provenance};
use crate::pipelines::masks::{person_segmenter_if_any, segment};
use crate::pipelines::stylize::area::{Piece, put_back};
use crate::pipelines::stylize::diffusion::{Diffusion, names_a_part};
use crate::pipelines::stylize::notes::idle;
use crate::progress::Control;
use crate::style::stylizers::Stylizer;
use crate::style::{Classic, Portrait};

/// The most faces of one picture that a palette for all of them is chosen from.
const MOST_SAMPLES: usize = 4;

/// How wide the faces are that the embedded stylizer learned on, in pixels.
const LEARNED_FACE: f32 = 144.0;
/// The longer side of a picture without a face as the embedded stylizer sees it, in pixels, and its bounds with one.
const SEEN_WITHOUT_FACE: f32 = 384.0;
const SMALLEST_SEEN: u32 = 256;
const LARGEST_SEEN: u32 = 1024;

/// Everything that a stylization needs but its picture.
pub(super) struct Stylist<'a> {
    pub params: &'a StylizeParams,
    engine: Engine<'a>,
    /// Tells people from the background, for image processing; without one they are estimated.
    segmenter: Option<Arc<Model>>,
    /// Why `auto` did not choose diffusion, where a diffusion model is installed.
    reason: Option<String>,
}

enum Engine<'a> {
    Diffusion(Box<Diffusion<'a>>),
    Network(Box<Stylizer>),
    /// With what all frames of an animation share, where it is one.
    Classic(Option<Shared>),
}

/// What the frames of an animation share: palettes, and the unit of all sizes.
struct Shared {
    classic: Classic,
    unit: f32,
}

impl<'a> Stylist<'a> {
    /// Opens the models; all that can be checked without running them is.
    pub fn open(
        models: &'a Models,
        style_image: Option<ImageRef<'_>>,
        params: &'a StylizeParams,
        control: &Control,
    ) -> Result<Self> {
        control.report("load", 0.0)?;
        let stylizer = params.stylizer.as_deref().filter(|stylizer| !stylizer.is_empty());
        let network = || {
            Stylizer::new(models, stylizer, style_image, params.style, control.cancel_token())
                .map(|it| Engine::Network(Box::new(it)))
        };
        let diffusion = || Diffusion::open(models, params).map(|it| Engine::Diffusion(Box::new(it)));
        let mut reason = None;
        let engine = match params.engine {
            StylizeEngine::Network => network()?,
            StylizeEngine::Auto if stylizer.is_some() || style_image.is_some() => network()?,
            engine if style_image.is_some() => {
                return Err(Error::parameter(format!(
                    "the engine {} takes no style picture: leave it out, or choose the engine network",
                    engine.name()
                )));
            }
            StylizeEngine::Diffusion => diffusion()?,
            StylizeEngine::Auto => match diffusion() {
                Err(error) if error.is_missing_model() && !names_a_part(params) => {
                    models.log().info("pipelines", || {
                        let why = error.chain();
                        let why = why.lines().next().unwrap_or_default();
                        format!("the picture is stylized by image processing, and not by diffusion: {why}")
                    });
                    if models.diffusion(None).is_ok() {
                        reason = Some(format!("the engine diffusion was not taken: {}", error.chain()));
                    }
                    Engine::Classic(None)
                }
                opened => opened?,
            },
            StylizeEngine::Classic => Engine::Classic(None),
        };
        let segmenter = match engine {
            Engine::Classic(_) => person_segmenter_if_any(models, params.segmenter.as_deref())?,
            _ => None,
        };
        Ok(Self { params, engine, segmenter, reason })
    }

    /// What gives the picture its style.
    pub fn engine(&self) -> StylizeEngine {
        match self.engine {
            Engine::Diffusion(_) => StylizeEngine::Diffusion,
            Engine::Network(_) => StylizeEngine::Network,
            Engine::Classic(_) => StylizeEngine::Classic,
        }
    }

    /// Whether a network was told the style.
    fn has_styles(&self) -> bool {
        matches!(&self.engine, Engine::Network(stylizer) if stylizer.has_styles())
    }

    /// The seed of the noise, where diffusion runs.
    pub fn seed(&self) -> Option<u32> {
        match &self.engine {
            Engine::Diffusion(diffusion) => Some(diffusion.seed()),
            Engine::Network(_) | Engine::Classic(_) => None,
        }
    }

    /// The scheduler that steps, where diffusion runs.
    pub fn scheduler(&self) -> Option<SchedulerKind> {
        match &self.engine {
            Engine::Diffusion(diffusion) => Some(diffusion.scheduler()),
            Engine::Network(_) | Engine::Classic(_) => None,
        }
    }

    /// The names of the models that take part, after those that find the faces.
    pub fn models(&self, finders: impl IntoIterator<Item = String>) -> Vec<String> {
        let own: Vec<String> = match &self.engine {
            Engine::Diffusion(diffusion) => diffusion.models().collect(),
            Engine::Network(stylizer) => stylizer.models(),
            Engine::Classic(_) => self.segmenter.iter().map(|model| model.name().to_owned()).collect(),
        };
        finders.into_iter().chain(own).collect()
    }

    /// What the caller should know of a picture in which some faces were chosen.
    pub fn notes(&self, faces: usize) -> Vec<String> {
        let mut notes: Vec<_> = self.reason.clone().into_iter().collect();
        let idle = idle(self.params, self.engine(), self.has_styles());
        if !idle.is_empty() {
            let names = idle.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let verb = if idle.len() == 1 { "has" } else { "have" };
            notes.push(format!("{names} {verb} no effect with the engine {}", self.engine().name()));
        }
        if faces == 0 {
            notes.push("no face was found: the picture was stylized as it is".to_owned());
        }
        notes
    }

    /// The metadata of a stylized picture: a thumbnail would still show the one before.
    pub fn metadata(&self, metadata: Metadata) -> Metadata {
        let mut metadata = metadata.without_thumbnail();
        let by_model = self.engine() != StylizeEngine::Classic && self.params.blend > 0.0;
        if self.params.provenance && by_model {
            let whole = self.params.area == StylizeArea::Picture && self.params.blend == 1.0;
            metadata.set_provenance(if whole { Provenance::Generated } else { Provenance::Composite });
        }
        metadata
    }

    /// Refuses a picture without a face, where one is needed.
    pub fn check_faces(&self, faces: &[Face]) -> Result<()> {
        let why = match (&self.engine, self.params.area) {
            (_, StylizeArea::Face) => "`area` is face",
            (Engine::Diffusion(diffusion), _) if diffusion.holds_faces() => {
                "InstantID holds diffusion to a face, unless `instant_id_strength` is 0"
            }
            _ => return Ok(()),
        };
        if faces.is_empty() {
            let message = format!(
                "the picture shows no face, and one is needed, since {why}: use one that does, or lower the \
                 detector's score threshold"
            );
            return Err(Error::new(ErrorKind::NoFace, message));
        }
        Ok(())
    }

    /// Whether the frames of an animation share something that has to be prepared.
    pub fn shares(&self) -> bool {
        matches!(self.engine, Engine::Classic(_))
    }

    /// Prepares what all frames of an animation share, from some of them and their faces.
    pub fn prepare(&mut self, frames: &[(Image, Vec<Face>)], control: &Control) -> Result<()> {
        let mut portraits = Vec::new();
        for (frame, faces) in frames {
            for place in self.places(faces).into_iter().take(MOST_SAMPLES) {
                portraits.push(self.portrait(self.piece(frame, faces, place)?, control)?);
            }
        }
        let mut units: Vec<_> = portraits.iter().map(Portrait::unit).collect();
        units.sort_by(f32::total_cmp);
        let unit = units.get(units.len() / 2).copied().unwrap_or(1.0);
        let portraits: Vec<_> = portraits.into_iter().map(|portrait| portrait.with_unit(unit)).collect();
        self.engine = Engine::Classic(Some(Shared { classic: self.classic(&portraits)?, unit }));
        Ok(())
    }

    /// A picture in the style, with its alpha.
    pub fn paint(&self, picture: Image, faces: &[Face], control: &Control) -> Result<Image> {
        let places = self.places(faces);
        let part = |i: usize| i as f32 / places.len() as f32;
        let palette = match (&self.engine, self.params.area) {
            (Engine::Classic(None), StylizeArea::Face) => {
                let sample =
                    |place: &Option<&Face>| self.portrait(self.piece(&picture, faces, *place)?, control);
                let samples = places.iter().take(MOST_SAMPLES).map(sample).collect::<Result<Vec<_>>>()?;
                Some(self.classic(&samples)?)
            }
            _ => None,
        };
        let mut result = picture.clone();
        for (i, place) in places.iter().enumerate() {
            let piece = self.piece(&picture, faces, *place)?;
            let square = piece.square();
            let painted = self.paint_piece(piece, palette.as_ref(), &control.part(part(i), part(i + 1)))?;
            result = put_back(result, square, painted, self.params.blend)?;
        }
        Ok(result)
    }

    fn paint_piece(&self, piece: Piece, palette: Option<&Classic>, control: &Control) -> Result<Image> {
        control.report("stylize", 0.0)?;
        match &self.engine {
            Engine::Diffusion(diffusion) => diffusion.paint(&piece.image, &piece.faces, control),
            Engine::Network(stylizer) => stylizer.paint(piece.image.view(), self.seen_size(&piece), control),
            Engine::Classic(Some(shared)) => {
                shared.classic.paint(&self.portrait(piece, control)?.with_unit(shared.unit))
            }
            Engine::Classic(None) => {
                let portrait = self.portrait(piece, control)?;
                match palette {
                    Some(classic) => classic.paint(&portrait),
                    None => self.classic(std::slice::from_ref(&portrait))?.paint(&portrait),
                }
            }
        }
    }

    /// The longer side of a piece as a network sees it, 0 for its own size: where it is not asked for, a network that was
    /// told the style sees the largest face as large as those that it learned on.
    fn seen_size(&self, piece: &Piece) -> u32 {
        if self.params.size > 0 || !self.has_styles() {
            return self.params.size;
        }
        let longest = piece.image.width().max(piece.image.height()) as f32;
        let face = piece.faces.iter().map(|face| face.rect.width).fold(0.0, f32::max);
        let scale = if face > 0.0 { LEARNED_FACE / face } else { SEEN_WITHOUT_FACE / longest };
        ((longest * scale).round() as u32).clamp(SMALLEST_SEEN, LARGEST_SEEN)
    }

    /// The places that are stylized one by one: around each face, or, without one, the whole picture.
    fn places<'f>(&self, faces: &'f [Face]) -> Vec<Option<&'f Face>> {
        match self.params.area {
            StylizeArea::Picture => vec![None],
            StylizeArea::Face => faces.iter().map(Some).collect(),
        }
    }

    fn piece(&self, picture: &Image, faces: &[Face], place: Option<&Face>) -> Result<Piece> {
        match place {
            Some(face) => Piece::around(picture, face, self.params.crop_factor),
            None => Piece::whole(picture, faces),
        }
    }

    fn portrait(&self, piece: Piece, control: &Control) -> Result<Portrait> {
        let subject = self
            .segmenter
            .as_ref()
            .map(|model| segment(model, piece.image.view(), &[], control))
            .transpose()?;
        Portrait::new(piece.image, piece.faces, subject)
    }

    fn classic(&self, samples: &[Portrait]) -> Result<Classic> {
        Classic::new(self.params.style, self.params.classic(), samples)
    }
}
