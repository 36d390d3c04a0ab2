//! Structs of the caller that can grow: a client and a library of different releases understand each other.

use std::mem::size_of;
use std::ptr;

use crate::capi::pointer::Out;
use crate::error::{Error, Result};

/// A struct whose first field is its own size, as the header that the caller was compiled with has it.
///
/// # Safety
/// It is `repr(C)`, begins with `struct_size: usize`, and takes any bytes that C may store in its fields.
pub(super) unsafe trait Growing: Copy {
    /// Its name in the header.
    const NAME: &'static str;

    /// Its sizes in earlier releases. A field that is added starts at the end of the last one, so this is
    /// `offset_of` the first field that each release added.
    const EARLIER_SIZES: &'static [usize] = &[];

    /// Its defaults, with any size.
    fn defaults() -> Self;
}

/// No struct is as large; what claims to be was not initialised.
const MAX_SIZE: usize = 4096;

/// Fills a struct of `size` bytes with the defaults, and what this release does not know of it with zeros.
pub(super) unsafe fn init<T: Growing>(out_params: *mut T, size: usize) -> Result<()> {
    // SAFETY: passed on.
    unsafe { write(out_params, size, "out_params", &T::defaults()) }
}

/// Fills a struct of `size` bytes, an output of this name, as [`init`] does, with `value`.
pub(super) unsafe fn write<T: Growing>(out: *mut T, size: usize, name: &str, value: &T) -> Result<()> {
    // SAFETY: passed on.
    unsafe { Out::new(out, name) }?;
    check_size::<T>(size)?;
    let known = size.min(size_of::<T>());
    let target = out.cast::<u8>();
    // SAFETY: the caller gives `size` writable bytes, which begin with the size, and `known` is not above it.
    unsafe {
        ptr::copy_nonoverlapping(ptr::from_ref(value).cast(), target, known);
        target.add(known).write_bytes(0, size - known);
        out.cast::<usize>().write(size);
    }
    Ok(())
}

/// Reads a struct; NULL is the defaults, and so is what an older caller's struct does not have.
pub(super) unsafe fn read<T: Growing>(params: *const T) -> Result<T> {
    let mut known = T::defaults();
    if params.is_null() {
        return Ok(known);
    }
    // SAFETY: not NULL means a struct of the header, which begins with its size.
    let size = unsafe { params.cast::<usize>().read() };
    check_size::<T>(size)?;
    let len = size.min(size_of::<T>());
    let source = params.cast::<u8>();
    // SAFETY: the struct has `size` bytes, and `len` is above neither that nor the size of `T`.
    unsafe { ptr::copy_nonoverlapping(source, ptr::from_mut(&mut known).cast(), len) };
    for at in len..size {
        // SAFETY: `at` is below the size of the struct, whose tail `init` has written.
        if unsafe { source.add(at).read() } != 0 {
            return Err(Error::parameter(format!(
                "a {} has a field that this release of facekit, {}, does not know: leave it at its default",
                T::NAME,
                env!("CARGO_PKG_VERSION")
            )));
        }
    }
    Ok(known)
}

fn check_size<T: Growing>(size: usize) -> Result<()> {
    if T::EARLIER_SIZES.contains(&size) || (size_of::<T>()..=MAX_SIZE).contains(&size) {
        return Ok(());
    }
    Err(Error::parameter(format!(
        "a {name} has no release of {size} bytes: call {name}_init with its sizeof before anything else",
        name = T::NAME
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A struct that grew by `b` and then by `c`.
    #[derive(Debug, Clone, Copy, PartialEq)]
    #[repr(C)]
    struct Grown {
        struct_size: usize,
        a: u64,
        b: u64,
        c: u64,
    }

    // SAFETY: as the trait asks.
    unsafe impl Growing for Grown {
        const NAME: &'static str = "grown";
        const EARLIER_SIZES: &'static [usize] = &[16, 24];

        fn defaults() -> Self {
            Self { struct_size: 0, a: 1, b: 2, c: 3 }
        }
    }

    /// The client's memory: a size, and words of which the library knows the first three.
    type Memory = [u64; 6];

    fn init_in(memory: &mut Memory, size: usize) -> Result<()> {
        // SAFETY: no size below is above that of the memory, except for those that are refused.
        unsafe { init(memory.as_mut_ptr().cast::<Grown>(), size) }
    }

    fn read_from(memory: &Memory) -> Result<Grown> {
        // SAFETY: as above.
        unsafe { read(memory.as_ptr().cast()) }
    }

    #[test]
    fn init_writes_exactly_the_size_of_the_caller() {
        let expected: [(usize, Memory); 4] = [
            (16, [16, 1, 9, 9, 9, 9]),
            (24, [24, 1, 2, 9, 9, 9]),
            (32, [32, 1, 2, 3, 9, 9]),
            (40, [40, 1, 2, 3, 0, 9]),
        ];
        for (size, expected) in expected {
            let mut memory = [9; 6];
            init_in(&mut memory, size).unwrap();
            assert_eq!(memory, expected);
        }
    }

    #[test]
    fn what_an_older_caller_lacks_has_its_default() {
        let grown = |struct_size, a, b, c| Grown { struct_size, a, b, c };
        assert_eq!(read_from(&[16, 7, 7, 7, 7, 7]).unwrap(), grown(16, 7, 2, 3));
        assert_eq!(read_from(&[24, 7, 7, 7, 7, 7]).unwrap(), grown(24, 7, 7, 3));
        assert_eq!(read_from(&[32, 7, 7, 7, 7, 7]).unwrap(), grown(32, 7, 7, 7));
        // SAFETY: NULL may be read.
        assert_eq!(unsafe { read::<Grown>(ptr::null()) }.unwrap(), Grown::defaults());
    }

    #[test]
    fn what_a_newer_caller_adds_must_be_left_alone() {
        assert_eq!(read_from(&[48, 7, 7, 7, 0, 0]).unwrap().c, 7);
        for memory in [[48, 7, 7, 7, 1, 0], [48, 7, 7, 7, 0, 1 << 60]] {
            let error = read_from(&memory).unwrap_err().to_string();
            assert!(error.contains("does not know"), "{error}");
        }
    }

    #[test]
    fn a_size_of_no_release_is_refused_and_nothing_is_written() {
        for size in [0, 8, 12, 20, 31, MAX_SIZE + 1, usize::MAX] {
            let mut memory = [9; 6];
            let error = init_in(&mut memory, size).unwrap_err().to_string();
            assert!(error.contains("grown_init"), "{error}");
            assert_eq!(memory, [9; 6]);
            memory[0] = size as u64;
            assert!(read_from(&memory).is_err(), "{size}");
        }
    }
}
