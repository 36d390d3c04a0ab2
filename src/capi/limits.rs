//! Bounds on what a call may cost.

use std::ptr;

use crate::capi::engine::facekit_engine;
use crate::capi::engine_options::{facekit_engine_options, set};
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::growing::{self, Growing};
use crate::capi::pointer::borrow;
use crate::limits::Limits;

/// Bounds on what a call may cost; what is beyond one is refused with `FACEKIT_STATUS_LIMIT_EXCEEDED` before a pixel is
/// decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct facekit_limits {
    /// The size of this struct: `facekit_limits_init` sets it.
    pub struct_size: usize,
    /// The most encoded bytes of one input. Default: 256 MiB.
    pub bytes: u64,
    /// The most pixels of one picture, width times height. Default: 200 million.
    pub pixels: u64,
    /// The most pixels of an animation, all frames together. Default: 2 billion.
    pub animation_pixels: u64,
    /// The most frames of one animation. Default: 3000.
    pub frames: u32,
    /// The most faces of one picture. Default: 1000.
    pub faces: u32,
}

// SAFETY: `repr(C)`, with its size first, and any bytes make numbers.
unsafe impl Growing for facekit_limits {
    const NAME: &'static str = "facekit_limits";

    fn defaults() -> Self {
        Self::new(&Limits::default())
    }
}

impl facekit_limits {
    fn new(&Limits { bytes, pixels, frames, animation_pixels, faces }: &Limits) -> Self {
        let faces = u32::try_from(faces).unwrap_or(u32::MAX);
        Self { struct_size: size_of::<Self>(), bytes, pixels, animation_pixels, frames, faces }
    }

    fn limits(self) -> Limits {
        let Self { struct_size: _, bytes, pixels, animation_pixels, frames, faces } = self;
        Limits { bytes, pixels, frames, animation_pixels, faces: faces as usize }
    }
}

/// Fills `out_limits`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_limits_init(out_limits: *mut facekit_limits, size: usize) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks; so in every function below.
    unsafe { guard(ptr::null_mut(), || growing::init(out_limits, size)) }
}

/// Sets every limit at once; NULL `limits` are the default ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_limits(
    options: *mut facekit_engine_options,
    limits: *const facekit_limits,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.limits = growing::read(limits)?.limits();
            Ok(())
        })
    }
}

/// Fills `out_limits`, which has `size` bytes (its sizeof), with the limits of an engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_limits(
    engine: *const facekit_engine,
    out_limits: *mut facekit_limits,
    size: usize,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        guard(out_error, || {
            let limits = facekit_limits::new(borrow(engine, "engine")?.engine.limits());
            growing::write(out_limits, size, "out_limits", &limits)
        })
    }
}

/// The most encoded bytes of one input. Default: 256 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_bytes(
    options: *mut facekit_engine_options,
    bytes: u64,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.bytes = bytes) }
}

/// The most pixels of one picture, width times height. Default: 200 million.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_pixels(
    options: *mut facekit_engine_options,
    pixels: u64,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.pixels = pixels) }
}

/// The most frames of one animation. Default: 3000.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_frames(
    options: *mut facekit_engine_options,
    frames: u32,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.frames = frames) }
}

/// The most pixels of an animation, all frames together. Default: 2 billion.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_animation_pixels(
    options: *mut facekit_engine_options,
    pixels: u64,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.animation_pixels = pixels) }
}

/// The most faces of one picture. Default: 1000.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_faces(
    options: *mut facekit_engine_options,
    faces: u32,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.faces = faces as usize) }
}

/// The limits of an engine, or the default ones for NULL.
pub(super) unsafe fn limits(engine: *const facekit_engine) -> Limits {
    // SAFETY: the caller gives NULL or a live engine.
    unsafe { engine.as_ref() }.map_or_else(Limits::default, |engine| engine.engine.limits().clone())
}

/// Changes one of the limits.
unsafe fn set_limit(
    options: *mut facekit_engine_options,
    out_error: *mut *mut facekit_error,
    change: impl FnOnce(&mut Limits),
) -> facekit_status {
    // SAFETY: passed on.
    unsafe {
        set(options, out_error, |options| {
            change(&mut options.limits);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_come_back_as_they_went() {
        let limits = Limits { bytes: 1, pixels: 2, frames: 3, animation_pixels: 4, faces: 5 };
        assert_eq!(facekit_limits::new(&limits).limits(), limits);
        assert_eq!(facekit_limits::defaults().limits(), Limits::default());
    }
}
