//! Calls of the C API in any order: structs of any size, handles freed before and after what was made with them, and
//! NULL wherever it may be given.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "said once, above `Hands`")]

use std::ffi::{c_char, c_void};
use std::ptr;

use arbitrary::{Result, Unstructured};

use super::capi::*;

/// What is alive, and may be given to calls and freed.
#[derive(Default)]
struct Hands {
    held: Vec<(Kind, Handle)>,
    /// How many models may still be run, as that takes long.
    runs_left: u32,
}

/// The kinds of handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bytes,
    Detection,
    Engine,
    Image,
    Models,
    Options,
    Restored,
    Sources,
    Stylized,
    Swapped,
    Token,
}

const KINDS: &[(Kind, Free)] = &[
    (Kind::Bytes, facekit_bytes_free),
    (Kind::Detection, facekit_detection_free),
    (Kind::Engine, facekit_engine_free),
    (Kind::Image, facekit_image_free),
    (Kind::Models, facekit_models_free),
    (Kind::Options, facekit_engine_options_free),
    (Kind::Restored, facekit_restored_free),
    (Kind::Sources, facekit_swap_sources_free),
    (Kind::Stylized, facekit_stylized_free),
    (Kind::Swapped, facekit_swapped_free),
    (Kind::Token, facekit_cancel_token_free),
];

const COUNTS: &[(Kind, Count)] = &[
    (Kind::Bytes, facekit_bytes_len),
    (Kind::Detection, facekit_detection_face_count),
    (Kind::Models, facekit_models_count),
    (Kind::Models, facekit_models_problem_count),
    (Kind::Restored, facekit_restored_face_count),
    (Kind::Restored, facekit_restored_model_count),
    (Kind::Stylized, facekit_stylized_note_count),
];

const TEXTS: &[(Kind, TextAt)] = &[
    (Kind::Models, facekit_models_problem),
    (Kind::Restored, facekit_restored_model),
    (Kind::Stylized, facekit_stylized_note),
];

/// What begins with a number or a pointer, which may be read.
const PLACES: &[(Kind, At)] = &[
    (Kind::Detection, facekit_detection_face),
    (Kind::Models, facekit_models_get),
    (Kind::Restored, facekit_restored_face),
    (Kind::Stylized, facekit_stylized_face),
];

/// Structs by their `*_init`, and their sizes on a 64-bit machine.
const STRUCTS: &[Init] = &[
    facekit_call_init,
    facekit_crop_params_init,
    facekit_detail_params_init,
    facekit_detect_params_init,
    facekit_diffusion_params_init,
    facekit_embed_params_init,
    facekit_encode_options_init,
    facekit_face_mask_params_init,
    facekit_mask_params_init,
    facekit_refine_params_init,
    facekit_restore_params_init,
    facekit_stylize_params_init,
    facekit_swap_params_init,
];

/// Texts that callers give: names that are known, that are not, and what is no text.
const TEXTS_GIVEN: &[&[u8]] = &[
    b"cpu\0",
    b"cuda:1\0",
    b"coreml\0",
    b"facekit-lite-detect\0",
    b"facekit-lite-restore\0",
    b"no such model\0",
    b"no/such/folder\0",
    b"https://example.org/x.png\0",
    b"\0",
    b"\xff\xfe\0",
];

pub fn run(data: &[u8]) {
    let mut hands = Hands { held: Vec::new(), runs_left: 2 };
    let mut input = Unstructured::new(data);
    while hands.held.len() < 32 && !input.is_empty() && hands.step(&mut input).is_ok() {}
    hands.held.drain(..).for_each(|(kind, handle)| free(kind, handle));
}

fn free(kind: Kind, handle: Handle) {
    let (_, free) = KINDS.iter().find(|(known, _)| *known == kind).expect("every kind has a free");
    // SAFETY: it is held once, and not any more.
    unsafe { free(handle) };
}

