//! Work on the rows of an output, on several threads when that pays.

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};

/// Below this many elementary steps, handing work to other threads costs more than it saves.
const PARALLEL_STEPS: usize = 1 << 17;

/// At most this many pixels are made by one call, against sizes that no picture has.
const MAX_PIXELS: u64 = 1 << 28;

/// Calls `work(scratch, y, row)` for each row of `row_len` values, the last of which may be shorter.
///
/// `steps` is about how many values the whole work reads. Each thread makes its own scratch, so that the result
/// does not depend on how many threads there are.
pub(crate) fn for_each_row<T: Send, S>(
    values: &mut [T],
    row_len: usize,
    steps: usize,
    scratch: impl Fn() -> S + Send + Sync,
    work: impl Fn(&mut S, usize, &mut [T]) + Send + Sync,
) {
    // A pool of one thread would only be waited for.
    if steps < PARALLEL_STEPS || rayon::current_num_threads() == 1 {
        let mut scratch = scratch();
        for (y, row) in values.chunks_mut(row_len).enumerate() {
            work(&mut scratch, y, row);
        }
    } else {
        values
            .par_chunks_mut(row_len)
            .enumerate()
            .for_each_init(scratch, |scratch, (y, row)| work(scratch, y, row));
    }
}

/// `count` rows of `row_len` values, each as `work(scratch, y, row)` leaves it, which finds other values in it.
///
/// Nothing is filled with zeros before, which one thread would do and which took a fifth of the time of a large
/// interpolation on two. Rows are made in a buffer that stays in the cache and are copied to their place.
#[allow(unsafe_code)]
pub(super) fn make_rows<T: Copy + Default + Send, S>(
    row_len: usize,
    count: usize,
    steps: usize,
    scratch: impl Fn() -> S + Send + Sync,
    work: impl Fn(&mut S, usize, &mut [T]) + Send + Sync,
) -> Vec<T> {
    let len = row_len * count;
    let mut values = Vec::with_capacity(len);
    for_each_row(
        &mut values.spare_capacity_mut()[..len],
        row_len,
        steps,
        || (scratch(), vec![T::default(); row_len]),
        |(scratch, row), y, out| {
            work(scratch, y, row);
            for (out, value) in out.iter_mut().zip(row) {
                out.write(*value);
            }
        },
    );
    // SAFETY: each of the rows, which make up the length, was written.
    unsafe { values.set_len(len) };
    values
}

/// Refuses an output of no pixels, or of more than memory should be asked for.
pub(super) fn check_output(width: u32, height: u32) -> Result<()> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(Error::parameter(format!(
            "an output of {width}×{height} has no pixels: both sides must be 1 or more"
        )));
    }
    if pixels > MAX_PIXELS {
        return Err(Error::new(
            ErrorKind::LimitExceeded,
            format!("an output of {width}×{height} has more than {MAX_PIXELS} pixels: ask for a smaller one"),
        ));
    }
    Ok(())
}
