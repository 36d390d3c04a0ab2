//! Bilinear reads of eight pixels, or eight levels, at a time, for x86-64 processors that have AVX2.
//!
//! Bit for bit what the loops beside their callers give, in about half the time. Where the processor lacks AVX2, every
//! function does nothing and tells that it did 0.
#![allow(unsafe_code)]

mod cells;

use std::arch::x86_64::*;
use std::ops::Range;

use cells::{Cells, in_halves};

use crate::geometry::Mask;
use crate::geometry::bilinear::{ACROSS_BITS, DOWN_BITS, Place};
use crate::geometry::sample::Track;
use crate::picture::ImageRef;

/// How many pixels are read at once.
const LANES: usize = 8;
/// How many short integers are reckoned with at once.
const SHORTS: usize = 16;
/// How many sums are kept in registers.
const BLOCK: usize = 4 * LANES;
/// And of numbers, which need no other registers.
const LONG_BLOCK: usize = 8 * LANES;
/// The longest rows whose places are reckoned with 32 bits a factor.
const MAX_STRIDE: usize = 1 << 30;

/// Writes the pixels of a span of a track, three values each, and tells how many it wrote from the first on.
///
/// Source pixels have `C` channels; of 3 or 4 the first three are written, with `swap` in reverse.
pub(super) fn warp<const C: usize>(
    source: ImageRef<'_>,
    track: &Track,
    span: Range<usize>,
    row: &mut [u8],
    swap: bool,
) -> usize {
    if C == 1 || source.stride() > MAX_STRIDE || !is_there() {
        return 0;
    }
    // SAFETY: the processor has AVX2.
    unsafe { warp_eights::<C>(source, track, span, row, swap) }
}

/// Mixes a span of a crop into the pixels of a row, and tells how many it mixed in from the first on.
///
/// Pixels of the crop have `C` channels and those of the row `T`, 3 or 4; `swap` says that their first three stand in
/// reverse order of each other. A fourth value of the row stays as it is.
pub(super) fn blend<const C: usize, const T: usize>(
    crop: ImageRef<'_>,
    mask: &Mask,
    track: &Track,
    span: Range<usize>,
    row: &mut [u8],
    swap: bool,
) -> usize {
    if C == 1 || crop.stride().max(mask.width() as usize) > MAX_STRIDE || !is_there() {
        return 0;
    }
    // SAFETY: the processor has AVX2.
    unsafe { blend_eights::<C, T>(crop, mask, track, span, row, swap) }
}

/// Writes the pixels of an output row that lies at a place between two rows of a source, and tells how many it wrote
/// from the first on.
///
/// Source pixels have `C` channels; of 3 or 4 the first three are written.
pub(super) fn interpolate<const C: usize>(
    rows: [&[u8]; 2],
    place: Place,
    columns: &[Place],
    out: &mut [[u8; 3]],
) -> usize {
    if C == 1 || !is_there() {
        return 0;
    }
    // SAFETY: the processor has AVX2.
    unsafe { interpolate_fours::<C>(rows, place, columns, out) }
}