// SAFETY of the calls below: every handle is held, or NULL; texts end with a zero byte; what a call is given lives until
// it returns.
impl Hands {
    fn step(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        match input.int_in_range(0..=12)? {
            0 => self.held.push((Kind::Options, unsafe { facekit_engine_options_new() })),
            1 => self.set_option(input)?,
            2 => self.make_engine(input)?,
            3 => self.make_image(input)?,
            4 => self.encode(input)?,
            5 => self.token(input)?,
            6 => self.sources(input)?,
            7 => self.models(input)?,
            8 => init(input)?,
            9 => self.run(input)?,
            10 => self.look(input)?,
            11 => self.take_image(input)?,
            _ => {
                if !self.held.is_empty() {
                    let (kind, handle) = self.held.swap_remove(input.choose_index(self.held.len())?);
                    free(kind, handle);
                }
            }
        }
        Ok(())
    }

    /// A handle of a kind that is held, or NULL.
    fn any(&self, kind: Kind, input: &mut Unstructured<'_>) -> Result<Handle> {
        let held: Vec<_> = self.held.iter().filter(|(held, _)| *held == kind).collect();
        Ok(if held.is_empty() || input.ratio(1, 16)? { ptr::null_mut() } else { input.choose(&held)?.1 })
    }

    /// The engine that stays, one that is held, or NULL.
    fn engine(&self, input: &mut Unstructured<'_>) -> Result<Handle> {
        if input.ratio(3, 4)? { Ok(engine()) } else { self.any(Kind::Engine, input) }
    }

    fn hold(&mut self, kind: Kind, made: Option<Handle>) {
        self.held.extend(made.map(|made| (kind, made)));
    }

    fn set_option(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let options = self.any(Kind::Options, input)?;
        let (text, number, flag) =
            (text_given(input)?, input.arbitrary::<u64>()?, input.arbitrary::<bool>()?);
        let choice = input.int_in_range(0..=12)?;
        call(|error| unsafe {
            match choice {
                0 => facekit_engine_options_set_runtime(options, text, error),
                1 => facekit_engine_options_add_models(options, text, error),
                2 => facekit_engine_options_set_embedded(options, flag, error),
                3 => facekit_engine_options_add_provider(options, text, error),
                4 => facekit_engine_options_set_strict(options, flag, error),
                5 => facekit_engine_options_set_threads(options, number as u32, error),
                6 => facekit_engine_options_set_memory_budget(options, number, error),
                7 => facekit_engine_options_allow_license(options, text, error),
                8 => facekit_engine_options_set_max_bytes(options, number, error),
                9 => facekit_engine_options_set_max_pixels(options, number, error),
                10 => facekit_engine_options_set_max_frames(options, number as u32, error),
                11 => facekit_engine_options_set_max_animation_pixels(options, number, error),
                _ => facekit_engine_options_set_max_faces(options, number as u32, error),
            }
        });
        Ok(())
    }

    /// An engine of options; models run on the one that stays alone, whose threads are few.
    fn make_engine(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        engine();
        let options = self.any(Kind::Options, input)?;
        let made = make(|engine, error| unsafe { facekit_engine_new(options, engine, error) });
        if let Some(engine) = made {
            // SAFETY: the engine lives.
            unsafe {
                assert!(text(facekit_engine_runtime_version(engine)).is_some());
                assert!(text(facekit_engine_runtime_path(engine)).is_some());
            }
        }
        self.hold(Kind::Engine, made);
        Ok(())
    }

    fn make_image(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let (width, height) = (input.int_in_range(0..=40)?, input.int_in_range(0..=40)?);
        let format = input.int_in_range(-1..=5)?;
        let stride = width as usize * 4 + input.int_in_range(0..=3)?;
        let data = vec![input.arbitrary::<u8>()?; stride * height as usize];
        let pixels = Pixels { data: data.as_ptr(), width, height, stride, format };
        let pixels = if input.ratio(1, 32)? { ptr::null() } else { &raw const pixels };
        let made = make(|image, error| unsafe { facekit_image_from_pixels(pixels, image, error) });
        self.hold(Kind::Image, made);
        Ok(())
    }

