//! Detection: its parameters and its result.

use std::ffi::{CString, c_char};
use std::mem::offset_of;
use std::ptr;

use crate::capi::call::{facekit_call, run};
use crate::capi::choice::{number, order, select};
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::face::{face_at, facekit_face, facekit_landmarks};
use crate::capi::growing::{self, Growing};
use crate::capi::image::{facekit_image, facekit_pixels};
use crate::capi::pointer::{Out, borrow, c_string, elements, free, optional_text};
use crate::error::{Error, Result};
use crate::face::Order;
use crate::params::{Angles, DetectParams, Select};
use crate::picture::ImageCow;
use crate::pipelines::Detection;
use crate::request::Request;

/// The parameters of detection, and of the face selection of every other pipeline.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_detect_params {
    /// The size of this struct: `facekit_detect_params_init` sets it.
    pub struct_size: usize,
    /// The detector, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
    pub detector: *const c_char,
    /// Faces that score less are dropped, 0 to 1; NAN for the model's own threshold. Default: NAN.
    pub score_threshold: f32,
    /// Of two boxes whose intersection over union is larger, the lower one is dropped, 0 to 1; NAN for the model's
    /// own threshold. Default: NAN.
    pub nms_threshold: f32,
    /// The most faces that are returned, best scores first, 0 to 1000; 0 for all. Default: 0.
    pub max_faces: u32,
    /// Faces whose box has a shorter side below this are dropped, in pixels, 0 to 16384. Default: 0.
    pub min_size: f32,
    /// The longer side of the network's input, in pixels, 0 to 4096; 0 chooses it by the picture and the model.
    /// Default: 0.
    pub input_size: u32,
    /// The side of the tiles that a large picture is also searched in, for small faces, in pixels, 0 to 4096; 0 for
    /// none. Default: 0.
    pub tile_size: u32,
    /// How far neighbouring tiles overlap, as a part of their side, 0 to 0.5. Default: 0.25.
    pub tile_overlap: f32,
    /// An empty border put around the picture, as a part of its longer side, for a face that fills it, 0 to 1.
    /// Default: 0.
    pub padding: f32,
    /// The angles that the picture is turned by and searched at, in degrees: `angles_count` of 0, 90, 180 and 270,
    /// each once. Default: {0}.
    pub angles: *const u32,
    /// How many angles there are, 1 to 4. Default: 1.
    pub angles_count: usize,
    /// The order of the faces, a facekit_order. Default: FACEKIT_ORDER_LARGE_SMALL.
    pub order: i32,
    /// Which of the faces are kept, a facekit_select. Default: FACEKIT_SELECT_MANY.
    pub select: i32,
    /// The place in the order of the face that FACEKIT_SELECT_INDEX keeps, from 0, 0 to 999. Default: 0.
    pub index: u32,
    /// A picture of the person that FACEKIT_SELECT_REFERENCE keeps, as a path. Default: NULL.
    pub reference: *const c_char,
    /// How far a face may be from the reference, 0 to 1: 0 is the same, 1 the opposite. Default: 0.3.
    pub reference_distance: f32,
    /// The recognizer that compares faces, by its name or by a path; NULL for the best one installed. Default: NULL.
    pub recognizer: *const c_char,
    /// Whether the dense landmarks of the faces that are kept are found too, and give them better points. Default:
    /// false.
    pub landmarks: bool,
    /// The landmarker, by its name or by a path; NULL for the best one installed. Default: NULL.
    pub landmarker: *const c_char,
}

/// The faces of a picture.
///
/// Threads: any number may read it. Lifetime: it is independent of the engine and the picture; what it hands out
/// lives as long as it.
pub struct facekit_detection {
    width: u32,
    height: u32,
    model: CString,
    faces: Vec<facekit_face>,
    landmarks: Vec<Option<facekit_landmarks>>,
    inference_time: f64,
}

// SAFETY: `repr(C)`, with its size first, and any bytes make numbers and pointers.
unsafe impl Growing for facekit_detect_params {
    const NAME: &'static str = "facekit_detect_params";
    const EARLIER_SIZES: &'static [usize] = &[offset_of!(Self, landmarks)];

