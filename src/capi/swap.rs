//! Swapping: its sources, its parameters and its results.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::capi::call::{facekit_call, run};
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::face::{face_at, facekit_face};
use crate::capi::growing;
use crate::capi::image::{facekit_bytes, facekit_image, facekit_pixels};
use crate::capi::pointer::{Out, borrow, borrow_mut, c_string, elements, free, handle, text_at};
use crate::capi::swap_params::facekit_swap_params;
use crate::error::{Error, Result};
use crate::picture::{FileFormat, ImageCow};
use crate::pipelines::{SwapSource, Swapped, SwappedFile};
use crate::request::Request;

/// The people to put in, each shown by one picture or several.
///
/// Threads: any number may read it, while none adds to it. Lifetime: it copies the pictures, and is independent of
/// them and of the engine.
#[derive(Default)]
pub struct facekit_swap_sources(pub(super) Vec<SwapSource<'static>>);

/// A picture with swapped faces.
///
/// Threads: any number may read it, while none takes its image. Lifetime: it is independent of the engine and the
/// inputs; what it hands out lives as long as it.
pub struct facekit_swapped {
    image: Option<Box<facekit_image>>,
    models: Vec<CString>,
    faces: Vec<facekit_face>,
    inference_time: f64,
}

/// A file with swapped faces: a picture or an animation.
///
/// Threads: any number may read it. Lifetime: it is independent of the engine and the inputs; what it hands out lives
/// as long as it.
pub struct facekit_swapped_file {
    bytes: Box<facekit_bytes>,
    format: FileFormat,
    frames: u32,
    swapped_frames: u32,
    searched_frames: u32,
    models: Vec<CString>,
    inference_time: f64,
}

impl From<Swapped> for facekit_swapped {
    fn from(swapped: Swapped) -> Self {
        Self {
            image: Some(Box::new(facekit_image(swapped.image))),
            models: swapped.models.iter().map(|model| c_string(model)).collect(),
            faces: swapped.faces.iter().map(facekit_face::from).collect(),
            inference_time: swapped.metrics.inference_time.as_secs_f64(),
        }
    }
}

impl From<SwappedFile> for facekit_swapped_file {
    fn from(swapped: SwappedFile) -> Self {
        Self {
            bytes: Box::new(facekit_bytes(swapped.bytes)),
            format: swapped.format,
            frames: swapped.frames,
            swapped_frames: swapped.swapped_frames,
            searched_frames: swapped.searched_frames,
            models: swapped.models.iter().map(|model| c_string(model)).collect(),
            inference_time: swapped.metrics.inference_time.as_secs_f64(),
        }
    }
}

/// A list without a source; free it with `facekit_swap_sources_free`.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_swap_sources_new() -> *mut facekit_swap_sources {
    handle(facekit_swap_sources::default())
}

/// Adds a person to put in, shown by `count` pictures, at least one.
///
/// `replaces` is a picture of the person to be replaced; NULL for everyone whom no other source replaces, which one
/// source may be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swap_sources_add(
    sources: *mut facekit_swap_sources,
    pictures: *const *const facekit_image,
    count: usize,
    replaces: *const facekit_image,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let sources = borrow_mut(sources, "sources")?;
            let pictures = elements(pictures, count, "pictures")?.iter();
            let pictures =
                pictures.map(|picture| Ok(borrow(*picture, "a picture of `pictures`")?.0.clone().into()));
            let pictures = pictures.collect::<Result<Vec<_>>>()?;
            if pictures.is_empty() {
                return Err(Error::parameter("`count` is 0, and a source has at least one picture"));
            }
            let replaces = replaces.as_ref().map(|image| image.0.clone().into());
            sources.0.push(SwapSource { pictures, replaces });
            Ok(())
        })
    }
}

/// Frees a list of sources.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swap_sources_free(sources: *mut facekit_swap_sources) {
    // SAFETY: the caller hands over NULL or a list that it owns.
    unsafe { free(sources) };
}

/// Puts the faces of the sources into a picture. NULL `params` are the default ones, and NULL `call` asks for nothing.
///
/// Every pixel outside the faces is that of the target. A source or a target without a face is an error:
/// FACEKIT_STATUS_NO_FACE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swap(
    engine: *const facekit_engine,
    sources: *const facekit_swap_sources,
    target: *const facekit_image,
    params: *const facekit_swap_params,
    call: *const facekit_call,
    out_swapped: *mut *mut facekit_swapped,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_swapped, "out_swapped")?;
            let (engine, sources) = (borrow(engine, "engine")?, borrow(sources, "sources")?);
            out.write(run::<Swapped, _>(
                engine,
                &swap_request(sources, &borrow(target, "target")?.0, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Puts the faces of the sources into a copy of the caller's pixels, which stay as they are; the rest as
/// `facekit_swap`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swap_pixels(
    engine: *const facekit_engine,
    sources: *const facekit_swap_sources,
    target: *const facekit_pixels,
    params: *const facekit_swap_params,
    call: *const facekit_call,
    out_swapped: *mut *mut facekit_swapped,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_swapped, "out_swapped")?;
            let (engine, sources) = (borrow(engine, "engine")?, borrow(sources, "sources")?);
            out.write(run::<Swapped, _>(
                engine,
                &swap_request(sources, borrow(target, "target")?.view("target")?, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Puts the faces of the sources into an encoded picture or animation of `len` bytes; the rest as `facekit_swap`.
///
/// The delays, the loop count and the frames without a face of an animation stay as they are; one in which no frame
/// shows a face is an error: FACEKIT_STATUS_NO_FACE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swap_file(
    engine: *const facekit_engine,
    sources: *const facekit_swap_sources,
    target: *const u8,
    len: usize,
    params: *const facekit_swap_params,
    call: *const facekit_call,
    out_swapped: *mut *mut facekit_swapped_file,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_swapped, "out_swapped")?;
            let (engine, sources) = (borrow(engine, "engine")?, borrow(sources, "sources")?);
            let request = swap_file_request(sources, elements(target, len, "target")?, params)?;
            out.write(run::<SwappedFile, _>(engine, &request, call)?);
            Ok(())
        })
    }
}