    /// Encodes a picture, and decodes what that gives under the limits of an engine.
    fn encode(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let image = self.any(Kind::Image, input)?;
        let made = make(|bytes, error| unsafe { facekit_image_encode(image, ptr::null(), bytes, error) });
        self.hold(Kind::Bytes, made);
        let (engine, bytes) = (self.engine(input)?, self.any(Kind::Bytes, input)?);
        // SAFETY: the bytes are held, or NULL of which there are none.
        let made = make(|image, error| unsafe {
            let (data, len) = (facekit_bytes_data(bytes), facekit_bytes_len(bytes));
            facekit_image_decode(engine, data, len, image, error)
        });
        self.hold(Kind::Image, made);
        Ok(())
    }

    fn token(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let token = self.any(Kind::Token, input)?;
        if token.is_null() {
            self.held.push((Kind::Token, unsafe { facekit_cancel_token_new() }));
        }
        if call(|error| unsafe { facekit_cancel_token_cancel(token, error) }) {
            assert!(unsafe { facekit_cancel_token_is_canceled(token) });
        }
        Ok(())
    }

    fn sources(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let sources = self.any(Kind::Sources, input)?;
        if sources.is_null() {
            self.held.push((Kind::Sources, unsafe { facekit_swap_sources_new() }));
        }
        let count = input.int_in_range(0..=3)?;
        let pictures = (0..count).map(|_| self.any(Kind::Image, input)).collect::<Result<Vec<_>>>()?;
        let replaces = self.any(Kind::Image, input)?;
        let list = if input.ratio(1, 16)? { ptr::null() } else { pictures.as_ptr() };
        call(|error| unsafe { facekit_swap_sources_add(sources, list, count, replaces, error) });
        Ok(())
    }

    fn models(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let engine = self.engine(input)?;
        let made = make(|models, error| unsafe { facekit_engine_models(engine, models, error) });
        self.hold(Kind::Models, made);
        Ok(())
    }

    /// A pipeline on a picture.
    fn run(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let canceled = self.any(Kind::Token, input)?;
        // SAFETY: the token is held, or NULL.
        let is_canceled = unsafe { facekit_cancel_token_is_canceled(canceled) };
        let engine = if self.runs_left > 0 || is_canceled { engine() } else { ptr::null_mut() };
        let image = self.any(Kind::Image, input)?;
        if !(engine.is_null() || image.is_null() || is_canceled) {
            self.runs_left -= 1;
        }
        let mut memory = CallMemory::new(input)?;
        memory.call.cancel = canceled;
        let control = memory.pointer();
        let angles: [u32; 6] = input.arbitrary()?;
        let detect = detect_params(&angles, input)?;
        let detect = if input.ratio(1, 4)? { ptr::null() } else { &raw const detect };
        let (kind, made) = match input.int_in_range(0..=3)? {
            0 => (
                Kind::Detection,
                make(|out, error| unsafe { facekit_detect(engine, image, detect, control, out, error) }),
            ),
            1 => {
                let params = restore_params(detect, input)?;
                let run = |out: *mut Handle, error: *mut Handle| unsafe {
                    facekit_restore(engine, image, &params, control, out, error)
                };
                (Kind::Restored, make(run))
            }
            2 => {
                let style = self.any(Kind::Image, input)?;
                let run = |out: *mut Handle, error: *mut Handle| unsafe {
                    facekit_stylize(engine, image, style, ptr::null(), control, out, error)
                };
                (Kind::Stylized, make(run))
            }
            _ => {
                let sources = self.any(Kind::Sources, input)?;
                let run = |out: *mut Handle, error: *mut Handle| unsafe {
                    facekit_swap(engine, sources, image, ptr::null(), control, out, error)
                };
                (Kind::Swapped, make(run))
            }
        };
        self.hold(kind, made);
        Ok(())
    }