/// Adds up rows of levels, two of each weight, and tells how many places it did from the first on.
pub(super) fn add_up_levels(rows: &[[&[u8]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
    if !is_there() {
        return 0;
    }
    // SAFETY: the processor has AVX2.
    unsafe { add_blocks_of_levels(rows, weights, out) }
}

/// Adds up rows of numbers, as [`add_up_levels`] does those of levels.
pub(super) fn add_up_numbers(rows: &[[&[f32]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
    if !is_there() {
        return 0;
    }
    // SAFETY: the processor has AVX2.
    unsafe { add_blocks_of_numbers(rows, weights, out) }
}

#[target_feature(enable = "avx2")]
fn add_blocks_of_levels(rows: &[[&[u8]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
    let (blocks, zero) = (out.as_chunks_mut::<BLOCK>().0, _mm256_setzero_si256());
    let done = BLOCK * blocks.len();
    for (block, start) in blocks.iter_mut().zip((0..).step_by(BLOCK)) {
        let mut sums = [[_mm256_setzero_ps(); 2]; BLOCK / SHORTS];
        for ([first, second], weight) in rows.iter().zip(weights) {
            let weight = _mm256_set1_ps(*weight);
            let first = first[start..start + BLOCK].as_chunks::<SHORTS>().0;
            let second = second[start..start + BLOCK].as_chunks::<SHORTS>().0;
            for i in 0..BLOCK / SHORTS {
                // Two levels are added as short integers, half as many instructions as numbers take.
                let both = _mm256_add_epi16(shorts(&first[i]), shorts(&second[i]));
                let halves = [_mm256_unpacklo_epi16(both, zero), _mm256_unpackhi_epi16(both, zero)];
                for (sum, half) in sums[i].iter_mut().zip(halves) {
                    *sum = _mm256_add_ps(*sum, _mm256_mul_ps(weight, _mm256_cvtepi32_ps(half)));
                }
            }
        }
        let eights = block.as_chunks_mut::<LANES>().0;
        for ([first, second], [low, high]) in eights.as_chunks_mut::<2>().0.iter_mut().zip(sums) {
            store(_mm256_permute2f128_ps::<0x20>(low, high), first);
            store(_mm256_permute2f128_ps::<0x31>(low, high), second);
        }
    }
    done
}

#[target_feature(enable = "avx2")]
fn add_blocks_of_numbers(rows: &[[&[f32]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
    let blocks = out.as_chunks_mut::<LONG_BLOCK>().0;
    let done = LONG_BLOCK * blocks.len();
    for (block, start) in blocks.iter_mut().zip((0..).step_by(LONG_BLOCK)) {
        let mut sums = [_mm256_setzero_ps(); LONG_BLOCK / LANES];
        for ([first, second], weight) in rows.iter().zip(weights) {
            let weight = _mm256_set1_ps(*weight);
            let first = first[start..start + LONG_BLOCK].as_chunks::<LANES>().0;
            let second = second[start..start + LONG_BLOCK].as_chunks::<LANES>().0;
            for i in 0..LONG_BLOCK / LANES {
                let both = _mm256_add_ps(numbers(&first[i]), numbers(&second[i]));
                sums[i] = _mm256_add_ps(sums[i], _mm256_mul_ps(weight, both));
            }
        }
        for (out, sum) in block.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
            store(sum, out);
        }
    }
    done
}

#[target_feature(enable = "avx2")]
fn interpolate_fours<const C: usize>(
    [top, bottom]: [&[u8]; 2],
    place: Place,
    columns: &[Place],
    out: &mut [[u8; 3]],
) -> usize {
    let (down, half) = (_mm256_set1_epi32(weights(place)), _mm256_set1_epi32(1 << (DOWN_BITS - 1)));
    let colors_only = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    // Rows of one length have one bound to check.
    let bottom = &bottom[..top.len()];
    let fours = out.as_chunks_mut::<4>().0.iter_mut().zip(columns.as_chunks::<4>().0);
    let whole = 4 * fours.len();
    for (i, (pixels, columns)) in fours.enumerate() {
        let [a, b, c, d] = *columns;
        // Packing takes the pixels of both halves in turn.
        let mut levels = [_mm256_setzero_si256(); 2];
        for (levels, [low, high]) in levels.iter_mut().zip([[a, c], [b, d]]) {
            let at = [low.at as usize, high.at as usize];
            let (Some(top), Some(bottom)) = (neighbours::<C>(top, at), neighbours::<C>(bottom, at)) else {
                return 4 * i;
            };
            let across = _mm256_set_m128i(_mm_set1_epi32(weights(high)), _mm_set1_epi32(weights(low)));
            let (top, bottom) = (_mm256_madd_epi16(top, across), _mm256_madd_epi16(bottom, across));
            let top = _mm256_srli_epi32::<{ ACROSS_BITS as i32 }>(top);
            let bottom = _mm256_slli_epi32::<{ 16 - ACROSS_BITS as i32 }>(bottom);
            let sum = _mm256_madd_epi16(_mm256_blend_epi16::<0b10101010>(top, bottom), down);
            *levels = _mm256_srli_epi32::<{ DOWN_BITS as i32 }>(_mm256_add_epi32(sum, half));
        }
        let shorts = _mm256_packs_epi32(levels[0], levels[1]);
        let bytes = _mm_packus_epi16(_mm256_castsi256_si128(shorts), _mm256_extracti128_si256::<1>(shorts));
        let bytes = _mm_shuffle_epi8(bytes, colors_only);
        let (first, last) = pixels.as_flattened_mut().split_at_mut(8);
        first.copy_from_slice(&_mm_cvtsi128_si64(bytes).to_le_bytes());
        last.copy_from_slice(&_mm_extract_epi32::<2>(bytes).to_le_bytes());
    }
    whole
}

/// Two weights as the halves of a number.
#[inline(always)]
fn weights(place: Place) -> i32 {
    i32::from(place.weights[0]) | i32::from(place.weights[1]) << 16
}

/// The three levels of a pixel and of the next, in turn, at two places of a row, if there are as many.
#[inline]
#[target_feature(enable = "avx2")]
fn neighbours<const C: usize>(row: &[u8], [first, second]: [usize; 2]) -> Option<__m256i> {
    let [first, second] = [*eight(row, first)?, *eight(row, second)?].map(i64::from_le_bytes);
    let (c, none) = (C as i8, -1);
    let in_turn = _mm_setr_epi8(
        0,
        c,
        1,
        1 + c,
        2,
        2 + c,
        none,
        none, //
        8,
        8 + c,
        9,
        9 + c,
        10,
        10 + c,
        none,
        none,
    );
    let levels = _mm_shuffle_epi8(_mm_set_epi64x(second, first), in_turn);
    Some(_mm256_cvtepu8_epi16(levels))
}

#[target_feature(enable = "avx2")]
fn warp_eights<const C: usize>(
    source: ImageRef<'_>,
    track: &Track,
    span: Range<usize>,
    row: &mut [u8],
    swap: bool,
) -> usize {
    let blocks = row.as_chunks_mut::<{ 3 * LANES }>().0;
    let done = LANES * blocks.len();
    let order = match swap {
        false => _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1),
        true => _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1),
    };
    for (first, block) in span.step_by(LANES).zip(blocks) {
        let cells = Cells::new(track, first);
        let corners = cells.corners(source.data(), source.stride(), C);
        let mut levels = [_mm256_setzero_si256(); LANES / 2];
        for (i, levels) in levels.iter_mut().enumerate() {
            *levels = _mm256_cvtps_epi32(cells.colors::<C>(&corners, i));
        }
        let [a, b, c, d] = levels;
        let levels = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
        let halves = [_mm256_castsi256_si128(levels), _mm256_extracti128_si256::<1>(levels)];
        for (pixels, half) in block.as_chunks_mut::<12>().0.iter_mut().zip(halves) {
            let mut bytes = [0; 16];
            // SAFETY: sixteen bytes are written where there are sixteen.
            unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), _mm_shuffle_epi8(half, order)) };
            pixels.copy_from_slice(&bytes[..12]);
        }
    }
    done
}

#[target_feature(enable = "avx2")]
fn blend_eights<const C: usize, const T: usize>(
    crop: ImageRef<'_>,
    mask: &Mask,
    track: &Track,
    span: Range<usize>,
    row: &mut [u8],
    swap: bool,
) -> usize {
    let color_only = _mm256_castsi256_ps(_mm256_setr_epi32(-1, -1, -1, 0, -1, -1, -1, 0));
    // The last pixel of three values is read as four.
    let blocks = row.len().saturating_sub(4 - T) / (T * LANES);
    for (block, first) in span.step_by(LANES).take(blocks).enumerate() {
        let cells = Cells::new(track, first);
        let weights = cells.weights(&cells.corners(mask.values(), mask.width() as usize, 1));
        if _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(weights, _mm256_setzero_ps())) == 0 {
            continue;
        }
        let corners = cells.corners(crop.data(), crop.stride(), C);
        for i in 0..LANES / 2 {
            let [low, high] = [i, i + LANES / 2].map(|i| (block * LANES + i) * T);
            let colors = cells.colors::<C>(&corners, i);
            let colors = if swap { _mm256_permute_ps::<0b11_00_01_10>(colors) } else { colors };
            let weights = _mm256_and_ps(in_halves(weights, i), color_only);
            let kept = _mm_insert_epi32::<1>(_mm_cvtsi32_si128(four(row, low)), four(row, high));
            let kept = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(kept));
            let mixed = _mm256_add_ps(kept, _mm256_mul_ps(weights, _mm256_sub_ps(colors, kept)));
            for (at, bytes) in [low, high].into_iter().zip(rounded(mixed)) {
                row[at..at + T].copy_from_slice(&bytes.to_le_bytes()[..T]);
            }
        }
    }
    LANES * blocks
}