    fn defaults() -> Self {
        static UPRIGHT: [u32; 1] = [0];
        // What is optional has no value in C that is not "not given": NULL or NAN.
        let DetectParams {
            detector: _,
            score_threshold,
            nms_threshold,
            max_faces,
            min_size,
            input_size,
            tile_size,
            tile_overlap,
            padding,
            angles: _,
            order,
            select,
            index,
            reference: _,
            reference_distance,
            recognizer: _,
            landmarks,
            landmarker: _,
        } = DetectParams::default();
        Self {
            struct_size: size_of::<Self>(),
            detector: ptr::null(),
            score_threshold: score_threshold.unwrap_or(f32::NAN),
            nms_threshold: nms_threshold.unwrap_or(f32::NAN),
            max_faces,
            min_size,
            input_size,
            tile_size,
            tile_overlap,
            padding,
            angles: UPRIGHT.as_ptr(),
            angles_count: UPRIGHT.len(),
            order: number(&Order::ALL, &order),
            select: number(Select::ALL, &select),
            index,
            reference: ptr::null(),
            reference_distance,
            recognizer: ptr::null(),
            landmarks,
            landmarker: ptr::null(),
        }
    }
}

impl facekit_detect_params {
    pub(super) unsafe fn to_rust(self) -> Result<DetectParams> {
        const MOST_ANGLES: usize = 4;
        if self.angles_count > MOST_ANGLES {
            return Err(Error::parameter(format!(
                "`angles_count` is {}, and must be 1 to {MOST_ANGLES}",
                self.angles_count
            )));
        }
        let given = |number: f32| if number.is_nan() { None } else { Some(number) };
        // SAFETY: the caller gives NULL or texts, and `angles_count` angles.
        unsafe {
            Ok(DetectParams {
                detector: optional_text(self.detector, "detector")?,
                score_threshold: given(self.score_threshold),
                nms_threshold: given(self.nms_threshold),
                max_faces: self.max_faces,
                min_size: self.min_size,
                input_size: self.input_size,
                tile_size: self.tile_size,
                tile_overlap: self.tile_overlap,
                padding: self.padding,
                angles: Angles(elements(self.angles, self.angles_count, "angles")?.to_vec()),
                order: order(self.order, "order")?,
                select: select(self.select, "select")?,
                index: self.index,
                reference: optional_text(self.reference, "reference")?,
                reference_distance: self.reference_distance,
                recognizer: optional_text(self.recognizer, "recognizer")?,
                landmarks: self.landmarks,
                landmarker: optional_text(self.landmarker, "landmarker")?,
            })
        }
    }
}

