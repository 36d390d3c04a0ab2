//! The wide loops against the plain ones, value for value.

use super::*;
use crate::geometry::sample::{Sampler, round_to_u8};
use crate::picture::PixelFormat;

const WIDTH: u32 = 120;
const HEIGHT: u32 = 90;
const LEN: usize = 43;

fn noise() -> Vec<u8> {
    (0..WIDTH * HEIGHT * 4).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn view(levels: &[u8], format: PixelFormat) -> ImageRef<'_> {
    let stride = WIDTH as usize * format.channels();
    ImageRef::new(&levels[..stride * HEIGHT as usize], WIDTH, HEIGHT, stride, format).unwrap()
}

fn tracks() -> impl Iterator<Item = Track> {
    let track = |scale| Track::new(&[[scale, 0.21, 3.3], [-0.04, scale, 9.7]], 0, 0, LEN);
    [0.3, 0.97, 1.9].into_iter().map(track)
}

#[test]
fn eight_pixels_are_warped_as_each_is() {
    fn check<const C: usize>(source: ImageRef<'_>, swap: bool) {
        for track in tracks() {
            let mut row = [0; LEN * 3];
            assert_eq!(warp::<C>(source, &track, 0..LEN, &mut row, swap), 40);
            for (pixel, cell) in row.as_chunks::<3>().0[..40].iter().zip(track.cells(0..40)) {
                let [r, g, b, _] = Sampler::<C>::new(source).inside(cell).map(round_to_u8);
                assert_eq!(*pixel, [r, g, b]);
            }
        }
    }
    let levels = noise();
    if is_there() {
        check::<3>(view(&levels, PixelFormat::Rgb), false);
        check::<3>(view(&levels, PixelFormat::Bgr), true);
        check::<4>(view(&levels, PixelFormat::Bgra), true);
    }
}

#[test]
fn nothing_is_read_outside_of_a_source() {
    let levels = noise();
    let source = view(&levels, PixelFormat::Rgb);
    for (x, y) in [(3.3, f64::from(HEIGHT) - 1.0), (3.3, -1.0), (-20.0, -0.5), (1e6, 1e6)] {
        let track = Track::new(&[[1.0, 0.0, x], [0.0, 1.0, y]], 0, 0, LEN);
        let warped = std::panic::catch_unwind(|| warp::<3>(source, &track, 0..LEN, &mut [0; LEN * 3], false));
        assert!(warped.is_err() || !is_there(), "{x} {y}");
    }
}

#[test]
fn eight_pixels_are_mixed_as_each_is() {
    fn check<const T: usize>(swap: bool) {
        let levels = noise();
        let crop = view(&levels, PixelFormat::Rgb);
        let weights = (0..WIDTH * HEIGHT).map(|i| (i % 11).saturating_sub(2) as f32 / 8.0).collect();
        let mask = Mask::from_values(WIDTH, HEIGHT, weights).unwrap();
        for track in tracks() {
            let before = &levels[..LEN * T];
            let mut row = before.to_vec();
            assert_eq!(blend::<3, T>(crop, &mask, &track, 0..LEN, &mut row, swap), 40);
            let pixels = row.as_chunks::<T>().0.iter().zip(before.as_chunks::<T>().0);
            for ((pixel, before), cell) in pixels.zip(track.cells(0..40)) {
                let [r, g, b, _] = Sampler::<3>::new(crop).inside(cell);
                let color = if swap { [b, g, r] } else { [r, g, b] };
                for c in 0..3 {
                    let kept = f32::from(before[c]);
                    assert_eq!(pixel[c], round_to_u8(kept + mask.inside(cell) * (color[c] - kept)));
                }
                assert_eq!(pixel[3..], before[3..]);
            }
            assert_eq!(row[40 * T..], before[40 * T..]);
        }
    }
    if is_there() {
        check::<3>(true);
        check::<4>(false);
    }
}

#[test]
fn levels_between_rows_and_sums_of_rows_are_what_each_is() {
    if !is_there() {
        return;
    }
    let levels = noise();
    let (top, bottom) = (&levels[..360], &levels[360..720]);
    let columns: Vec<_> =
        (0..LEN as u32).map(|i| Place::new(3 * (i * 119 / LEN as u32), f64::from(i) / 43.0)).collect();
    let (place, mut row) = (Place::new(0, 0.3), [[0; 3]; LEN]);
    let done = interpolate::<3>([top, bottom], place, &columns, &mut row);
    assert_eq!(done, 40);
    for (pixel, column) in row[..done].iter().zip(&columns) {
        let color = std::array::from_fn(|c| {
            let at = column.at as usize + c;
            let across = |row: &[u8]| column.mix(row[at].into(), row[at + 3].into()) >> ACROSS_BITS;
            ((place.mix(across(top), across(bottom)) + (1 << (DOWN_BITS - 1))) >> DOWN_BITS) as u8
        });
        assert_eq!(*pixel, color);
    }

    let weights = [0.3, 0.2, 0.05];
    let rows: Vec<_> = (0..3).map(|i| [&levels[i * 100..][..70], &levels[i * 300 + 7..][..70]]).collect();
    let mut sums = [0.0; 70];
    assert_eq!(add_up_levels(&rows, &weights, &mut sums), 64);
    for (i, sum) in sums[..64].iter().enumerate() {
        let both = |rows: &[&[u8]; 2]| f32::from(rows[0][i]) + f32::from(rows[1][i]);
        assert_eq!(*sum, rows.iter().zip(weights).fold(0.0, |sum, (rows, weight)| sum + weight * both(rows)));
    }

    let numbers: Vec<_> = levels.iter().map(|&level| f32::from(level) / 7.0).collect();
    let rows: Vec<_> = (0..3).map(|i| [&numbers[i * 100..][..70], &numbers[i * 300 + 7..][..70]]).collect();
    assert_eq!(add_up_numbers(&rows, &weights, &mut sums), 64);
    for (i, sum) in sums[..64].iter().enumerate() {
        let both = |rows: &[&[f32]; 2]| rows[0][i] + rows[1][i];
        assert_eq!(*sum, rows.iter().zip(weights).fold(0.0, |sum, (rows, weight)| sum + weight * both(rows)));
    }
}