#[inline]
#[target_feature(enable = "avx2")]
fn shorts(levels: &[u8; SHORTS]) -> __m256i {
    // SAFETY: sixteen bytes are read where there are sixteen.
    _mm256_cvtepu8_epi16(unsafe { _mm_loadu_si128(levels.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(numbers: __m256, out: &mut [f32; LANES]) {
    // SAFETY: eight numbers are written where there are eight.
    unsafe { _mm256_storeu_ps(out.as_mut_ptr(), numbers) };
}

#[inline]
#[target_feature(enable = "avx2")]
fn numbers(numbers: &[f32; LANES]) -> __m256 {
    // SAFETY: eight numbers are read where there are eight.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

/// Four levels in each half, rounded half to even, as the bytes of two numbers.
#[inline]
#[target_feature(enable = "avx2")]
fn rounded(colors: __m256) -> [u32; 2] {
    let levels = _mm256_cvtps_epi32(colors);
    let bytes = _mm256_packus_epi16(_mm256_packus_epi32(levels, levels), levels);
    [_mm256_castsi256_si128(bytes), _mm256_extracti128_si256::<1>(bytes)]
        .map(|half| _mm_cvtsi128_si32(half) as u32)
}

/// The eight levels that begin at a place, if there are as many.
#[inline(always)]
fn eight(row: &[u8], at: usize) -> Option<&[u8; LANES]> {
    row.get(at..)?.first_chunk()
}

/// Whether the processor can do what is here.
fn is_there() -> bool {
    is_x86_feature_detected!("avx2")
}

/// The four bytes that begin at a place.
#[inline(always)]
fn four(data: &[u8], at: usize) -> i32 {
    let bytes = &data[at..at + 4];
    i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests;
