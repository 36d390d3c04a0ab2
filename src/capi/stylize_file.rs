//! Stylization of a file: its result.

use std::ffi::c_char;
use std::ptr;

use crate::capi::call::{facekit_call, run};
use crate::capi::choice::facekit_stylize_engine;
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::growing;
use crate::capi::image::{facekit_bytes, facekit_image};
use crate::capi::pointer::{Out, borrow, elements, free, text_at};
use crate::capi::stylize::{Making, picture_if_any};
use crate::capi::stylize_params::facekit_stylize_params;
use crate::error::Result;
use crate::picture::FileFormat;
use crate::pipelines::StylizedFile;
use crate::request::Request;

/// A file in a style: a picture or an animation.
///
/// Threads: any number may read it. Lifetime: it is independent of the engine and the inputs; what it hands out lives
/// as long as it.
pub struct facekit_stylized_file {
    bytes: Box<facekit_bytes>,
    format: FileFormat,
    frames: u32,
    searched_frames: u32,
    faces: usize,
    making: Making,
}

impl From<StylizedFile> for facekit_stylized_file {
    fn from(stylized: StylizedFile) -> Self {
        let StylizedFile { engine, seed, scheduler, models, notes, metrics, .. } = &stylized;
        Self {
            making: Making::new(*engine, *seed, *scheduler, models, notes, metrics),
            format: stylized.format,
            frames: stylized.frames,
            searched_frames: stylized.searched_frames,
            faces: stylized.faces,
            bytes: Box::new(facekit_bytes(stylized.bytes)),
        }
    }
}

/// Gives an encoded picture or animation of `len` bytes one of six styles; the rest as `facekit_stylize`.
///
/// Every frame of an animation is stylized, with one palette for all; its size, delays and loop count stay. The format
/// is `file_type`, or the input's own; a BMP or TIFF becomes a PNG.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylize_file(
    engine: *const facekit_engine,
    file: *const u8,
    len: usize,
    style_image: *const facekit_image,
    params: *const facekit_stylize_params,
    call: *const facekit_call,
    out_stylized: *mut *mut facekit_stylized_file,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_stylized, "out_stylized")?;
            let engine = borrow(engine, "engine")?;
            let request = stylize_file_request(elements(file, len, "file")?, style_image, params)?;
            out.write(run::<StylizedFile, _>(engine, &request, call)?);
            Ok(())
        })
    }
}

/// Borrows the bytes of the file, which live as long as `stylized`; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_bytes(
    stylized: *const facekit_stylized_file,
) -> *const facekit_bytes {
    // SAFETY: the caller gives NULL or a live result; so in every function below.
    unsafe { stylized.as_ref() }.map_or(ptr::null(), |stylized| ptr::from_ref(&*stylized.bytes))
}

/// The format of the file, a facekit_file_format; FACEKIT_FILE_FORMAT_JPEG for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_format(stylized: *const facekit_stylized_file) -> FileFormat {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(FileFormat::default(), |stylized| stylized.format)
}

/// How many frames the file has, 1 for a still picture; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_frame_count(stylized: *const facekit_stylized_file) -> u32 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0, |stylized| stylized.frames)
}

/// How many of the frames were searched for faces, which were followed in the others; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_searched_frame_count(
    stylized: *const facekit_stylized_file,
) -> u32 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0, |stylized| stylized.searched_frames)
}

/// How many different faces were chosen; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_face_count(stylized: *const facekit_stylized_file) -> usize {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0, |stylized| stylized.faces)
}

/// What gave the file its style, a facekit_stylize_engine: never FACEKIT_STYLIZE_ENGINE_AUTO, but for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_engine(stylized: *const facekit_stylized_file) -> i32 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }
        .map_or(facekit_stylize_engine::Auto as i32, |stylized| stylized.making.engine)
}

/// The seed of the noise, asked for or drawn; -1 where no diffusion model ran, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_seed(stylized: *const facekit_stylized_file) -> i64 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(-1, |stylized| stylized.making.seed)
}

/// The scheduler that stepped, a facekit_scheduler; -1 where no diffusion model ran, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_scheduler(stylized: *const facekit_stylized_file) -> i32 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(-1, |stylized| stylized.making.scheduler)
}

/// How many models made the file; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_model_count(stylized: *const facekit_stylized_file) -> usize {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0, |stylized| stylized.making.models.len())
}

/// The name of a model that made the file, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_model(
    stylized: *const facekit_stylized_file,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    text_at(unsafe { stylized.as_ref() }.map(|stylized| &*stylized.making.models), index)
}

/// How many notes there are: what the caller should know, such as parameters without effect; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_note_count(stylized: *const facekit_stylized_file) -> usize {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0, |stylized| stylized.making.notes.len())
}

/// The note at `index`, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_note(
    stylized: *const facekit_stylized_file,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    text_at(unsafe { stylized.as_ref() }.map(|stylized| &*stylized.making.notes), index)
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_inference_time(stylized: *const facekit_stylized_file) -> f64 {
    // SAFETY: as above.
    unsafe { stylized.as_ref() }.map_or(0.0, |stylized| stylized.making.inference_time)
}

/// Frees a stylized file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylized_file_free(stylized: *mut facekit_stylized_file) {
    // SAFETY: the caller hands over NULL or a result that it owns.
    unsafe { free(stylized) };
}

/// A stylization of a file, as C asks for it.
pub(super) unsafe fn stylize_file_request<'a>(
    file: &'a [u8],
    style_image: *const facekit_image,
    params: *const facekit_stylize_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or a picture, and NULL or initialised structs.
    let (style_image, params) = unsafe { (picture_if_any(style_image), growing::read(params)?.to_rust()?) };
    Ok(Request::StylizeFile { file: file.into(), style_image, params })
}
