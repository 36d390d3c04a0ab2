//! Bilinear reads of eight pixels, or eight levels, at a time, for x86-64 processors that have AVX2.
//!
//! Bit for bit what [`Sampler::inside`](super::sample::Sampler::inside) and [`Mask::inside`](super::Mask::inside) give,
//! in about half the time.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::ops::Range;

use crate::geometry::Mask;
use crate::geometry::bilinear::Place;
use crate::geometry::sample::Track;
use crate::picture::ImageRef;

/// How many pixels are read at once.
const LANES: usize = 8;
/// How many sums are kept in registers.
const BLOCK: usize = 4 * LANES;

/// Whether the processor can do what is here.
pub(super) fn is_there() -> bool {
    is_x86_feature_detected!("avx2")
}

/// Writes the pixels of a span of a track, three values each, and tells how many it wrote from the first on.
/// [`is_there`] has to hold.
///
/// Source pixels have `C` channels, 3 or 4, of which the first three are written, with `swap` in reverse.
pub(super) fn warp<const C: usize>(
    source: ImageRef<'_>,
    track: &Track,
    span: Range<usize>,
    row: &mut [u8],
    swap: bool,
) -> usize {
    assert!(is_there());
    // SAFETY: the processor has AVX2.
    unsafe { warp_eights::<C>(source, track, span, row, swap) }
}

/// Mixes a span of a crop into the pixels of a row, and tells how many it mixed in from the first on. [`is_there`] has
/// to hold.
///
/// Pixels of the crop have `C` channels and those of the row `T`, 3 or 4 each; `swap` says that their first three stand in
/// reverse order of each other. A fourth value of the row stays as it is.
pub(super) fn blend<const C: usize, const T: usize>(
    crop: ImageRef<'_>,
    mask: &Mask,
    track: &Track,
    span: Range<usize>,
    row: &mut [u8],
    swap: bool,
) -> usize {
    assert!(is_there());
    // SAFETY: the processor has AVX2.
    unsafe { blend_eights::<C, T>(crop, mask, track, span, row, swap) }
}

/// Writes the pixels of an output row between two rows of a source, `share` from the first to the second, and tells how many
/// it wrote from the first on. [`is_there`] has to hold.
///
/// Source pixels have `C` channels, 3 or 4, of which the first three are written.
pub(super) fn interpolate<const C: usize>(
    rows: [&[u8]; 2],
    share: f32,
    columns: &[Place],
    out: &mut [[u8; 3]],
) -> usize {
    assert!(is_there());
    // SAFETY: the processor has AVX2.
    unsafe { interpolate_eights::<C>(rows, share, columns, out) }
}

