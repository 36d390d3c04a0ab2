//! Embedding and comparison: their parameters and their results.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::capi::call::{facekit_call, run};
use crate::capi::detect::facekit_detect_params;
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::face::{face_at, facekit_face};
use crate::capi::growing::{self, Growing};
use crate::capi::image::facekit_image;
use crate::capi::pointer::{Out, borrow, c_string, free, optional_text};
use crate::error::Result;
use crate::face::Embedding;
use crate::params::EmbedParams;
use crate::picture::{Image, ImageCow};
use crate::pipelines::{Comparison, Embedded};
use crate::request::Request;

/// The parameters of embedding and of comparison.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_embed_params {
    /// The size of this struct: `facekit_embed_params_init` sets it.
    pub struct_size: usize,
    /// The recognizer, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
    pub recognizer: *const c_char,
    /// Which faces are embedded; NULL for the default ones. Default: NULL.
    pub detect: *const facekit_detect_params,
}

/// The faces of a picture, each with a vector that points the same way for every picture of one person.
///
/// Threads: any number may read it. Lifetime: it is independent of the engine and the picture; what it hands out
/// lives as long as it.
pub struct facekit_embedded {
    recognizer: CString,
    faces: Vec<facekit_face>,
    embeddings: Vec<Embedding>,
    inference_time: f64,
}

/// Whether two pictures show one person.
///
/// Threads: any number may read it. Lifetime: it is independent of the engine and the pictures; what it hands out
/// lives as long as it.
pub struct facekit_comparison {
    recognizer: CString,
    faces: [facekit_face; 2],
    comparison: Comparison,
}

// SAFETY: `repr(C)`, with its size first, and any bytes make pointers.
unsafe impl Growing for facekit_embed_params {
    const NAME: &'static str = "facekit_embed_params";

    fn defaults() -> Self {
        let EmbedParams { recognizer: _, detect: _ } = EmbedParams::default();
        Self { struct_size: size_of::<Self>(), recognizer: ptr::null(), detect: ptr::null() }
    }
}

impl facekit_embed_params {
    unsafe fn to_rust(self) -> Result<EmbedParams> {
        // SAFETY: the caller gives NULL or a text, and NULL or an initialised struct.
        unsafe {
            Ok(EmbedParams {
                recognizer: optional_text(self.recognizer, "recognizer")?,
                detect: growing::read(self.detect)?.to_rust().map_err(|error| error.context("detect"))?,
            })
        }
    }
}

impl From<Embedded> for facekit_embedded {
    fn from(embedded: Embedded) -> Self {
        Self {
            recognizer: c_string(&embedded.recognizer),
            faces: embedded.faces.iter().map(|embedded| facekit_face::from(&embedded.face)).collect(),
            embeddings: embedded.faces.into_iter().map(|embedded| embedded.embedding).collect(),
            inference_time: embedded.metrics.inference_time.as_secs_f64(),
        }
    }
}

impl From<Comparison> for facekit_comparison {
    fn from(comparison: Comparison) -> Self {
        Self {
            recognizer: c_string(&comparison.recognizer),
            faces: [0, 1].map(|i| facekit_face::from(&comparison.faces[i])),
            comparison,
        }
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embed_params_init(
    out_params: *mut facekit_embed_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Embeds the faces of a picture. NULL `params` are the default ones, and NULL `call` asks for nothing.
///
/// A picture without a face is no error, except as for `facekit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embed(
    engine: *const facekit_engine,
    image: *const facekit_image,
    params: *const facekit_embed_params,
    call: *const facekit_call,
    out_embedded: *mut *mut facekit_embedded,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_embedded, "out_embedded")?;
            let engine = borrow(engine, "engine")?;
            let request = embed_request(&borrow(image, "image")?.0, params)?;
            out.write(run::<Embedded, _>(engine, &request, call)?);
            Ok(())
        })
    }
}

/// The name of the recognizer; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embedded_recognizer(embedded: *const facekit_embedded) -> *const c_char {
    // SAFETY: the caller gives NULL or a live handle; so in every function below.
    unsafe { embedded.as_ref() }.map_or(ptr::null(), |embedded| embedded.recognizer.as_ptr())
}

/// How many faces were found, kept and embedded; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embedded_face_count(embedded: *const facekit_embedded) -> usize {
    // SAFETY: as above.
    unsafe { embedded.as_ref() }.map_or(0, |embedded| embedded.faces.len())
}

/// The face at `index`, from 0, in the order that was asked for; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embedded_face(
    embedded: *const facekit_embedded,
    index: usize,
) -> *const facekit_face {
    // SAFETY: as above.
    face_at(unsafe { embedded.as_ref() }.map(|embedded| &*embedded.faces), index)
}

/// How many numbers the embedding of the face at `index` has; 0 when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embedded_length(embedded: *const facekit_embedded, index: usize) -> usize {
    // SAFETY: as above.
    unsafe { embedding_at(embedded, index) }.map_or(0, |embedding| embedding.raw().len())
}