    /// What a handle, or NULL, tells of itself.
    fn look(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let index = if input.ratio(7, 8)? { input.int_in_range(0..=3)? } else { input.arbitrary()? };
        let (kind, count) = *input.choose(COUNTS)?;
        let handle = self.any(kind, input)?;
        let count = unsafe { count(handle) };
        assert!(!handle.is_null() || count == 0, "there is nothing in NULL");
        let (kind, text_at) = *input.choose(TEXTS)?;
        text(unsafe { text_at(self.any(kind, input)?, index) });
        let (kind, at) = *input.choose(PLACES)?;
        let place = unsafe { at(self.any(kind, input)?, index) };
        if !place.is_null() {
            // SAFETY: the place is in a handle that is held.
            std::hint::black_box(unsafe { place.cast::<[u32; 5]>().read() });
        }
        let detection = self.any(Kind::Detection, input)?;
        // SAFETY: the landmarks live as long as the detection.
        unsafe {
            let landmarks = facekit_detection_landmarks(detection, index);
            assert_eq!(
                facekit_landmarks_count(landmarks) > 0,
                text(facekit_landmarks_scheme(landmarks)).is_some()
            );
        }
        Ok(())
    }

    /// Takes the picture out of a result, which lends it until then.
    fn take_image(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let (lend, take, kind): (Getter, Getter, _) = match input.arbitrary()? {
            true => (facekit_restored_image, facekit_restored_take_image, Kind::Restored),
            false => (facekit_stylized_image, facekit_stylized_take_image, Kind::Stylized),
        };
        let handle = self.any(kind, input)?;
        // SAFETY: the result is held, or NULL, and lends its picture while that is in it.
        let taken = unsafe {
            let width = facekit_image_width(lend(handle));
            let taken = take(handle);
            assert_eq!(facekit_image_width(taken), width);
            assert!(lend(handle).is_null());
            taken
        };
        self.hold(Kind::Image, Some(taken).filter(|taken| !taken.is_null()));
        Ok(())
    }
}

type Getter = unsafe extern "C" fn(Handle) -> Handle;

/// Fills memory of any size with the defaults of a struct: all of it, or nothing.
fn init(input: &mut Unstructured<'_>) -> Result<()> {
    const LARGEST: usize = 4096;
    let init = *input.choose(STRUCTS)?;
    let size = if input.ratio(7, 8)? { input.int_in_range(0..=LARGEST + 1)? } else { input.arbitrary()? };
    // Words, so that a struct is aligned; their last bytes are not the struct's.
    let mut memory = vec![0xA5A5_A5A5_A5A5_A5A5_u64; size.min(LARGEST).div_ceil(8).max(1)];
    let out = if input.ratio(1, 32)? { ptr::null_mut() } else { memory.as_mut_ptr().cast::<c_void>() };
    // SAFETY: there is as much memory as is said, where that is a size that a struct may have.
    let is_filled = unsafe { init(out, size) } == OK;
    assert!(is_filled || memory.iter().all(|word| *word == 0xA5A5_A5A5_A5A5_A5A5));
    if is_filled {
        assert_eq!(memory[0], size as u64);
    }
    Ok(())
}

/// A text, or NULL.
fn text_given(input: &mut Unstructured<'_>) -> Result<*const c_char> {
    let at = input.int_in_range(0..=TEXTS_GIVEN.len())?;
    Ok(TEXTS_GIVEN.get(at).map_or(ptr::null(), |text| text.as_ptr().cast()))
}