/// Borrows the picture, which lives as long as `swapped`; NULL for NULL, or when it was taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_image(swapped: *const facekit_swapped) -> *const facekit_image {
    // SAFETY: the caller gives NULL or a live result; so in every function below.
    let image = unsafe { swapped.as_ref() }.and_then(|swapped| swapped.image.as_deref());
    image.map_or(ptr::null(), ptr::from_ref)
}

/// Takes the picture out of the result: it is the caller's, and to be freed. NULL for NULL, or when it was taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_take_image(swapped: *mut facekit_swapped) -> *mut facekit_image {
    // SAFETY: as above.
    let image = unsafe { swapped.as_mut() }.and_then(|swapped| swapped.image.take());
    image.map_or(ptr::null_mut(), Box::into_raw)
}

/// How many models made the picture; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_model_count(swapped: *const facekit_swapped) -> usize {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(0, |swapped| swapped.models.len())
}

/// The name of a model that made the picture, from 0; NULL when there is none. `mesh` stands for the built-in engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_model(
    swapped: *const facekit_swapped,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    text_at(unsafe { swapped.as_ref() }.map(|swapped| &*swapped.models), index)
}

/// How many faces were replaced; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_face_count(swapped: *const facekit_swapped) -> usize {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(0, |swapped| swapped.faces.len())
}

/// The face that was replaced at `index`, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_face(
    swapped: *const facekit_swapped,
    index: usize,
) -> *const facekit_face {
    // SAFETY: as above.
    face_at(unsafe { swapped.as_ref() }.map(|swapped| &*swapped.faces), index)
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_inference_time(swapped: *const facekit_swapped) -> f64 {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(0.0, |swapped| swapped.inference_time)
}

/// Frees a swapped picture.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_free(swapped: *mut facekit_swapped) {
    // SAFETY: the caller hands over NULL or a result that it owns.
    unsafe { free(swapped) };
}

/// Borrows the bytes of the file, which live as long as `swapped`; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_bytes(
    swapped: *const facekit_swapped_file,
) -> *const facekit_bytes {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(ptr::null(), |swapped| ptr::from_ref(&*swapped.bytes))
}

/// The format of the file, a facekit_file_format; FACEKIT_FILE_FORMAT_JPEG for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_format(swapped: *const facekit_swapped_file) -> FileFormat {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(FileFormat::default(), |swapped| swapped.format)
}

/// How many frames the file has, 1 for a still picture; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_frame_count(swapped: *const facekit_swapped_file) -> u32 {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(0, |swapped| swapped.frames)
}

/// How many of the frames show a face that was replaced; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_swapped_frame_count(
    swapped: *const facekit_swapped_file,
) -> u32 {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(0, |swapped| swapped.swapped_frames)
}

/// How many of the frames were searched for faces, which were followed in the others; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_searched_frame_count(
    swapped: *const facekit_swapped_file,
) -> u32 {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(0, |swapped| swapped.searched_frames)
}

/// How many models made the file; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_model_count(swapped: *const facekit_swapped_file) -> usize {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(0, |swapped| swapped.models.len())
}

/// The name of a model that made the file, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_model(
    swapped: *const facekit_swapped_file,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    text_at(unsafe { swapped.as_ref() }.map(|swapped| &*swapped.models), index)
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_inference_time(swapped: *const facekit_swapped_file) -> f64 {
    // SAFETY: as above.
    unsafe { swapped.as_ref() }.map_or(0.0, |swapped| swapped.inference_time)
}

/// Frees a swapped file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swapped_file_free(swapped: *mut facekit_swapped_file) {
    // SAFETY: the caller hands over NULL or a result that it owns.
    unsafe { free(swapped) };
}

/// A swap, as C asks for it.
pub(super) unsafe fn swap_request<'a>(
    sources: &facekit_swap_sources,
    target: impl Into<ImageCow<'a>>,
    params: *const facekit_swap_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::Swap { sources: sources.0.clone(), target: target.into(), params })
}

/// A swap in a file, as C asks for it.
pub(super) unsafe fn swap_file_request<'a>(
    sources: &facekit_swap_sources,
    target: &'a [u8],
    params: *const facekit_swap_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::SwapFile { sources: sources.0.clone(), target: target.into(), params })
}