/// What the recognizer put out for the face at `index`: `facekit_embedded_length` numbers; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embedded_raw(embedded: *const facekit_embedded, index: usize) -> *const f32 {
    // SAFETY: as above.
    unsafe { embedding_at(embedded, index) }.map_or(ptr::null(), |embedding| embedding.raw().as_ptr())
}

/// The same direction with a length of 1; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embedded_unit(
    embedded: *const facekit_embedded,
    index: usize,
) -> *const f32 {
    // SAFETY: as above.
    unsafe { embedding_at(embedded, index) }.map_or(ptr::null(), |embedding| embedding.unit().as_ptr())
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embedded_inference_time(embedded: *const facekit_embedded) -> f64 {
    // SAFETY: as above.
    unsafe { embedded.as_ref() }.map_or(0.0, |embedded| embedded.inference_time)
}

/// Frees embedded faces.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_embedded_free(embedded: *mut facekit_embedded) {
    // SAFETY: the caller hands over NULL or a handle that it owns.
    unsafe { free(embedded) };
}

/// Tells whether two pictures show one person, by the first face of each that the parameters select: as they stand,
/// the largest.
///
/// FACEKIT_STATUS_NO_FACE when one of them shows none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_compare(
    engine: *const facekit_engine,
    a: *const facekit_image,
    b: *const facekit_image,
    params: *const facekit_embed_params,
    call: *const facekit_call,
    out_comparison: *mut *mut facekit_comparison,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_comparison, "out_comparison")?;
            let engine = borrow(engine, "engine")?;
            let request = compare_request([&borrow(a, "a")?.0, &borrow(b, "b")?.0], params)?;
            out.write(run::<Comparison, _>(engine, &request, call)?);
            Ok(())
        })
    }
}

/// Whether the pictures show one person, by the recognizer's own threshold; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_comparison_same(comparison: *const facekit_comparison) -> bool {
    // SAFETY: as above.
    unsafe { comparison.as_ref() }.is_some_and(|found| found.comparison.same)
}

/// The cosine of the angle between the two embeddings, -1 to 1; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_comparison_similarity(comparison: *const facekit_comparison) -> f32 {
    // SAFETY: as above.
    unsafe { comparison.as_ref() }.map_or(0.0, |found| found.comparison.similarity)
}

/// How far the two are from each other, 0 to 1, as `facekit_detect_params.reference_distance` counts; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_comparison_distance(comparison: *const facekit_comparison) -> f32 {
    // SAFETY: as above.
    unsafe { comparison.as_ref() }.map_or(0.0, |found| found.comparison.distance)
}

/// The cosine from which the recognizer takes two faces for one person; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_comparison_threshold(comparison: *const facekit_comparison) -> f32 {
    // SAFETY: as above.
    unsafe { comparison.as_ref() }.map_or(0.0, |found| found.comparison.threshold)
}

/// The name of the recognizer; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_comparison_recognizer(
    comparison: *const facekit_comparison,
) -> *const c_char {
    // SAFETY: as above.
    unsafe { comparison.as_ref() }.map_or(ptr::null(), |found| found.recognizer.as_ptr())
}

/// The face that was compared, 0 for the first picture and 1 for the second; NULL for another index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_comparison_face(
    comparison: *const facekit_comparison,
    index: usize,
) -> *const facekit_face {
    // SAFETY: as above.
    face_at(unsafe { comparison.as_ref() }.map(|found| &found.faces[..]), index)
}

/// Frees a comparison.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_comparison_free(comparison: *mut facekit_comparison) {
    // SAFETY: the caller hands over NULL or a handle that it owns.
    unsafe { free(comparison) };
}

/// An embedding, as C asks for it.
pub(super) unsafe fn embed_request<'a>(
    image: impl Into<ImageCow<'a>>,
    params: *const facekit_embed_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::Embed { image: image.into(), params })
}

/// A comparison, as C asks for it.
pub(super) unsafe fn compare_request<'a>(
    images: [&'a Image; 2],
    params: *const facekit_embed_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::Compare { images: images.map(Into::into), params })
}

unsafe fn embedding_at<'a>(embedded: *const facekit_embedded, index: usize) -> Option<&'a Embedding> {
    // SAFETY: as above.
    unsafe { embedded.as_ref() }.and_then(|embedded| embedded.embeddings.get(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::DetectParams;

    #[test]
    fn the_defaults_are_those_of_rust_and_every_parameter_arrives() {
        // SAFETY: the defaults point to nothing, and the texts and structs live to the end of the test.
        unsafe {
            assert_eq!(facekit_embed_params::defaults().to_rust().unwrap(), EmbedParams::default());
            let detect = facekit_detect_params { index: 7, ..facekit_detect_params::defaults() };
            let params = facekit_embed_params { struct_size: 0, recognizer: c"a".as_ptr(), detect: &detect };
            let expected = EmbedParams {
                recognizer: Some("a".into()),
                detect: DetectParams { index: 7, ..DetectParams::default() },
            };
            assert_eq!(params.to_rust().unwrap(), expected);
        }
    }
}
