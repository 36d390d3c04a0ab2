//! The functions of the C API that are fuzzed, as `include/facekit.h` declares them, and what holds for every call.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::OnceLock;

use facekit as _;

/// A pointer to something of facekit's own.
pub type Handle = *mut c_void;

/// A function that gives a handle back.
pub type Free = unsafe extern "C" fn(Handle);
/// A getter of a number.
pub type Count = unsafe extern "C" fn(Handle) -> usize;
/// A getter of the text at an index.
pub type TextAt = unsafe extern "C" fn(Handle, usize) -> *const c_char;
/// A getter of what stands at an index.
pub type At = unsafe extern "C" fn(Handle, usize) -> Handle;
/// What fills a struct of a size with its defaults.
pub type Init = unsafe extern "C" fn(*mut c_void, usize) -> i32;

pub const OK: i32 = 0;
const INTERNAL: i32 = 15;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Pixels {
    pub data: *const u8,
    pub width: u32,
    pub height: u32,
    pub stride: usize,
    pub format: i32,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct EncodeOptions {
    pub struct_size: usize,
    pub format: i32,
    pub quality: i32,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct DetectParams {
    pub struct_size: usize,
    pub detector: *const c_char,
    pub score_threshold: f32,
    pub nms_threshold: f32,
    pub max_faces: u32,
    pub min_size: f32,
    pub input_size: u32,
    pub tile_size: u32,
    pub tile_overlap: f32,
    pub padding: f32,
    pub angles: *const u32,
    pub angles_count: usize,
    pub order: i32,
    pub select: i32,
    pub index: u32,
    pub reference: *const c_char,
    pub reference_distance: f32,
    pub recognizer: *const c_char,
    pub landmarks: bool,
    pub landmarker: *const c_char,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct RestoreParams {
    pub struct_size: usize,
    pub restorer: *const c_char,
    pub fidelity_weight: f32,
    pub blend: f32,
    pub upscale: u32,
    pub passes: u32,
    pub upscale_background: bool,
    pub upscaler: *const c_char,
    pub mask_blur: f32,
    pub mask_padding: [f32; 4],
    pub provenance: bool,
    pub detect: *const DetectParams,
}

unsafe extern "C" {
    pub fn facekit_error_status(error: Handle) -> i32;
    pub fn facekit_error_message(error: Handle) -> *const c_char;
    pub fn facekit_error_free(error: Handle);

    pub fn facekit_engine_options_new() -> Handle;
    pub fn facekit_engine_options_set_runtime(
        options: Handle,
        path: *const c_char,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_engine_options_add_models(
        options: Handle,
        folder: *const c_char,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_engine_options_set_embedded(
        options: Handle,
        embedded: bool,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_engine_options_add_provider(
        options: Handle,
        name: *const c_char,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_engine_options_set_strict(options: Handle, strict: bool, out_error: *mut Handle) -> i32;
    pub fn facekit_engine_options_set_threads(options: Handle, threads: u32, out_error: *mut Handle) -> i32;
    pub fn facekit_engine_options_set_memory_budget(
        options: Handle,
        bytes: u64,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_engine_options_allow_license(
        options: Handle,
        name: *const c_char,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_engine_options_set_max_bytes(options: Handle, bytes: u64, out_error: *mut Handle) -> i32;
    pub fn facekit_engine_options_set_max_pixels(options: Handle, pixels: u64, out_error: *mut Handle)
    -> i32;
    pub fn facekit_engine_options_set_max_frames(options: Handle, frames: u32, out_error: *mut Handle)
    -> i32;
    pub fn facekit_engine_options_set_max_animation_pixels(
        options: Handle,
        pixels: u64,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_engine_options_set_max_faces(options: Handle, faces: u32, out_error: *mut Handle) -> i32;
    pub fn facekit_engine_options_free(options: Handle);

    pub fn facekit_engine_new(options: Handle, out_engine: *mut Handle, out_error: *mut Handle) -> i32;
    pub fn facekit_engine_runtime_version(engine: Handle) -> *const c_char;
    pub fn facekit_engine_runtime_path(engine: Handle) -> *const c_char;
    pub fn facekit_engine_free(engine: Handle);
    pub fn facekit_engine_models(engine: Handle, out_models: *mut Handle, out_error: *mut Handle) -> i32;
    pub fn facekit_models_count(models: Handle) -> usize;
    pub fn facekit_models_get(models: Handle, index: usize) -> Handle;
    pub fn facekit_models_problem_count(models: Handle) -> usize;
    pub fn facekit_models_problem(models: Handle, index: usize) -> *const c_char;
    pub fn facekit_models_free(models: Handle);

    pub fn facekit_image_decode(
        engine: Handle,
        data: *const u8,
        len: usize,
        out_image: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_image_open(
        engine: Handle,
        path: *const c_char,
        out_image: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_image_from_pixels(
        pixels: *const Pixels,
        out_image: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_image_width(image: Handle) -> u32;
    pub fn facekit_image_height(image: Handle) -> u32;
    pub fn facekit_image_format(image: Handle) -> i32;
    pub fn facekit_image_view(image: Handle, out_pixels: *mut Pixels, out_error: *mut Handle) -> i32;
    pub fn facekit_image_encode(
        image: Handle,
        options: *const EncodeOptions,
        out_bytes: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_image_free(image: Handle);
    pub fn facekit_file_format_from_path(
        path: *const c_char,
        out_format: *mut i32,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_bytes_data(bytes: Handle) -> *const u8;
    pub fn facekit_bytes_len(bytes: Handle) -> usize;
    pub fn facekit_bytes_free(bytes: Handle);

    pub fn facekit_cancel_token_new() -> Handle;
    pub fn facekit_cancel_token_cancel(token: Handle, out_error: *mut Handle) -> i32;
    pub fn facekit_cancel_token_is_canceled(token: Handle) -> bool;
    pub fn facekit_cancel_token_free(token: Handle);

    pub fn facekit_swap_sources_new() -> Handle;
    pub fn facekit_swap_sources_add(
        sources: Handle,
        pictures: *const Handle,
        count: usize,
        replaces: Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_swap_sources_free(sources: Handle);

    pub fn facekit_detect(
        engine: Handle,
        image: Handle,
        params: *const DetectParams,
        call: *const c_void,
        out_detection: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_detection_face_count(detection: Handle) -> usize;
    pub fn facekit_detection_face(detection: Handle, index: usize) -> Handle;
    pub fn facekit_detection_landmarks(detection: Handle, index: usize) -> Handle;
    pub fn facekit_detection_free(detection: Handle);
    pub fn facekit_landmarks_count(landmarks: Handle) -> usize;
    pub fn facekit_landmarks_scheme(landmarks: Handle) -> *const c_char;

    pub fn facekit_restore(
        engine: Handle,
        image: Handle,
        params: *const RestoreParams,
        call: *const c_void,
        out_restored: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_restored_image(restored: Handle) -> Handle;
    pub fn facekit_restored_take_image(restored: Handle) -> Handle;
    pub fn facekit_restored_model_count(restored: Handle) -> usize;
    pub fn facekit_restored_model(restored: Handle, index: usize) -> *const c_char;
    pub fn facekit_restored_face_count(restored: Handle) -> usize;
    pub fn facekit_restored_face(restored: Handle, index: usize) -> Handle;
    pub fn facekit_restored_free(restored: Handle);

    pub fn facekit_stylize(
        engine: Handle,
        image: Handle,
        style_image: Handle,
        params: *const c_void,
        call: *const c_void,
        out_stylized: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_stylized_image(stylized: Handle) -> Handle;
    pub fn facekit_stylized_take_image(stylized: Handle) -> Handle;
    pub fn facekit_stylized_note_count(stylized: Handle) -> usize;
    pub fn facekit_stylized_note(stylized: Handle, index: usize) -> *const c_char;
    pub fn facekit_stylized_face(stylized: Handle, index: usize) -> Handle;
    pub fn facekit_stylized_free(stylized: Handle);

    pub fn facekit_swap(
        engine: Handle,
        sources: Handle,
        target: Handle,
        params: *const c_void,
        call: *const c_void,
        out_swapped: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_swapped_free(swapped: Handle);

    pub fn facekit_run_json(
        engine: Handle,
        request: *const c_char,
        call: *const c_void,
        out_answer: *mut Handle,
        out_error: *mut Handle,
    ) -> i32;
    pub fn facekit_text_data(text: Handle) -> *const c_char;
    pub fn facekit_text_free(text: Handle);

    pub fn facekit_call_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_crop_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_detail_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_detect_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_diffusion_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_embed_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_encode_options_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_face_mask_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_mask_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_refine_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_restore_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_stylize_params_init(out_params: *mut c_void, size: usize) -> i32;
    pub fn facekit_swap_params_init(out_params: *mut c_void, size: usize) -> i32;
}

/// Runs a call that puts an error where it is told: whether it succeeded.
///
/// # Panics
/// When the error, its status and the status of the call do not belong together, or tell of a defect.
pub fn call(body: impl FnOnce(*mut Handle) -> i32) -> bool {
    let mut error = ptr::null_mut();
    let status = body(&mut error);
    // SAFETY: as above.
    let message = text(unsafe { facekit_error_message(error) }).unwrap_or_default();
    assert_ne!(status, INTERNAL, "{message}");
    assert_eq!(status == OK, error.is_null(), "an error is written on failure, and on failure only");
    if !error.is_null() {
        // SAFETY: the call wrote the error, and it is freed once.
        unsafe {
            assert_eq!(facekit_error_status(error), status);
            assert!(text(facekit_error_message(error)).is_some_and(|message| !message.is_empty()));
            facekit_error_free(error);
        }
    }
    status == OK
}

/// Runs a call that makes something: its handle.
///
/// # Panics
/// As [`call`]; when it wrote a handle on failure, or none on success.
pub fn make(body: impl FnOnce(*mut Handle, *mut Handle) -> i32) -> Option<Handle> {
    let mut made = ptr::null_mut();
    let succeeded = call(|error| body(&mut made, error));
    assert_eq!(succeeded, !made.is_null(), "an output is written on success, and on success only");
    succeeded.then_some(made)
}

/// A text of facekit's, which is UTF-8.
pub fn text(text: *const c_char) -> Option<String> {
    // SAFETY: facekit gives NULL or a text that ends with a zero byte.
    let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) });
    text.map(|text| text.to_str().expect("texts are UTF-8").to_owned())
}

/// An engine with small limits, which stays.
pub fn engine() -> Handle {
    static ENGINE: OnceLock<usize> = OnceLock::new();
    // SAFETY: the options live until they are freed.
    let engine = ENGINE.get_or_init(|| unsafe {
        let options = facekit_engine_options_new();
        assert!(call(|error| facekit_engine_options_set_threads(options, 1, error)));
        assert!(call(|error| facekit_engine_options_set_max_pixels(options, 1 << 16, error)));
        assert!(call(|error| facekit_engine_options_set_max_bytes(options, 1 << 20, error)));
        assert!(call(|error| facekit_engine_options_set_max_frames(options, 8, error)));
        let engine = make(|engine, error| facekit_engine_new(options, engine, error));
        facekit_engine_options_free(options);
        engine.expect("ONNX Runtime is there: set ORT_DYLIB_PATH") as usize
    });
    *engine as Handle
}