fn detect_params(angles: &[u32], input: &mut Unstructured<'_>) -> Result<DetectParams> {
    let angles_count = input.int_in_range(0..=angles.len())?;
    Ok(DetectParams {
        struct_size: size_of::<DetectParams>(),
        detector: text_given(input)?,
        score_threshold: fraction(input)?,
        nms_threshold: fraction(input)?,
        max_faces: input.int_in_range(0..=1001)?,
        min_size: fraction(input)?,
        input_size: input.int_in_range(0..=128)?,
        tile_size: *input.choose(&[0, 0, 16, 24, 5000])?,
        tile_overlap: fraction(input)?,
        padding: fraction(input)?,
        angles: if angles_count == 0 { ptr::null() } else { angles.as_ptr() },
        angles_count,
        order: input.int_in_range(-1..=8)?,
        select: input.int_in_range(-1..=5)?,
        index: input.int_in_range(0..=1000)?,
        reference: text_given(input)?,
        reference_distance: fraction(input)?,
        recognizer: text_given(input)?,
        landmarks: input.arbitrary()?,
        landmarker: text_given(input)?,
    })
}

fn restore_params(detect: *const DetectParams, input: &mut Unstructured<'_>) -> Result<RestoreParams> {
    Ok(RestoreParams {
        struct_size: size_of::<RestoreParams>(),
        restorer: text_given(input)?,
        fidelity_weight: fraction(input)?,
        blend: fraction(input)?,
        upscale: input.int_in_range(0..=5)?,
        passes: input.int_in_range(0..=3)?,
        upscale_background: input.arbitrary()?,
        upscaler: text_given(input)?,
        mask_blur: fraction(input)?,
        mask_padding: [fraction(input)?, fraction(input)?, fraction(input)?, fraction(input)?],
        provenance: input.arbitrary()?,
        detect,
    })
}

/// A number that is mostly one of those from 0 to 1.
fn fraction(input: &mut Unstructured<'_>) -> Result<f32> {
    Ok(if input.ratio(7, 8)? { f32::from(input.arbitrary::<u8>()?) / 255.0 } else { input.arbitrary()? })
}

/// A `facekit_call` and what a later release may have put behind it.
#[repr(C)]
struct CallMemory {
    call: Call,
    added: [u64; 2],
    is_null: bool,
}

/// `facekit_call`.
#[repr(C)]
struct Call {
    struct_size: usize,
    progress: Option<unsafe extern "C" fn(*const c_char, f32, *mut c_void) -> i32>,
    user_data: *mut c_void,
    cancel: Handle,
    preview: Option<unsafe extern "C" fn(*const c_void, *mut c_void)>,
    completion: Option<unsafe extern "C" fn(i32, f64, *mut c_void)>,
}

impl CallMemory {
    fn new(input: &mut Unstructured<'_>) -> Result<Self> {
        let struct_size = *input.choose(&[48, 48, 48, 48, 56, 64, 0, 40, 4097])?;
        let progress = input.arbitrary::<bool>()?.then_some(on_progress as _);
        let user_data = ptr::without_provenance_mut(input.int_in_range(0..=16_usize)?);
        let completion = input.arbitrary::<bool>()?.then_some(on_completion as _);
        let call =
            Call { struct_size, progress, user_data, cancel: ptr::null_mut(), preview: None, completion };
        let added = [0, u64::from(input.ratio(1, 16)?)];
        Ok(Self { call, added, is_null: input.ratio(1, 4)? })
    }

    fn pointer(&self) -> *const c_void {
        if self.is_null { ptr::null() } else { ptr::from_ref(self).cast() }
    }
}

/// Cancels where the caller's data say so: at the n-th part of a call.
unsafe extern "C" fn on_progress(stage: *const c_char, fraction: f32, user_data: *mut c_void) -> i32 {
    assert!(text(stage).is_some() && (0.0..=1.0).contains(&fraction));
    i32::from(user_data.addr() > 0 && fraction * 16.0 >= user_data.addr() as f32)
}

unsafe extern "C" fn on_completion(_status: i32, seconds: f64, _user_data: *mut c_void) {
    assert!(seconds >= 0.0);
}
