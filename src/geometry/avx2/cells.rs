//! The cells of eight pixels: where they lie, and what is read in them.

use std::arch::x86_64::*;

use super::LANES;
use crate::geometry::sample::{FRACTION_BITS, FRACTION_UNIT, LOST_BITS, Line, Track};

/// The cells of eight neighbouring pixels of a track: whole parts of coordinates, four at a time, and fractions.
pub(super) struct Cells {
    x: [__m256i; 2],
    y: [__m256i; 2],
    fx: __m256,
    fy: __m256,
}

/// Where the top left corners of eight cells lie among values in rows: all that is read there is known to be there.
pub(super) struct Corners<'a, T> {
    values: &'a [T],
    stride: usize,
    at: [usize; LANES],
}

impl Cells {
    /// The cells from the pixel with the index `first` on.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn new(track: &Track, first: usize) -> Self {
        let [x, y] = track.lines();
        Self { x: wholes(x, first), y: wholes(y, first), fx: fractions(x, first), fy: fractions(y, first) }
    }

    /// The corners among rows of `stride` values, at most [`MAX_STRIDE`](super::MAX_STRIDE), `step` of them a pixel, with
    /// eight bytes to be read from each on, and from below each.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn corners<'a, T>(&self, values: &'a [T], stride: usize, step: usize) -> Corners<'a, T> {
        let last = _mm256_set1_epi64x(values.len() as i64 - (stride + 8 / size_of::<T>()) as i64);
        let [down, right] = [stride, step].map(|by| _mm256_set1_epi64x(by as i64));
        let (mut at, mut beyond) = ([0; LANES], _mm256_setzero_si256());
        for ((out, &x), &y) in at.as_chunks_mut::<4>().0.iter_mut().zip(&self.x).zip(&self.y) {
            let places = _mm256_add_epi64(_mm256_mul_epu32(y, down), _mm256_mul_epu32(x, right));
            beyond = _mm256_or_si256(beyond, _mm256_cmpgt_epi64(places, last));
            // SAFETY: four places are written where there are four.
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), places) };
        }
        assert!(_mm256_testz_si256(beyond, beyond) == 1, "a cell is not inside of what it is read from");
        Corners { values, stride, at }
    }

    /// The colours in the cell `i` and in the one half of the cells further, in the halves of the result.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn colors<const C: usize>(&self, corners: &Corners<'_, u8>, i: usize) -> __m256 {
        let across = in_halves(self.fx, i);
        let mixed = |both| {
            let (left, right) = (numbers_from::<0>(both), numbers_from::<C>(both));
            _mm256_add_ps(left, _mm256_mul_ps(across, _mm256_sub_ps(right, left)))
        };
        let (top, bottom) = (mixed(corners.eights(i, false)), mixed(corners.eights(i, true)));
        _mm256_add_ps(top, _mm256_mul_ps(in_halves(self.fy, i), _mm256_sub_ps(bottom, top)))
    }

    /// The weights in all of the cells.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn weights(&self, corners: &Corners<'_, f32>) -> __m256 {
        let ((a, b), (c, d)) = (corners.pairs(false), corners.pairs(true));
        let top = _mm256_add_ps(a, _mm256_mul_ps(self.fx, _mm256_sub_ps(b, a)));
        let bottom = _mm256_add_ps(c, _mm256_mul_ps(self.fx, _mm256_sub_ps(d, c)));
        _mm256_add_ps(top, _mm256_mul_ps(self.fy, _mm256_sub_ps(bottom, top)))
    }
}

impl<T> Corners<'_, T> {
    /// The eight bytes from corner `i`, or from below it, on.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn eight(&self, i: usize, below: bool) -> __m128i {
        let at = self.at[i] + usize::from(below) * self.stride;
        // SAFETY: `Cells::corners` found eight bytes there.
        unsafe { _mm_loadl_epi64(self.values.as_ptr().add(at).cast()) }
    }
}

impl Corners<'_, u8> {
    /// The eight bytes from corner `i`, or from below it, on, and those of the corner one half of them further.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn eights(&self, i: usize, below: bool) -> __m256i {
        _mm256_set_m128i(self.eight(i + LANES / 2, below), self.eight(i, below))
    }
}

impl Corners<'_, f32> {
    /// The numbers at all corners, or below them, and those after them.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn pairs(&self, below: bool) -> (__m256, __m256) {
        let [p, q, r, s, t, u, v, w] = [0, 1, 2, 3, 4, 5, 6, 7].map(|i| self.eight(i, below));
        let quarters = [[p, q], [r, s], [t, u], [v, w]].map(|[low, high]| _mm_unpacklo_epi64(low, high));
        let [a, b, c, d] = quarters.map(|quarter| _mm_castsi128_ps(quarter));
        let (even, odd) = (_mm256_set_m128(c, a), _mm256_set_m128(d, b));
        (_mm256_shuffle_ps::<0b10_00_10_00>(even, odd), _mm256_shuffle_ps::<0b11_01_11_01>(even, odd))
    }
}

/// The whole parts of eight coordinates from the one with the index `first` on.
#[inline]
#[target_feature(enable = "avx2")]
fn wholes(line: Line, first: usize) -> [__m256i; 2] {
    let steps = _mm256_setr_epi64x(0, line.step, 2 * line.step, 3 * line.step);
    [first, first + LANES / 2].map(|first| {
        let coordinates = _mm256_add_epi64(_mm256_set1_epi64x(line.at(first)), steps);
        _mm256_srli_epi64::<{ FRACTION_BITS as i32 }>(coordinates)
    })
}

/// The fractions of eight coordinates from the one with the index `first` on.
#[inline]
#[target_feature(enable = "avx2")]
fn fractions(line: Line, first: usize) -> __m256 {
    let steps =
        _mm256_mullo_epi32(_mm256_set1_epi32(line.step as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    let coordinates = _mm256_add_epi32(_mm256_set1_epi32(line.at(first) as i32), steps);
    let kept = _mm256_srli_epi32::<{ LOST_BITS as i32 }>(coordinates);
    _mm256_mul_ps(_mm256_cvtepi32_ps(kept), _mm256_set1_ps(FRACTION_UNIT))
}

/// In each half the `i`-th of its numbers, four times.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn in_halves(numbers: __m256, i: usize) -> __m256 {
    _mm256_permutevar_ps(numbers, _mm256_set1_epi32(i as i32))
}

/// The four levels from the `AT`-th byte of each half on, as numbers.
#[inline]
#[target_feature(enable = "avx2")]
fn numbers_from<const AT: usize>(bytes: __m256i) -> __m256 {
    let (a, none) = (AT as i8, -1);
    let apart = _mm_setr_epi8(
        a,
        none,
        none,
        none, //
        a + 1,
        none,
        none,
        none, //
        a + 2,
        none,
        none,
        none, //
        a + 3,
        none,
        none,
        none,
    );
    _mm256_cvtepi32_ps(_mm256_shuffle_epi8(bytes, _mm256_broadcastsi128_si256(apart)))
}
