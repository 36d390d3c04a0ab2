//! Stylization: its result.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::capi::call::{facekit_call, run};
use crate::capi::choice::{facekit_stylize_engine, number};
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::face::{face_at, facekit_face};
use crate::capi::growing;
use crate::capi::image::{facekit_image, facekit_pixels};
use crate::capi::pointer::{Out, borrow, c_string, free, text_at};
use crate::capi::stylize_params::facekit_stylize_params;
use crate::diffusion::SchedulerKind;
use crate::error::Result;
use crate::params::StylizeEngine;
use crate::picture::ImageCow;
use crate::pipelines::{Metrics, Stylized};
use crate::request::Request;

/// A picture in a style.
///
/// Threads: any number may read it, while none takes its image. Lifetime: it is independent of the engine and the
/// inputs; what it hands out lives as long as it.
pub struct facekit_stylized {
    image: Option<Box<facekit_image>>,
    faces: Vec<facekit_face>,
    making: Making,
}

/// How something was stylized, as C has it: -1 for none.
pub(super) struct Making {
    pub engine: i32,
    pub seed: i64,
    pub scheduler: i32,
    pub models: Vec<CString>,
    pub notes: Vec<CString>,
    pub inference_time: f64,
}

impl Making {
    pub fn new(
        engine: StylizeEngine,
        seed: Option<u32>,
        scheduler: Option<SchedulerKind>,
        models: &[String],
        notes: &[String],
        metrics: &Metrics,
    ) -> Self {
        let texts = |texts: &[String]| texts.iter().map(|text| c_string(text)).collect();
        Self {
            engine: number(StylizeEngine::ALL, &engine),
            seed: seed.map_or(-1, i64::from),
            scheduler: scheduler.map_or(-1, |scheduler| number(SchedulerKind::ALL, &scheduler)),
            models: texts(models),
            notes: texts(notes),
            inference_time: metrics.inference_time.as_secs_f64(),
        }
    }
}

impl From<Stylized> for facekit_stylized {
    fn from(stylized: Stylized) -> Self {
        let Stylized { engine, seed, scheduler, models, notes, metrics, .. } = &stylized;
        Self {
            faces: stylized.faces.iter().map(facekit_face::from).collect(),
            making: Making::new(*engine, *seed, *scheduler, models, notes, metrics),
            image: Some(Box::new(facekit_image(stylized.image))),
        }
    }
}

/// Gives a picture one of six styles. NULL `params` are the default ones, and NULL `call` asks for nothing.
///
/// `style_image` is the picture whose style a network of two inputs takes over, and otherwise NULL. The result is as
/// large as the input, but for a whole picture that diffusion made, which has the size that the model worked at; alpha
/// stays. With FACEKIT_STYLIZE_AREA_FACE every pixel outside the squares of the faces is that of the input. A picture
/// without a face is FACEKIT_STATUS_NO_FACE with that area or with diffusion, and no error otherwise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylize(
    engine: *const facekit_engine,
    image: *const facekit_image,
    style_image: *const facekit_image,
    params: *const facekit_stylize_params,
    call: *const facekit_call,
    out_stylized: *mut *mut facekit_stylized,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_stylized, "out_stylized")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Stylized, _>(
                engine,
                &stylize_request(&borrow(image, "image")?.0, style_image, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Stylizes a copy of the caller's pixels, which stay as they are; the rest as `facekit_stylize`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylize_pixels(
    engine: *const facekit_engine,
    pixels: *const facekit_pixels,
    style_image: *const facekit_image,
    params: *const facekit_stylize_params,
    call: *const facekit_call,
    out_stylized: *mut *mut facekit_stylized,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_stylized, "out_stylized")?;
            let engine = borrow(engine, "engine")?;
            let pixels = borrow(pixels, "pixels")?.view("pixels")?;
            out.write(run::<Stylized, _>(engine, &stylize_request(pixels, style_image, params)?, call)?);
            Ok(())
        })
    }
}

/// Borrows the picture, which lives as long as `stylized`; NULL for NULL, or when it was taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_image(stylized: *const facekit_stylized) -> *const facekit_image {
    // SAFETY: the caller gives NULL or a live result; so in every function below.
    let image = unsafe { stylized.as_ref() }.and_then(|stylized| stylized.image.as_deref());
    image.map_or(ptr::null(), ptr::from_ref)
}

/// Takes the picture out of the result: it is the caller's, and to be freed. NULL for NULL, or when it was taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_take_image(stylized: *mut facekit_stylized) -> *mut facekit_image {
    // SAFETY: as above.
    let image = unsafe { stylized.as_mut() }.and_then(|stylized| stylized.image.take());
    image.map_or(ptr::null_mut(), Box::into_raw)
}

/// What gave the picture its style, a facekit_stylize_engine: never FACEKIT_STYLIZE_ENGINE_AUTO, but for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_engine(stylized: *const facekit_stylized) -> i32 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }
        .map_or(facekit_stylize_engine::Auto as i32, |stylized| stylized.making.engine)
}

/// The seed of the noise, asked for or drawn; -1 where no diffusion model ran, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_seed(stylized: *const facekit_stylized) -> i64 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(-1, |stylized| stylized.making.seed)
}

/// The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model ran, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_scheduler(stylized: *const facekit_stylized) -> i32 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(-1, |stylized| stylized.making.scheduler)
}

/// How many models made the picture; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_model_count(stylized: *const facekit_stylized) -> usize {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0, |stylized| stylized.making.models.len())
}

/// The name of a model that made the picture, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_model(
    stylized: *const facekit_stylized,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    text_at(unsafe { stylized.as_ref() }.map(|stylized| &*stylized.making.models), index)
}

/// How many notes there are: what the caller should know, such as parameters without effect; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_note_count(stylized: *const facekit_stylized) -> usize {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0, |stylized| stylized.making.notes.len())
}

/// The note at `index`, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_note(
    stylized: *const facekit_stylized,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    text_at(unsafe { stylized.as_ref() }.map(|stylized| &*stylized.making.notes), index)
}

/// How many faces were chosen; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_face_count(stylized: *const facekit_stylized) -> usize {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0, |stylized| stylized.faces.len())
}

/// The face at `index`, from 0, in pixels of the input; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_face(
    stylized: *const facekit_stylized,
    index: usize,
) -> *const facekit_face {
    // SAFETY: as above.
    face_at(unsafe { stylized.as_ref() }.map(|stylized| &*stylized.faces), index)
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_inference_time(stylized: *const facekit_stylized) -> f64 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0.0, |stylized| stylized.making.inference_time)
}

/// Frees a stylized picture.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_free(stylized: *mut facekit_stylized) {
    // SAFETY: the caller hands over NULL or a result that it owns.
    unsafe { free(stylized) };
}

/// A picture that may be left out.
pub(super) unsafe fn picture_if_any<'a>(image: *const facekit_image) -> Option<ImageCow<'a>> {
    // SAFETY: the caller of C gives NULL or a picture that lives until the call returns.
    unsafe { image.as_ref() }.map(|image| (&image.0).into())
}

/// A stylization, as C asks for it.
pub(super) unsafe fn stylize_request<'a>(
    image: impl Into<ImageCow<'a>>,
    style_image: *const facekit_image,
    params: *const facekit_stylize_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or a picture, and NULL or initialised structs.
    let (style_image, params) = unsafe { (picture_if_any(style_image), growing::read(params)?.to_rust()?) };
    Ok(Request::Stylize { image: image.into(), style_image, params })
}
