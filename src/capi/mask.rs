//! Masks: what of a face is shown, and pictures of that.

use std::ffi::c_char;
use std::ptr;

use crate::capi::call::{facekit_call, run};
use crate::capi::choice::{choice, facekit_mask_type};
use crate::capi::detect::facekit_detect_params;
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::face::{face_at, facekit_face};
use crate::capi::growing::{self, Growing};
use crate::capi::image::facekit_image;
use crate::capi::pointer::{Out, borrow, elements, free, optional_text};
use crate::error::{Error, Result};
use crate::face::{FaceArea, FaceRegion, MaskType};
use crate::params::{FaceMaskParams, List, MaskParams};
use crate::picture::ImageCow;
use crate::pipelines::FaceMask;
use crate::request::Request;

/// The masks of a face: what limits the part of it that is changed.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_mask_params {
    /// The size of this struct: `facekit_mask_params_init` sets it.
    pub struct_size: usize,
    /// What limits it: `masks_count` of facekit_mask_type, each once; of several, the least counts.
    /// Default: {FACEKIT_MASK_TYPE_BOX}.
    pub masks: *const i32,
    /// How many masks there are, 0 to 4. Default: 1.
    pub masks_count: usize,
    /// How soft the edge of the box is, as a part of its half width, 0 to 1. Default: 0.3.
    pub mask_blur: f32,
    /// How much of the crop's top, right, bottom and left the box leaves out, in percent, 0 to 100.
    /// Default: {0, 0, 0, 0}.
    pub mask_padding: [f32; 4],
    /// The areas that the mask FACEKIT_MASK_TYPE_AREA shows: `mask_areas_count` of facekit_face_area, each once; NULL
    /// for all of them. Default: NULL.
    pub mask_areas: *const i32,
    /// How many areas there are, 0 to 3. Default: 0.
    pub mask_areas_count: usize,
    /// The regions that the mask FACEKIT_MASK_TYPE_REGION shows: `mask_regions_count` of facekit_face_region, each
    /// once; NULL for all of them. Default: NULL.
    pub mask_regions: *const i32,
    /// How many regions there are, 0 to 10. Default: 0.
    pub mask_regions_count: usize,
    /// The segmenter of the mask FACEKIT_MASK_TYPE_OCCLUSION, by its name or by a path; NULL for the best one
    /// installed. Default: NULL.
    pub occluder: *const c_char,
    /// The segmenter of the mask FACEKIT_MASK_TYPE_REGION, by its name or by a path; NULL for the best one installed.
    /// Default: NULL.
    pub parser: *const c_char,
}

/// The parameters of masks as pictures of their own.
///
/// Lifetime: as facekit_mask_params.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_face_mask_params {
    /// The size of this struct: `facekit_face_mask_params_init` sets it.
    pub struct_size: usize,
    /// Which masks; NULL for the mask FACEKIT_MASK_TYPE_AREA. Default: NULL.
    pub mask: *const facekit_mask_params,
    /// Of which faces; NULL for the defaults. Default: NULL.
    pub detect: *const facekit_detect_params,
}

/// The masks of the faces of a picture, as a picture.
///
/// Threads: any number may read it. Lifetime: it is independent of the engine and the input; what it hands out lives
/// as long as it.
pub struct facekit_face_mask {
    image: facekit_image,
    faces: Vec<facekit_face>,
    inference_time: f64,
}

// SAFETY: `repr(C)`, with its size first, and what C stores in it is valid.
unsafe impl Growing for facekit_mask_params {
    const NAME: &'static str = "facekit_mask_params";

    fn defaults() -> Self {
        static BOX: [i32; 1] = [facekit_mask_type::Box as i32];
        let MaskParams { mask_blur, mask_padding, .. } = MaskParams::default();
        Self {
            struct_size: size_of::<Self>(),
            masks: BOX.as_ptr(),
            masks_count: BOX.len(),
            mask_blur,
            mask_padding,
            mask_areas: ptr::null(),
            mask_areas_count: 0,
            mask_regions: ptr::null(),
            mask_regions_count: 0,
            occluder: ptr::null(),
            parser: ptr::null(),
        }
    }
}

