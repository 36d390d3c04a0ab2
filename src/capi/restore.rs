//! Restoration: its parameters and its result.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::capi::call::{facekit_call, run};
use crate::capi::detect::facekit_detect_params;
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::face::{face_at, facekit_face};
use crate::capi::growing::{self, Growing};
use crate::capi::image::{facekit_image, facekit_pixels};
use crate::capi::pointer::{Out, borrow, c_string, free, optional_text, text_at};
use crate::error::Result;
use crate::params::RestoreParams;
use crate::picture::ImageCow;
use crate::pipelines::Restored;
use crate::request::Request;

/// The parameters of restoration.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_restore_params {
    /// The size of this struct: `facekit_restore_params_init` sets it.
    pub struct_size: usize,
    /// The restorer, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
    pub restorer: *const c_char,
    /// How true to the input a restorer with a weight stays, 0 to 1: 0 for the cleanest face, 1 for the most
    /// faithful. Default: 0.5.
    pub fidelity_weight: f32,
    /// How much of the restored face shows, 0 to 1: 0 for the input, 1 for the restorer's output. Default: 1.
    pub blend: f32,
    /// How many times larger the picture becomes, 1 to 4. Default: 1.
    pub upscale: u32,
    /// How often each face is restored, 1 to 2; 2 for badly damaged faces: first the outline, then the detail.
    /// Default: 1.
    pub passes: u32,
    /// Whether an upscaler model enlarges what is not face; otherwise it is resampled. Default: false.
    pub upscale_background: bool,
    /// The upscaler, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
    pub upscaler: *const c_char,
    /// How soft the edge of the pasted face is, as a part of its half width, 0 to 1. Default: 0.3.
    pub mask_blur: f32,
    /// How much of the crop's top, right, bottom and left is left out of the paste, in percent, 0 to 100.
    /// Default: {0, 0, 0, 0}.
    pub mask_padding: [f32; 4],
    /// Whether the picture says, in its XMP packet, that a trained model changed it. Default: true.
    pub provenance: bool,
    /// Which faces are restored; NULL for the defaults. Default: NULL.
    pub detect: *const facekit_detect_params,
}

/// A restored picture.
///
/// Threads: any number may read it, while none takes its image. Lifetime: it is independent of the engine and the
/// input; what it hands out lives as long as it.
pub struct facekit_restored {
    image: Option<Box<facekit_image>>,
    models: Vec<CString>,
    faces: Vec<facekit_face>,
    inference_time: f64,
}

// SAFETY: `repr(C)`, with its size first, and what C stores in it is valid.
unsafe impl Growing for facekit_restore_params {
    const NAME: &'static str = "facekit_restore_params";

    fn defaults() -> Self {
        // What is optional has no value in C that is not "not given": NULL.
        let RestoreParams {
            restorer: _,
            fidelity_weight,
            blend,
            upscale,
            passes,
            upscale_background,
            upscaler: _,
            mask_blur,
            mask_padding,
            provenance,
            detect: _,
        } = RestoreParams::default();
        Self {
            struct_size: size_of::<Self>(),
            restorer: ptr::null(),
            fidelity_weight,
            blend,
            upscale,
            passes,
            upscale_background,
            upscaler: ptr::null(),
            mask_blur,
            mask_padding,
            provenance,
            detect: ptr::null(),
        }
    }
}

impl facekit_restore_params {
    unsafe fn to_rust(self) -> Result<RestoreParams> {
        // SAFETY: the caller gives NULL or texts, and NULL or an initialised struct.
        unsafe {
            Ok(RestoreParams {
                restorer: optional_text(self.restorer, "restorer")?,
                fidelity_weight: self.fidelity_weight,
                blend: self.blend,
                upscale: self.upscale,
                passes: self.passes,
                upscale_background: self.upscale_background,
                upscaler: optional_text(self.upscaler, "upscaler")?,
                mask_blur: self.mask_blur,
                mask_padding: self.mask_padding,
                provenance: self.provenance,
                detect: growing::read(self.detect)?.to_rust().map_err(|error| error.context("detect"))?,
            })
        }
    }
}

