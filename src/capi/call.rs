//! One call: its progress and its cancellation.

use std::ffi::{c_char, c_int, c_void};
use std::mem::offset_of;
use std::ptr;

use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::growing::{self, Growing};
use crate::capi::pointer::{borrow, c_string, free, handle};
use crate::error::Result;
use crate::progress::{CancelToken, Completion, Control, Preview, Progress};
use crate::request::{Request, Response};

/// A switch that stops the calls that it was given to, for good.
///
/// Threads: any thread may cancel it while others run. Lifetime: free it when no call that has it runs.
pub struct facekit_cancel_token(CancelToken);

/// What a caller wants of one running call, beside its result: all of it may be left out.
///
/// Lifetime: it is read when the call starts and not kept; what it points to lives until the call returns, and what
/// `user_data` of a job points to until that has ended and its completion has returned, as `facekit_job_wait` tells.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_call {
    /// The size of this struct: `facekit_call_init` sets it.
    pub struct_size: usize,
    /// Called with each step of progress on the thread that runs the call: the stage, such as "detect", and the part
    /// of the call that is done, 0 to 1, which never falls. A result other than 0 cancels the call. It must not
    /// throw or jump out. NULL for none, the default.
    pub progress:
        Option<unsafe extern "C" fn(stage: *const c_char, fraction: f32, user_data: *mut c_void) -> c_int>,
    /// What the callbacks are called with, untouched. Default: NULL.
    pub user_data: *mut c_void,
    /// Stops the call soon after it is canceled, also in the middle of a model run. Default: NULL, for none.
    pub cancel: *const facekit_cancel_token,
    /// Called with a preview after each step of a diffusion model, on the thread that runs the call; the preview lives
    /// until the callback returns. It must not throw or jump out. NULL for none, the default.
    pub preview: Option<unsafe extern "C" fn(preview: *const facekit_preview, user_data: *mut c_void)>,
    /// Called once when a call whose arguments were accepted ends, on the thread that runs it, before it returns: FACEKIT_STATUS_OK or why
    /// it failed, and how long it took, in seconds. It must not throw or jump out. NULL for none, the default.
    pub completion:
        Option<unsafe extern "C" fn(status: facekit_status, seconds: f64, user_data: *mut c_void)>,
}

/// What a running call has made so far: small and rough.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_preview {
    /// Its pixels, RGB, row by row without gaps.
    pub rgb: *const u8,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The steps that the model has run for it.
    pub step: u32,
    /// The steps that it will have run.
    pub steps: u32,
}

// SAFETY: `repr(C)`, with its size first, and any bytes make pointers.
unsafe impl Growing for facekit_call {
    const NAME: &'static str = "facekit_call";
    const EARLIER_SIZES: &'static [usize] = &[offset_of!(Self, preview)];

    fn defaults() -> Self {
        Self {
            struct_size: size_of::<Self>(),
            progress: None,
            user_data: ptr::null_mut(),
            cancel: ptr::null(),
            preview: None,
            completion: None,
        }
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_call_init(out_params: *mut facekit_call, size: usize) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// A token that is not canceled; free it with `facekit_cancel_token_free`.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_cancel_token_new() -> *mut facekit_cancel_token {
    handle(facekit_cancel_token(CancelToken::new()))
}

/// Cancels, for good. Any thread may call this, any number of times.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_cancel_token_cancel(
    token: *const facekit_cancel_token,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            borrow(token, "token")?.0.cancel();
            Ok(())
        })
    }
}

/// Whether it was canceled; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_cancel_token_is_canceled(token: *const facekit_cancel_token) -> bool {
    // SAFETY: the caller gives NULL or a live token.
    unsafe { token.as_ref() }.is_some_and(|token| token.0.is_canceled())
}

/// Frees a token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_cancel_token_free(token: *mut facekit_cancel_token) {
    // SAFETY: the caller hands over NULL or a token that it owns.
    unsafe { free(token) };
}

/// Runs a request under the control that a caller asks for; its answer as a handle of C.
pub(super) unsafe fn run<Answer, Handle>(
    engine: &facekit_engine,
    request: &Request<'_>,
    call: *const facekit_call,
) -> Result<*mut Handle>
where
    Answer: TryFrom<Response, Error = Box<Response>>,
    Handle: From<Answer>,
{
    // SAFETY: the caller of C gives NULL or an initialised struct.
    let control = unsafe { control(call) }?;
    Ok(handle(engine.engine.run(request, &control)?.answer::<Answer>()?.into()))
}

/// The control that a caller asks for.
///
/// It has a token of its own, a child of the caller's: a progress callback that cancels stops this call alone, and
/// not the others that share the caller's token.
pub(super) unsafe fn control(call: *const facekit_call) -> Result<Control> {
    // SAFETY: the caller of C gives NULL or an initialised struct, and in it NULL or a live token.
    let (call, outer) = unsafe {
        let call = growing::read(call)?;
        (call, call.cancel.as_ref())
    };
    let token = outer.map_or_else(CancelToken::new, |outer| outer.0.child());
    let mut control = Control::new().cancel_with(token.clone());
    if let Some(progress) = call.progress {
        let callback = Callback { function: progress, user_data: call.user_data };
        control = control.on_progress(move |step| {
            if callback.cancels_at(step) {
                token.cancel();
            }
        });
    }
    if let Some(preview) = call.preview {
        let callback = Callback { function: preview, user_data: call.user_data };
        control = control.on_preview(move |preview| callback.show(preview));
    }
    if let Some(completion) = call.completion {
        let callback = Callback { function: completion, user_data: call.user_data };
        control = control.on_completion(move |completion| callback.complete(completion));
    }
    Ok(control)
}

/// A callback of C and what it is called with.
struct Callback<F> {
    function: F,
    user_data: *mut c_void,
}

// SAFETY: the header says which threads call it, and the caller of C gives what may be used there.
unsafe impl<F> Send for Callback<F> {}
// SAFETY: as above.
unsafe impl<F> Sync for Callback<F> {}

impl Callback<unsafe extern "C" fn(*const c_char, f32, *mut c_void) -> c_int> {
    fn cancels_at(&self, step: Progress<'_>) -> bool {
        let stage = c_string(step.stage);
        // SAFETY: the function and what it is called with are the caller's, and the text lives until it returns.
        unsafe { (self.function)(stage.as_ptr(), step.fraction, self.user_data) != 0 }
    }
}

impl Callback<unsafe extern "C" fn(*const facekit_preview, *mut c_void)> {
    fn show(&self, Preview { width, height, rgb, step, steps }: Preview<'_>) {
        let preview = facekit_preview { rgb: rgb.as_ptr(), width, height, step, steps };
        // SAFETY: the function and what it is called with are the caller's, and the preview lives until it returns.
        unsafe { (self.function)(&preview, self.user_data) }
    }
}

impl Callback<unsafe extern "C" fn(facekit_status, f64, *mut c_void)> {
    fn complete(&self, completion: Completion<'_>) {
        let status = completion.error.map_or(facekit_status::Ok, |error| error.kind().into());
        // SAFETY: the function and what it is called with are the caller's.
        unsafe { (self.function)(status, completion.duration.as_secs_f64(), self.user_data) }
    }
}