// SAFETY: as above.
unsafe impl Growing for facekit_face_mask_params {
    const NAME: &'static str = "facekit_face_mask_params";

    fn defaults() -> Self {
        Self { struct_size: size_of::<Self>(), mask: ptr::null(), detect: ptr::null() }
    }
}

impl facekit_mask_params {
    pub(super) unsafe fn to_rust(self) -> Result<MaskParams> {
        let [masks, areas, regions] = ["facekit_mask_type", "facekit_face_area", "facekit_face_region"];
        let (count, padding) = (self.mask_areas_count, self.mask_padding);
        // SAFETY: the caller gives NULL or texts, and lists as long as it says.
        unsafe {
            Ok(MaskParams {
                masks: list(MaskType::ALL, self.masks, self.masks_count, "masks", masks)?,
                mask_blur: self.mask_blur,
                mask_padding: padding,
                mask_areas: match self.mask_areas.is_null() {
                    true => List(FaceArea::ALL.to_vec()),
                    false => list(FaceArea::ALL, self.mask_areas, count, "mask_areas", areas)?,
                },
                mask_regions: match self.mask_regions.is_null() {
                    true => List(FaceRegion::ALL.to_vec()),
                    false => {
                        let (values, count) = (self.mask_regions, self.mask_regions_count);
                        list(FaceRegion::ALL, values, count, "mask_regions", regions)?
                    }
                },
                occluder: optional_text(self.occluder, "occluder")?,
                parser: optional_text(self.parser, "parser")?,
            })
        }
    }
}

impl facekit_face_mask_params {
    unsafe fn to_rust(self) -> Result<FaceMaskParams> {
        // SAFETY: the caller gives NULL or initialised structs.
        unsafe {
            let mask = match self.mask.is_null() {
                true => FaceMaskParams::default().mask,
                false => growing::read(self.mask)?.to_rust().map_err(|error| error.context("mask"))?,
            };
            let detect = growing::read(self.detect)?.to_rust().map_err(|error| error.context("detect"))?;
            Ok(FaceMaskParams { mask, detect })
        }
    }
}

impl From<FaceMask> for facekit_face_mask {
    fn from(mask: FaceMask) -> Self {
        Self {
            faces: mask.faces.iter().map(facekit_face::from).collect(),
            inference_time: mask.metrics.inference_time.as_secs_f64(),
            image: facekit_image(mask.image),
        }
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_mask_params_init(
    out_params: *mut facekit_mask_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_face_mask_params_init(
    out_params: *mut facekit_face_mask_params,
    size: usize,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Masks the faces of a picture, or parts of them. NULL `params` are the default ones, and NULL `call` asks for nothing.
///
/// A picture without a face is an error: FACEKIT_STATUS_NO_FACE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_mask_faces(
    engine: *const facekit_engine,
    image: *const facekit_image,
    params: *const facekit_face_mask_params,
    call: *const facekit_call,
    out_mask: *mut *mut facekit_face_mask,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_mask, "out_mask")?;
            let engine = borrow(engine, "engine")?;
            let request = mask_request(&borrow(image, "image")?.0, params)?;
            out.write(run::<FaceMask, _>(engine, &request, call)?);
            Ok(())
        })
    }
}

/// Borrows the mask, which lives as long as `mask`: a picture of the input's size, white where a face is shown; NULL for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_face_mask_image(mask: *const facekit_face_mask) -> *const facekit_image {
    // SAFETY: the caller gives NULL or a live mask; so in every function below.
    unsafe { mask.as_ref() }.map_or(ptr::null(), |mask| ptr::from_ref(&mask.image))
}

/// How many faces were masked; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_face_mask_face_count(mask: *const facekit_face_mask) -> usize {
    // SAFETY: as above.
    unsafe { mask.as_ref() }.map_or(0, |mask| mask.faces.len())
}

