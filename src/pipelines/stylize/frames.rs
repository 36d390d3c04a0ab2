//! A style through all frames of an animation.

use crate::error::Result;
use crate::face::Face;
use crate::geometry::{Filter, resize};
use crate::limits::Limits;
use crate::models::{Models, Role};
use crate::params::{DetectParams, Select, StylizeParams};
use crate::picture::{AnimationOptions, AnimationReader, FileFormat, Frame, Image, ImageRef, frame_count};
use crate::pipelines::animate::{Editor, Follower, Wanted, edit_frames};
use crate::pipelines::detect::detect;
use crate::pipelines::metrics::Clock;
use crate::pipelines::stylize::stylist::Stylist;
use crate::pipelines::stylize::{Finders, StylizedFile};
use crate::progress::Control;

/// The most frames, and the most pixels of them together, that a palette for all frames is chosen from.
const MOST_SAMPLES: u32 = 8;
const MOST_SAMPLED: u64 = 1 << 25;

/// Stylizes every frame.
pub(super) fn stylize_frames(
    models: &Models,
    file: &[u8],
    style_image: Option<ImageRef<'_>>,
    format: FileFormat,
    params: &StylizeParams,
    limits: &Limits,
    control: &Control,
) -> Result<StylizedFile> {
    let mut clock = Clock::start();
    let opened = control.part(0.0, 0.05);
    let mut stylist = clock.time("load", || Stylist::open(models, style_image, params, &opened))?;
    let finders = clock.time("load", || Finders::open(models, params))?;
    let silent = Control::new().cancel_with(control.cancel_token().clone());
    if stylist.shares() {
        clock.time("sample", || {
            stylist.prepare(&samples(models, file, &finders.search, limits, &silent)?, &silent)
        })?;
    }
    // Who is who matters only where some of the people are meant.
    let recognizer = match params.detect.select {
        Select::Many => None,
        _ => models.get_if_any(Role::Recognizer, params.detect.recognizer.as_deref())?,
    };
    let mut follower = Follower::new(
        models,
        &params.detect,
        limits,
        finders.landmarker.clone(),
        recognizer,
        params.detect_every,
    );
    let mut wanted = Wanted::new(models, &params.detect, limits, control)?;
    let editor = FrameStyle { stylist: &stylist, format };
    let follow = |frame: &Frame, control: &Control| {
        let faces = follower.next(frame.image.view(), control)?;
        wanted.cast(faces, |_| Ok(Some(())))
    };
    let film = edit_frames(file, &editor, follow, limits, &mut clock, &control.part(0.05, 1.0))?;
    let mut notes = stylist.notes(wanted.changed());
    if film.edited < film.frames {
        let left = film.frames - film.edited;
        notes.push(format!(
            "{left} of {} frames show no face that is meant, and stay as they are",
            film.frames
        ));
    }
    if film.edited == 0 {
        return Err(wanted.nobody(film.frames));
    }
    Ok(StylizedFile {
        bytes: film.bytes,
        format,
        width: film.width,
        height: film.height,
        frames: film.frames,
        searched_frames: follower.searches(),
        faces: wanted.changed(),
        style: params.style,
        engine: stylist.engine(),
        seed: stylist.seed(),
        scheduler: stylist.scheduler(),
        models: stylist.models(finders.names()),
        notes,
        metrics: clock.stop(),
    })
}

/// Frames from all over an animation, with their faces.
fn samples(
    models: &Models,
    file: &[u8],
    search: &DetectParams,
    limits: &Limits,
    control: &Control,
) -> Result<Vec<(Image, Vec<Face>)>> {
    let reader = AnimationReader::new(file, limits)?;
    let pixels = u64::from(reader.width()) * u64::from(reader.height());
    let most = (MOST_SAMPLED / pixels.max(1)).clamp(1, MOST_SAMPLES.into()) as usize;
    let step = (frame_count(file) as usize).div_ceil(most).max(1);
    let mut samples = Vec::new();
    for (i, frame) in reader.enumerate() {
        control.cancel_token().check()?;
        let frame = frame?;
        if samples.len() == most {
            break;
        }
        if i % step == 0 {
            let all = DetectParams { select: Select::Many, ..search.clone() };
            let found = detect(models, frame.image.view(), &all, limits, control)?;
            samples.push((frame.image, found.faces));
        }
    }
    Ok(samples)
}

/// The style of one frame.
struct FrameStyle<'a> {
    stylist: &'a Stylist<'a>,
    format: FileFormat,
}

impl Editor for FrameStyle<'_> {
    type Change = ();

    fn smooths(&self) -> bool {
        self.stylist.params.smoothing
    }

    fn options(&self, reader: &AnimationReader<'_>) -> AnimationOptions {
        let mut options = AnimationOptions::like(reader, self.format);
        options.quality = self.stylist.params.image_quality as u8;
        options.metadata = self.stylist.metadata(options.metadata);
        options
    }

    fn edit(&self, frame: &Image, faces: &[(Face, ())], control: &Control) -> Result<Option<Image>> {
        let faces: Vec<_> = faces.iter().map(|(face, ())| face.clone()).collect();
        if self.stylist.check_faces(&faces).is_err() {
            return Ok(None);
        }
        let painted = self.stylist.paint(frame.clone(), &faces, control)?;
        if (painted.width(), painted.height()) == (frame.width(), frame.height()) {
            return Ok(Some(painted));
        }
        resize(painted.view(), frame.width(), frame.height(), Filter::Lanczos3).map(Some)
    }
}
