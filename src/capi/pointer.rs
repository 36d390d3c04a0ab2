//! Pointers of the caller, checked for NULL as they come in.
//!
//! Each function trusts that a pointer which is not NULL points to what the header says, for as long as the call
//! runs.

use std::ffi::{CStr, CString, c_char};
use std::ptr::{self, NonNull};
use std::slice;

use crate::error::{Error, Result};

/// Borrows what a required argument points to.
pub(super) unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: not NULL means valid, as the module says.
    unsafe { pointer.as_ref() }.ok_or_else(|| missing(name))
}

/// Borrows what a required argument points to, to change it.
pub(super) unsafe fn borrow_mut<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: not NULL means valid and not in use elsewhere, as the module says.
    unsafe { pointer.as_mut() }.ok_or_else(|| missing(name))
}

/// Borrows `len` elements; NULL stands for none when `len` is 0.
pub(super) unsafe fn elements<'a, T>(pointer: *const T, len: usize, name: &str) -> Result<&'a [T]> {
    if len == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(missing(name));
    }
    if len.checked_mul(size_of::<T>()).is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(Error::parameter(format!("`{name}` cannot have {len} elements")));
    }
    // SAFETY: the pointer is not NULL and the length fits an address space, as the module says the rest.
    Ok(unsafe { slice::from_raw_parts(pointer, len) })
}

/// Borrows a required text.
pub(super) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(missing(name));
    }
    // SAFETY: not NULL means a text that ends with a zero byte, as the module says.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|error| {
        Error::parameter(format!("`{name}` is not UTF-8: convert it first")).with_source(error)
    })
}

/// Copies a text that may be NULL.
pub(super) unsafe fn optional_text(pointer: *const c_char, name: &str) -> Result<Option<String>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: passed on.
    unsafe { text(pointer, name) }.map(|text| Some(text.to_owned()))
}

/// Where a call puts its result.
pub(super) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// Takes a required output, which need not be initialised.
    pub unsafe fn new(pointer: *mut T, name: &str) -> Result<Self> {
        NonNull::new(pointer).map(Self).ok_or_else(|| missing(name))
    }

    /// Writes the result: the last thing that a call does.
    pub fn write(self, value: T) {
        // SAFETY: `new` was given a pointer that may be written.
        unsafe { self.0.write(value) };
    }
}

/// Hands a value to the caller as an opaque handle, which [`free`] takes back.
pub(super) fn handle<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Takes back a value that [`handle`] handed out; NULL is nothing.
pub(super) unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: the caller owns it, so `handle` made it and nothing has freed it.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

/// A text as C has it; a zero byte inside becomes a replacement character.
pub(super) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// The text at `index`, which lives as long as `texts`; NULL when there is none.
pub(super) fn text_at(texts: Option<&[CString]>, index: usize) -> *const c_char {
    texts.and_then(|texts| texts.get(index)).map_or(ptr::null(), |text| text.as_ptr())
}

fn missing(name: &str) -> Error {
    Error::parameter(format!("`{name}` is NULL, and must not be"))
}