/// The masked face at `index`, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_face_mask_face(
    mask: *const facekit_face_mask,
    index: usize,
) -> *const facekit_face {
    // SAFETY: as above.
    face_at(unsafe { mask.as_ref() }.map(|mask| &*mask.faces), index)
}

/// How long the call took, in seconds; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_face_mask_inference_time(mask: *const facekit_face_mask) -> f64 {
    // SAFETY: as above.
    unsafe { mask.as_ref() }.map_or(0.0, |mask| mask.inference_time)
}

/// Frees a mask.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_face_mask_free(mask: *mut facekit_face_mask) {
    // SAFETY: the caller hands over NULL or a mask that it owns.
    unsafe { free(mask) };
}

/// A mask, as C asks for it.
pub(super) unsafe fn mask_request<'a>(
    image: impl Into<ImageCow<'a>>,
    params: *const facekit_face_mask_params,
) -> Result<Request<'a>> {
    // SAFETY: the caller of C gives NULL or initialised structs.
    let params = unsafe { growing::read(params)?.to_rust() }?;
    Ok(Request::Mask { image: image.into(), params })
}

/// A list of choices, which are told by their numbers.
unsafe fn list<T: Copy>(
    all: &[T],
    values: *const i32,
    count: usize,
    field: &str,
    kind: &str,
) -> Result<List<T>> {
    if count > all.len() {
        return Err(Error::parameter(format!(
            "`{field}_count` is {count}, and must be at most {}",
            all.len()
        )));
    }
    // SAFETY: the caller gives as many values as it says.
    let values = unsafe { elements(values, count, field) }?;
    values.iter().map(|value| choice(all, *value, field, kind)).collect::<Result<_>>().map(List)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_rust() {
        // SAFETY: the defaults point to nothing but the library's own list.
        unsafe {
            assert_eq!(facekit_mask_params::defaults().to_rust().unwrap(), MaskParams::default());
            assert_eq!(facekit_face_mask_params::defaults().to_rust().unwrap(), FaceMaskParams::default());
        }
    }

    #[test]
    fn every_parameter_arrives() {
        let (occluder, parser) = (c"a", c"b");
        let (masks, areas, regions) = ([3, 1], [2], [0, 9]);
        let params = facekit_mask_params {
            struct_size: 0,
            masks: masks.as_ptr(),
            masks_count: 2,
            mask_blur: 0.125,
            mask_padding: [1.0, 2.0, 3.0, 4.0],
            mask_areas: areas.as_ptr(),
            mask_areas_count: 1,
            mask_regions: regions.as_ptr(),
            mask_regions_count: 2,
            occluder: occluder.as_ptr(),
            parser: parser.as_ptr(),
        };
        let expected = MaskParams {
            masks: List(vec![MaskType::Region, MaskType::Occlusion]),
            mask_blur: 0.125,
            mask_padding: [1.0, 2.0, 3.0, 4.0],
            mask_areas: List(vec![FaceArea::Mouth]),
            mask_regions: List(vec![FaceRegion::Skin, FaceRegion::LowerLip]),
            occluder: Some("a".into()),
            parser: Some("b".into()),
        };
        // SAFETY: the texts and lists live to the end of the test.
        assert_eq!(unsafe { params.to_rust() }.unwrap(), expected);
    }

    #[test]
    fn a_list_that_is_too_long_or_unknown_is_refused() {
        let read = |values: &[i32], count| {
            let params = facekit_mask_params {
                masks: values.as_ptr(),
                masks_count: count,
                ..facekit_mask_params::defaults()
            };
            // SAFETY: no count that is read is above the length of the list.
            unsafe { params.to_rust() }.unwrap_err().to_string()
        };
        assert!(read(&[0; 4], usize::MAX).contains("`masks_count`"));
        assert!(read(&[7], 1).contains("facekit_mask_type"));
    }
}