impl From<Detection> for facekit_detection {
    fn from(detection: Detection) -> Self {
        Self {
            width: detection.width,
            height: detection.height,
            model: c_string(&detection.model),
            faces: detection.faces.iter().map(facekit_face::from).collect(),
            landmarks: detection.faces.iter().map(|face| face.landmarks.as_ref().map(Into::into)).collect(),
            inference_time: detection.metrics.inference_time.as_secs_f64(),
        }
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detect_params_init(
    out_params: *mut facekit_detect_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Finds the faces of a picture. NULL `params` are the default ones, and NULL `call` asks for nothing.
///
/// A picture without a face is no error, except when one face is selected by its index or by a reference:
/// FACEKIT_STATUS_NO_FACE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detect(
    engine: *const facekit_engine,
    image: *const facekit_image,
    params: *const facekit_detect_params,
    call: *const facekit_call,
    out_detection: *mut *mut facekit_detection,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_detection, "out_detection")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Detection, _>(
                engine,
                &detect_request(&borrow(image, "image")?.0, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Finds the faces in pixels of the caller, without a copy; the rest as `facekit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detect_pixels(
    engine: *const facekit_engine,
    pixels: *const facekit_pixels,
    params: *const facekit_detect_params,
    call: *const facekit_call,
    out_detection: *mut *mut facekit_detection,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_detection, "out_detection")?;
            let engine = borrow(engine, "engine")?;
            out.write(run::<Detection, _>(
                engine,
                &detect_request(borrow(pixels, "pixels")?.view("pixels")?, params)?,
                call,
            )?);
            Ok(())
        })
    }
}

/// Width of the picture in pixels; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detection_width(detection: *const facekit_detection) -> u32 {
    // SAFETY: the caller gives NULL or a live detection; so in every function below.
    unsafe { detection.as_ref() }.map_or(0, |detection| detection.width)
}

/// Height of the picture in pixels; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detection_height(detection: *const facekit_detection) -> u32 {
    // SAFETY: as above.
    unsafe { detection.as_ref() }.map_or(0, |detection| detection.height)
}

/// The name of the detector that found the faces; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detection_model(detection: *const facekit_detection) -> *const c_char {
    // SAFETY: as above.
    unsafe { detection.as_ref() }.map_or(ptr::null(), |detection| detection.model.as_ptr())
}

/// How many faces were found and kept; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detection_face_count(detection: *const facekit_detection) -> usize {
    // SAFETY: as above.
    unsafe { detection.as_ref() }.map_or(0, |detection| detection.faces.len())
}

/// The face at `index`, from 0, in the order that was asked for; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detection_face(
    detection: *const facekit_detection,
    index: usize,
) -> *const facekit_face {
    // SAFETY: as above.
    face_at(unsafe { detection.as_ref() }.map(|detection| &*detection.faces), index)
}

/// The dense landmarks of the face at `index`; NULL when there is no such face or none were asked for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detection_landmarks(
    detection: *const facekit_detection,
    index: usize,
) -> *const facekit_landmarks {
    // SAFETY: as above.
    unsafe { detection.as_ref() }
        .and_then(|detection| detection.landmarks.get(index)?.as_ref())
        .map_or(ptr::null(), ptr::from_ref)
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detection_inference_time(detection: *const facekit_detection) -> f64 {
    // SAFETY: as above.
    unsafe { detection.as_ref() }.map_or(0.0, |detection| detection.inference_time)
}

/// Frees a detection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detection_free(detection: *mut facekit_detection) {
    // SAFETY: the caller hands over NULL or a detection that it owns.
    unsafe { free(detection) };
}

/// A detection, as C asks for it.
pub(super) unsafe fn detect_request<'a>(
    image: impl Into<ImageCow<'a>>,
    params: *const facekit_detect_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::Detect { image: image.into(), params })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::choice::{facekit_order, facekit_select};

    #[test]
    fn the_defaults_are_those_of_rust() {
        // SAFETY: the defaults point to nothing but the library's own angles.
        let params = unsafe { facekit_detect_params::defaults().to_rust() }.unwrap();
        assert_eq!(params, DetectParams::default());
    }

    #[test]
    fn every_parameter_arrives() {
        let (detector, reference, recognizer, landmarker) = (c"a", c"b", c"c", c"d");
        let angles = [90, 180];
        let params = facekit_detect_params {
            struct_size: 0,
            detector: detector.as_ptr(),
            score_threshold: 0.25,
            nms_threshold: 0.5,
            max_faces: 3,
            min_size: 4.0,
            input_size: 5,
            tile_size: 6,
            tile_overlap: 0.125,
            padding: 0.75,
            angles: angles.as_ptr(),
            angles_count: angles.len(),
            order: facekit_order::BottomTop as i32,
            select: facekit_select::Index as i32,
            index: 7,
            reference: reference.as_ptr(),
            reference_distance: 0.625,
            recognizer: recognizer.as_ptr(),
            landmarks: true,
            landmarker: landmarker.as_ptr(),
        };
        let expected = DetectParams {
            detector: Some("a".into()),
            score_threshold: Some(0.25),
            nms_threshold: Some(0.5),
            max_faces: 3,
            min_size: 4.0,
            input_size: 5,
            tile_size: 6,
            tile_overlap: 0.125,
            padding: 0.75,
            angles: Angles(vec![90, 180]),
            order: Order::BottomTop,
            select: Select::Index,
            index: 7,
            reference: Some("b".into()),
            reference_distance: 0.625,
            recognizer: Some("c".into()),
            landmarks: true,
            landmarker: Some("d".into()),
        };
        // SAFETY: the texts and angles live to the end of the test.
        assert_eq!(unsafe { params.to_rust() }.unwrap(), expected);
    }
}