/// Adds up rows of levels, two of each weight, and tells how many places it did from the first on. [`is_there`] has to hold.
pub(super) fn add_up_levels(rows: &[[&[u8]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
    assert!(is_there());
    // SAFETY: the processor has AVX2.
    unsafe { add_blocks_of_levels(rows, weights, out) }
}

/// Adds up rows of numbers, as [`add_up_levels`] does those of levels.
pub(super) fn add_up_numbers(rows: &[[&[f32]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
    assert!(is_there());
    // SAFETY: the processor has AVX2.
    unsafe { add_blocks_of_numbers(rows, weights, out) }
}

// What calls these instructions by a closure of its caller's is not inlined, so that the way of loading is no argument.
macro_rules! add_blocks {
    ($name:ident, $value:ty, $load:ident) => {
        #[target_feature(enable = "avx2")]
        fn $name(rows: &[[&[$value]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
            let blocks = out.as_chunks_mut::<BLOCK>().0;
            let done = BLOCK * blocks.len();
            for (block, start) in blocks.iter_mut().zip((0..).step_by(BLOCK)) {
                let mut sums = [_mm256_setzero_ps(); BLOCK / LANES];
                for ([first, second], weight) in rows.iter().zip(weights) {
                    let weight = _mm256_set1_ps(*weight);
                    let first = first[start..start + BLOCK].as_chunks::<LANES>().0;
                    let second = second[start..start + BLOCK].as_chunks::<LANES>().0;
                    for i in 0..BLOCK / LANES {
                        let both = _mm256_add_ps($load(&first[i]), $load(&second[i]));
                        sums[i] = _mm256_add_ps(sums[i], _mm256_mul_ps(weight, both));
                    }
                }
                for (out, sum) in block.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
                    // SAFETY: eight numbers are written where there are eight.
                    unsafe { _mm256_storeu_ps(out.as_mut_ptr(), sum) };
                }
            }
            done
        }
    };
}

add_blocks!(add_blocks_of_levels, u8, levels);
add_blocks!(add_blocks_of_numbers, f32, numbers);

#[target_feature(enable = "avx2")]
fn interpolate_eights<const C: usize>(
    [top, bottom]: [&[u8]; 2],
    share: f32,
    columns: &[Place],
    out: &mut [[u8; 3]],
) -> usize {
    let (share, next) = (
        _mm256_set1_ps(share),
        _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(C as i32)),
    );
    // Rows of one length have one bound to check.
    let bottom = &bottom[..top.len()];
    for (done, (pixel, column)) in out.iter_mut().zip(columns).enumerate() {
        let (Some(top), Some(bottom)) = (eight(top, column.at), eight(bottom, column.at)) else {
            return done;
        };
        let (top, bottom) = (levels(top), levels(bottom));
        let mixed = _mm256_add_ps(top, _mm256_mul_ps(share, _mm256_sub_ps(bottom, top)));
        let left = _mm256_castps256_ps128(mixed);
        let right = _mm256_castps256_ps128(_mm256_permutevar8x32_ps(mixed, next));
        let color = _mm_add_ps(left, _mm_mul_ps(_mm_set1_ps(column.share), _mm_sub_ps(right, left)));
        pixel.copy_from_slice(&rounded(color).to_le_bytes()[..3]);
    }
    out.len()
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
    for (first, block) in span.step_by(LANES).zip(blocks) {
        let cells = Cells::new(track, first);
        let mut levels = [0; LANES];
        for (i, pixel) in levels.iter_mut().enumerate() {
            let color = rounded(cells.color::<C>(source, i));
            *pixel = if swap { color.swap_bytes() >> 8 } else { color };
        }
        for (pixel, levels) in block.as_chunks_mut::<3>().0.iter_mut().zip(levels) {
            pixel.copy_from_slice(&levels.to_le_bytes()[..3]);
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
    let color_only = _mm_castsi128_ps(_mm_setr_epi32(-1, -1, -1, 0));
    // The last pixel of three values is read as four.
    let blocks = row.len().saturating_sub(4 - T) / (T * LANES);
    for (block, first) in span.step_by(LANES).take(blocks).enumerate() {
        let cells = Cells::new(track, first);
        let weights = cells.weights(mask);
        if _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(weights, _mm256_setzero_ps())) == 0 {
            continue;
        }
        for i in 0..LANES {
            let at = (block * LANES + i) * T;
            let color = cells.color::<C>(crop, i);
            let color = if swap { _mm_shuffle_ps::<0b11_00_01_10>(color, color) } else { color };
            let weight = _mm_and_ps(_mm256_castps256_ps128(lane(weights, i)), color_only);
            let kept = _mm_cvtepi32_ps(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(four(row, at))));
            let mixed = _mm_add_ps(kept, _mm_mul_ps(weight, _mm_sub_ps(color, kept)));
            row[at..at + T].copy_from_slice(&rounded(mixed).to_le_bytes()[..T]);
        }
    }
    LANES * blocks
}

/// The cells of eight neighbouring pixels of a track.
struct Cells {
    x: [usize; LANES],
    y: [usize; LANES],
    fx: __m256,
    fy: __m256,
}

impl Cells {
    /// The cells from the pixel with the index `first` on.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(track: &Track, first: usize) -> Self {
        let (mut x, mut y, mut fx, mut fy) = ([0; LANES], [0; LANES], [0.0; LANES], [0.0; LANES]);
        for (i, cell) in track.cells(first..first + LANES).enumerate() {
            (x[i], y[i], fx[i], fy[i]) = (cell.x, cell.y, cell.fx, cell.fy);
        }
        Self { x, y, fx: numbers(&fx), fy: numbers(&fy) }
    }

    /// The colour in one of the cells.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn color<const C: usize>(&self, source: ImageRef<'_>, i: usize) -> __m128 {
        let (data, stride) = (source.data(), source.stride());
        let start = self.y[i] * stride + self.x[i] * C;
        let both = |at: usize| {
            let rows = _mm_insert_epi32::<1>(_mm_cvtsi32_si128(four(data, at)), four(data, at + stride));
            _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(rows))
        };
        let (left, right) = (both(start), both(start + C));
        let rows = _mm256_add_ps(left, _mm256_mul_ps(lane(self.fx, i), _mm256_sub_ps(right, left)));
        let (top, bottom) = (_mm256_castps256_ps128(rows), _mm256_extractf128_ps::<1>(rows));
        let fy = _mm256_castps256_ps128(lane(self.fy, i));
        _mm_add_ps(top, _mm_mul_ps(fy, _mm_sub_ps(bottom, top)))
    }

    /// The weights in all of the cells.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn weights(&self, mask: &Mask) -> __m256 {
        let (values, width) = (mask.values(), mask.width() as usize);
        let mut corners = [[0.0; LANES]; 4];
        for i in 0..LANES {
            let start = self.y[i] * width + self.x[i];
            for (corner, at) in corners.iter_mut().zip([start, start + 1, start + width, start + width + 1]) {
                corner[i] = values[at];
            }
        }
        let [a, b, c, d] = &corners;
        let (a, b, c, d) = (numbers(a), numbers(b), numbers(c), numbers(d));
        let top = _mm256_add_ps(a, _mm256_mul_ps(self.fx, _mm256_sub_ps(b, a)));
        let bottom = _mm256_add_ps(c, _mm256_mul_ps(self.fx, _mm256_sub_ps(d, c)));
        _mm256_add_ps(top, _mm256_mul_ps(self.fy, _mm256_sub_ps(bottom, top)))
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn levels(levels: &[u8; LANES]) -> __m256 {
    let levels = _mm_cvtsi64_si128(i64::from_le_bytes(*levels));
    _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(levels))
}

#[inline]
#[target_feature(enable = "avx2")]
fn numbers(numbers: &[f32; LANES]) -> __m256 {
    // SAFETY: eight numbers are read where there are eight.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

/// One of eight numbers, eight times.
#[inline]
#[target_feature(enable = "avx2")]
fn lane(numbers: __m256, i: usize) -> __m256 {
    _mm256_permutevar8x32_ps(numbers, _mm256_set1_epi32(i as i32))
}

/// Four levels, rounded half to even, as the bytes of a number.
#[inline]
#[target_feature(enable = "avx2")]
fn rounded(color: __m128) -> u32 {
    let levels = _mm_cvtps_epi32(color);
    _mm_cvtsi128_si32(_mm_packus_epi16(_mm_packus_epi32(levels, levels), levels)) as u32
}

/// The eight levels that begin at a place, if there are as many.
#[inline(always)]
fn eight(row: &[u8], at: usize) -> Option<&[u8; LANES]> {
    row.get(at..)?.first_chunk()
}

/// The four bytes that begin at a place.
#[inline(always)]
fn four(data: &[u8], at: usize) -> i32 {
    let bytes = &data[at..at + 4];
    i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::sample::{Sampler, round_to_u8};
    use crate::picture::{Image, PixelFormat};

    fn noise(width: u32, height: u32, format: PixelFormat) -> Image {
        let level = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
        let levels = (0..width * height * format.channels() as u32).map(level).collect();
        Image::from_pixels(width, height, format, levels).unwrap()
    }

    /// The pixels of a row read one by one.
    fn one_by_one<const C: usize>(source: &Image, track: &Track, len: usize) -> Vec<[u8; 3]> {
        let sampler = Sampler::<C>::new(source.view());
        track
            .cells(0..len)
            .map(|cell| {
                let [r, g, b, _] = sampler.inside(cell).map(round_to_u8);
                [r, g, b]
            })
            .collect()
    }

    #[test]
    fn eight_at_a_time_are_what_one_by_one_are() {
        if !is_there() {
            return;
        }
        for scale in [0.3, 0.97, 1.9] {
            let track = Track::new(&[[scale, 0.21, 3.3], [-0.04, scale, 9.7]], 0, 0, 41);
            let mut row = [0; 41 * 3];
            for format in [PixelFormat::Rgb, PixelFormat::Bgr] {
                let source = noise(120, 90, format);
                let done = warp::<3>(source.view(), &track, 0..41, &mut row, format == PixelFormat::Bgr);
                assert_eq!(done, 40);
                assert_eq!(row.as_chunks::<3>().0[..40], one_by_one::<3>(&source, &track, 40));
            }
            let source = noise(120, 90, PixelFormat::Bgra);
            warp::<4>(source.view(), &track, 0..41, &mut row, true);
            assert_eq!(row.as_chunks::<3>().0[..40], one_by_one::<4>(&source, &track, 40));
        }
    }
}
