//! Detail and refinement: their result.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::capi::call::{facekit_call, run};
use crate::capi::choice::{facekit_detail_engine, number};
use crate::capi::detail_params::{facekit_detail_params, facekit_refine_params};
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::face::{face_at, facekit_face};
use crate::capi::growing;
use crate::capi::image::{facekit_bytes, facekit_image, facekit_pixels};
use crate::capi::pointer::{Out, borrow, c_string, free, handle, text_at};
use crate::diffusion::SchedulerKind;
use crate::error::{Error, Result};
use crate::picture::ImageCow;
use crate::pipelines::{DetailEngine, Detailed, FileForm};
use crate::request::Request;

/// Pictures whose faces were given detail.
///
/// Threads: any number may read it. Lifetime: it is independent of the engine and the input; what it hands out lives
/// as long as it.
pub struct facekit_detailed {
    images: Vec<facekit_image>,
    form: FileForm,
    engine: i32,
    scheduler: i32,
    seeds: Vec<u32>,
    models: Vec<CString>,
    faces: Vec<facekit_face>,
    inference_time: f64,
}

impl From<Detailed> for facekit_detailed {
    fn from(detailed: Detailed) -> Self {
        Self {
            images: detailed.images.into_iter().map(facekit_image).collect(),
            form: detailed.form,
            engine: number(DetailEngine::ALL, &detailed.engine),
            scheduler: detailed.scheduler.map_or(-1, |scheduler| number(SchedulerKind::ALL, &scheduler)),
            seeds: detailed.seeds,
            models: detailed.models.iter().map(|model| c_string(model)).collect(),
            faces: detailed.faces.iter().map(facekit_face::from).collect(),
            inference_time: detailed.metrics.inference_time.as_secs_f64(),
        }
    }
}

/// Repaints the faces of a picture with a diffusion model, in more detail than they have. NULL `params` are the
/// default ones, and NULL `call` asks for nothing.
///
/// Every pixel outside the faces is that of the input, unless the picture is enlarged. A picture without a face is
/// no error, except when one face is selected by its index or by a reference: FACEKIT_STATUS_NO_FACE. Without a
/// diffusion model FACEKIT_STATUS_MODEL_NOT_FOUND, unless `fallback` allows a restorer to stand in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detail(
    engine: *const facekit_engine,
    image: *const facekit_image,
    params: *const facekit_detail_params,
    call: *const facekit_call,
    out_detailed: *mut *mut facekit_detailed,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_detailed, "out_detailed")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Detailed, _>(
                engine,
                &detail_request(&borrow(image, "image")?.0, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Repaints the faces in pixels of the caller, which stay as they are; the rest as `facekit_detail`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detail_pixels(
    engine: *const facekit_engine,
    pixels: *const facekit_pixels,
    params: *const facekit_detail_params,
    call: *const facekit_call,
    out_detailed: *mut *mut facekit_detailed,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_detailed, "out_detailed")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Detailed, _>(
                engine,
                &detail_request(borrow(pixels, "pixels")?.view("pixels")?, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Refines the faces of a picture with a diffusion model, from very subtly to extremely; the rest as
/// `facekit_detail`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_refine(
    engine: *const facekit_engine,
    image: *const facekit_image,
    params: *const facekit_refine_params,
    call: *const facekit_call,
    out_detailed: *mut *mut facekit_detailed,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_detailed, "out_detailed")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Detailed, _>(
                engine,
                &refine_request(&borrow(image, "image")?.0, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Refines the faces in pixels of the caller, which stay as they are; the rest as `facekit_refine`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_refine_pixels(
    engine: *const facekit_engine,
    pixels: *const facekit_pixels,
    params: *const facekit_refine_params,
    call: *const facekit_call,
    out_detailed: *mut *mut facekit_detailed,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_detailed, "out_detailed")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Detailed, _>(
                engine,
                &refine_request(borrow(pixels, "pixels")?.view("pixels")?, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// How many pictures were made: one for each sample, or one alone by a restorer; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_image_count(detailed: *const facekit_detailed) -> usize {
    // SAFETY: the caller gives NULL or a live result; so in every function below.
    unsafe { detailed.as_ref() }.map_or(0, |detailed| detailed.images.len())
}

/// Borrows the picture at `index`, from 0, which lives as long as `detailed`; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_image(
    detailed: *const facekit_detailed,
    index: usize,
) -> *const facekit_image {
    // SAFETY: as above.
    let image = unsafe { detailed.as_ref() }.and_then(|detailed| detailed.images.get(index));
    image.map_or(ptr::null(), ptr::from_ref)
}

/// Encodes the picture at `index`, from 0, as the parameters ask: in their format and quality, and in base64 where
/// they want that. The bytes are the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_file(
    detailed: *const facekit_detailed,
    index: usize,
    out_bytes: *mut *mut facekit_bytes,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_bytes, "out_bytes")?;
            let detailed = borrow(detailed, "detailed")?;
            let image = detailed.images.get(index).ok_or_else(|| {
                Error::parameter(format!(
                    "`index` is {index}, and there are {} pictures",
                    detailed.images.len()
                ))
            })?;
            out.write(handle(facekit_bytes(detailed.form.write(&image.0)?)));
            Ok(())
        })
    }
}