impl From<Restored> for facekit_restored {
    fn from(restored: Restored) -> Self {
        Self {
            image: Some(Box::new(facekit_image(restored.image))),
            models: restored.models.iter().map(|model| c_string(model)).collect(),
            faces: restored.faces.iter().map(facekit_face::from).collect(),
            inference_time: restored.metrics.inference_time.as_secs_f64(),
        }
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restore_params_init(
    out_params: *mut facekit_restore_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Restores the faces of a picture. NULL `params` are the default ones, and NULL `call` asks for nothing.
///
/// Every pixel outside the faces is that of the input, unless the picture is enlarged. A picture without a face is
/// no error, except when one face is selected by its index or by a reference: FACEKIT_STATUS_NO_FACE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restore(
    engine: *const facekit_engine,
    image: *const facekit_image,
    params: *const facekit_restore_params,
    call: *const facekit_call,
    out_restored: *mut *mut facekit_restored,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_restored, "out_restored")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Restored, _>(
                engine,
                &restore_request(&borrow(image, "image")?.0, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Restores the faces in pixels of the caller, which stay as they are; the rest as `facekit_restore`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restore_pixels(
    engine: *const facekit_engine,
    pixels: *const facekit_pixels,
    params: *const facekit_restore_params,
    call: *const facekit_call,
    out_restored: *mut *mut facekit_restored,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_restored, "out_restored")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Restored, _>(
                engine,
                &restore_request(borrow(pixels, "pixels")?.view("pixels")?, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Borrows the picture, which lives as long as `restored`; NULL for NULL, or when it was taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restored_image(restored: *const facekit_restored) -> *const facekit_image {
    // SAFETY: the caller gives NULL or a live result; so in every function below.
    let image = unsafe { restored.as_ref() }.and_then(|restored| restored.image.as_deref());
    image.map_or(ptr::null(), ptr::from_ref)
}

/// Takes the picture out of the result: it is the caller's, and to be freed. NULL for NULL, or when it was taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restored_take_image(restored: *mut facekit_restored) -> *mut facekit_image {
    // SAFETY: as above.
    let image = unsafe { restored.as_mut() }.and_then(|restored| restored.image.take());
    image.map_or(ptr::null_mut(), Box::into_raw)
}

/// How many models made the picture; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restored_model_count(restored: *const facekit_restored) -> usize {
    // SAFETY: as above.
    unsafe { restored.as_ref() }.map_or(0, |restored| restored.models.len())
}

/// The name of a model that made the picture, from 0: detector, restorer, and upscaler if one was used; NULL when
/// there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restored_model(
    restored: *const facekit_restored,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    text_at(unsafe { restored.as_ref() }.map(|restored| &*restored.models), index)
}

/// How many faces were restored; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restored_face_count(restored: *const facekit_restored) -> usize {
    // SAFETY: as above.
    unsafe { restored.as_ref() }.map_or(0, |restored| restored.faces.len())
}

/// The restored face at `index`, from 0, in pixels of the input; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restored_face(
    restored: *const facekit_restored,
    index: usize,
) -> *const facekit_face {
    // SAFETY: as above.
    face_at(unsafe { restored.as_ref() }.map(|restored| &*restored.faces), index)
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restored_inference_time(restored: *const facekit_restored) -> f64 {
    // SAFETY: as above.
    unsafe { restored.as_ref() }.map_or(0.0, |restored| restored.inference_time)
}

/// Frees a restored picture.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_restored_free(restored: *mut facekit_restored) {
    // SAFETY: the caller hands over NULL or a result that it owns.
    unsafe { free(restored) };
}

/// A restoration, as C asks for it.
pub(super) unsafe fn restore_request<'a>(
    image: impl Into<ImageCow<'a>>,
    params: *const facekit_restore_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::Restore { image: image.into(), params })
}