/// What repainted the faces, a facekit_detail_engine; FACEKIT_DETAIL_ENGINE_DIFFUSION for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_engine(detailed: *const facekit_detailed) -> i32 {
    // SAFETY: as above.
    unsafe { detailed.as_ref() }.map_or(facekit_detail_engine::Diffusion as i32, |detailed| detailed.engine)
}

/// The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model repainted the faces, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_scheduler(detailed: *const facekit_detailed) -> i32 {
    // SAFETY: as above.
    unsafe { detailed.as_ref() }.map_or(-1, |detailed| detailed.scheduler)
}

/// The seed of the picture at `index`, from 0; 0 where no seed was used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_seed(detailed: *const facekit_detailed, index: usize) -> u32 {
    // SAFETY: as above.
    let seed = unsafe { detailed.as_ref() }.and_then(|detailed| detailed.seeds.get(index));
    seed.copied().unwrap_or(0)
}

/// How many models made the pictures; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_model_count(detailed: *const facekit_detailed) -> usize {
    // SAFETY: as above.
    unsafe { detailed.as_ref() }.map_or(0, |detailed| detailed.models.len())
}

/// The name of a model that made the pictures, from 0: detector, then those that painted; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_model(
    detailed: *const facekit_detailed,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    text_at(unsafe { detailed.as_ref() }.map(|detailed| &*detailed.models), index)
}

/// How many faces were repainted; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_face_count(detailed: *const facekit_detailed) -> usize {
    // SAFETY: as above.
    unsafe { detailed.as_ref() }.map_or(0, |detailed| detailed.faces.len())
}

/// The repainted face at `index`, from 0, in pixels of the input; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_face(
    detailed: *const facekit_detailed,
    index: usize,
) -> *const facekit_face {
    // SAFETY: as above.
    face_at(unsafe { detailed.as_ref() }.map(|detailed| &*detailed.faces), index)
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_inference_time(detailed: *const facekit_detailed) -> f64 {
    // SAFETY: as above.
    unsafe { detailed.as_ref() }.map_or(0.0, |detailed| detailed.inference_time)
}

/// Frees a result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detailed_free(detailed: *mut facekit_detailed) {
    // SAFETY: the caller hands over NULL or a result that it owns.
    unsafe { free(detailed) };
}

/// A repainting, as C asks for it.
pub(super) unsafe fn detail_request<'a>(
    image: impl Into<ImageCow<'a>>,
    params: *const facekit_detail_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::Detail { image: image.into(), params })
}

/// A refinement, as C asks for it.
pub(super) unsafe fn refine_request<'a>(
    image: impl Into<ImageCow<'a>>,
    params: *const facekit_refine_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::Refine { image: image.into(), params })
}
