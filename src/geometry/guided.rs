//! The guided filter: smoothing that keeps the edges of a guide.

use crate::error::{Error, Result};
use crate::geometry::plane::{Upscale, box_mean, resize_plane};
use crate::geometry::rows::for_each_row;
use crate::picture::ImageRef;

/// A filter that makes planes of values follow a guide of `C` planes, one for grey, three for colour.
///
/// Within each window the result is a linear function of the guide, so that an edge stays where the guide has one, and
/// elsewhere the values are averaged. What it needs of the guide is worked out once, for any number of planes.
///
/// Source: K. He, J. Sun, X. Tang, "Guided Image Filtering", 2010, and, for `shrink`, K. He, J. Sun, "Fast Guided
/// Filter", 2015.
#[derive(Debug, Clone)]
pub struct GuidedFilter<const C: usize> {
    size: [u32; 2],
    guide: [Vec<f32>; C],
    /// The size at which the linear functions are fitted.
    small: [u32; 2],
    small_guide: [Vec<f32>; C],
    radius: [usize; 2],
    means: [Vec<f32>; C],
    /// The inverse of the covariance of the guide around each pixel, `epsilon` added to its variances.
    inverses: Vec<[[f32; C]; C]>,
}

impl GuidedFilter<3> {
    /// A filter that follows the colours of a picture, as planes of red, green and blue from 0 to 1; alpha is left out.
    ///
    /// # Errors
    /// As [`GuidedFilter::new`].
    pub fn of_picture(picture: ImageRef<'_>, radius: u32, epsilon: f32, shrink: u32) -> Result<Self> {
        let (width, height) = (picture.width(), picture.height());
        let (channels, offsets) = (picture.format().channels(), picture.format().rgb_offsets());
        let guide = offsets.map(|offset| {
            let rows = (0..height).flat_map(|y| picture.row(y).chunks_exact(channels));
            rows.map(|pixel| f32::from(pixel[offset]) / 255.0).collect()
        });
        Self::new(width, height, guide, radius, epsilon, shrink)
    }
}

impl<const C: usize> GuidedFilter<C> {
    /// A filter for planes of `width` × `height` values that follows `guide`, planes of that size with values from
    /// about 0 to 1.
    ///
    /// The window reaches `radius` pixels to each side, as far as the planes do. `epsilon`, above 0, is the variance
    /// in the guide below which it counts as flat: an edge of less than about √epsilon is smoothed away. With a
    /// `shrink` above 1 the fit is made on planes shrunk that many times, which differs little as long as it is
    /// at most about half the radius.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0, a guide of another size, an `epsilon`
    /// that is not above 0, or a `shrink` of 0.
    pub fn new(
        width: u32,
        height: u32,
        guide: [Vec<f32>; C],
        radius: u32,
        epsilon: f32,
        shrink: u32,
    ) -> Result<Self> {
        guide.iter().try_for_each(|plane| check(plane, [width, height]))?;
        if !(epsilon > 0.0 && epsilon.is_finite()) || shrink == 0 {
            return Err(Error::parameter(format!(
                "a guided filter cannot use an epsilon of {epsilon} and a shrink of {shrink}: both must be above 0"
            )));
        }
        let size = [width, height];
        let small = size.map(|side| side.div_ceil(shrink));
        // Both sides keep the reach of the window although they may shrink by slightly different factors.
        let radius = [0, 1].map(|axis| {
            let radius = u64::from(radius.min(size[axis])) * u64::from(small[axis]);
            (radius as f64 / f64::from(size[axis])).round() as usize
        });
        let small_guide = guide.each_ref().map(|plane| resize_plane(plane, size, small));
        let mean = |values: &[f32]| box_mean(values, small, radius);
        let means = small_guide.each_ref().map(|plane| mean(plane));
        let mut inverses = vec![[[0.0; C]; C]; small[0] as usize * small[1] as usize];
        for i in 0..C {
            for j in 0..=i {
                let products = mean(&multiply(&small_guide[i], &small_guide[j]));
                for (at, (inverse, product)) in inverses.iter_mut().zip(products).enumerate() {
                    inverse[i][j] = product - means[i][at] * means[j][at];
                    inverse[j][i] = inverse[i][j];
                }
            }
        }
        let len = small[0] as usize;
        for_each_row(
            &mut inverses,
            len,
            len * small[1] as usize * C * C,
            || (),
            |(), _, row| {
                row.iter_mut().for_each(|covariance| *covariance = invert(covariance, epsilon));
            },
        );
        Ok(Self { size, guide, small, small_guide, radius, means, inverses })
    }

    /// A plane of finite values that follows the guide.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a plane of another size.
    pub fn filter(&self, values: &[f32]) -> Result<Vec<f32>> {
        check(values, self.size)?;
        self.filter_small(&resize_plane(values, self.size, self.small))
    }

    /// A plane of the shrunk size, [`GuidedFilter::small_size`], enlarged to the size of the guide so that it follows
    /// the guide.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a plane of another size.
    pub fn filter_small(&self, values: &[f32]) -> Result<Vec<f32>> {
        check(values, self.small)?;
        let mean = |values: &[f32]| box_mean(values, self.small, self.radius);
        let mean_value = mean(values);
        let products = self.small_guide.each_ref().map(|plane| mean(&multiply(plane, values)));
        let mut slopes: [Vec<f32>; C] = std::array::from_fn(|_| vec![0.0; values.len()]);
        let mut offset = mean_value.clone();
        for (at, inverse) in self.inverses.iter().enumerate() {
            let covariance: [f32; C] =
                std::array::from_fn(|c| products[c][at] - self.means[c][at] * mean_value[at]);
            for (c, slope) in slopes.iter_mut().enumerate() {
                slope[at] = inverse[c].iter().zip(covariance).map(|(inverse, value)| inverse * value).sum();
                offset[at] -= slope[at] * self.means[c][at];
            }
        }
        let slopes = slopes.map(|plane| mean(&plane));
        let offset = mean(&offset);
        let upscale = Upscale::new(self.small, self.size);
        let width = self.size[0] as usize;
        let mut out = vec![0.0; width * self.size[1] as usize];
        let steps = out.len() * 2 * (C + 1);
        for_each_row(
            &mut out,
            width,
            steps,
            || (upscale.scratch(), vec![0.0; width]),
            |(scratch, slope), y, out| {
                upscale.row(&offset, y, scratch, out);
                for (plane, guide) in slopes.iter().zip(&self.guide) {
                    upscale.row(plane, y, scratch, slope);
                    for ((value, slope), guide) in out.iter_mut().zip(&*slope).zip(&guide[y * width..]) {
                        *value += slope * guide;
                    }
                }
            },
        );
        Ok(out)
    }

    /// Width and height of the planes that the fit is made on.
    pub fn small_size(&self) -> [u32; 2] {
        self.small
    }
}

fn check(plane: &[f32], [width, height]: [u32; 2]) -> Result<()> {
    let len = u64::from(width) * u64::from(height);
    if len == 0 || plane.len() as u64 != len {
        return Err(Error::parameter(format!(
            "a guided filter of {width}×{height} cannot use a plane of {} values: it must have {len}, and at least 1",
            plane.len()
        )));
    }
    Ok(())
}

fn multiply(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// The inverse of a covariance, `epsilon` added to its variances, by Gauss and Jordan's elimination.
fn invert<const C: usize>(covariance: &[[f32; C]; C], epsilon: f32) -> [[f32; C]; C] {
    let mut matrix = *covariance;
    let mut inverse = [[0.0; C]; C];
    for i in 0..C {
        // A variance is never below 0 but for rounding.
        matrix[i][i] = matrix[i][i].max(0.0) + epsilon;
        inverse[i][i] = 1.0;
    }
    for i in 0..C {
        let scale = 1.0 / matrix[i][i].max(f32::MIN_POSITIVE);
        for j in 0..C {
            matrix[i][j] *= scale;
            inverse[i][j] *= scale;
        }
        for row in (0..C).filter(|row| *row != i) {
            let factor = matrix[row][i];
            for j in 0..C {
                matrix[row][j] -= factor * matrix[i][j];
                inverse[row][j] -= factor * inverse[i][j];
            }
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step from 0.2 to 0.8 in the middle, with a fine grain on it.
    fn step(width: usize, height: usize) -> Vec<f32> {
        let value = |i: usize| {
            let side = if i % width < width / 2 { 0.2 } else { 0.8 };
            side + if (i + i / width).is_multiple_of(2) { 0.02 } else { -0.02 }
        };
        (0..width * height).map(value).collect()
    }

    fn filtered(shrink: u32) -> Vec<f32> {
        let plane = step(64, 48);
        let filter = GuidedFilter::<1>::new(64, 48, [plane.clone()], 8, 0.01, shrink).unwrap();
        filter.filter(&plane).unwrap()
    }

    #[test]
    fn grain_goes_and_an_edge_stays() {
        for (shrink, edge) in [(1, 0.5), (2, 0.45)] {
            let out = filtered(shrink);
            let row = &out[24 * 64..][..64];
            assert!((row[8] - row[9]).abs() < 0.01, "shrink {shrink}: {row:?}");
            assert!(row[33] - row[30] > edge, "shrink {shrink}: {row:?}");
        }
    }

    /// The filter as the paper writes it, one window at a time.
    #[test]
    fn results_are_those_of_the_definition() {
        let (width, height, radius, epsilon) = (9i32, 7i32, 2i32, 0.02f64);
        let at = |x: i32, y: i32| (y * width + x) as usize;
        let guide: Vec<f32> = (0..63).map(|i| ((i * 37) % 64) as f32 / 64.0).collect();
        let values: Vec<f32> = (0..63).map(|i| ((i * 23 + 5) % 64) as f32 / 64.0).collect();
        let window = |x: i32, y: i32| {
            let ys = (y - radius).max(0)..=(y + radius).min(height - 1);
            ys.flat_map(move |y| ((x - radius).max(0)..=(x + radius).min(width - 1)).map(move |x| at(x, y)))
        };
        let mean = |x, y, value: &dyn Fn(usize) -> f64| {
            let indices: Vec<usize> = window(x, y).collect();
            indices.iter().map(|i| value(*i)).sum::<f64>() / indices.len() as f64
        };
        let (g, v) = (|i: usize| f64::from(guide[i]), |i: usize| f64::from(values[i]));
        let mut fits = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let (mg, mv) = (mean(x, y, &g), mean(x, y, &v));
                let covariance = mean(x, y, &|i| g(i) * v(i)) - mg * mv;
                let slope = covariance / (mean(x, y, &|i| g(i) * g(i)) - mg * mg + epsilon);
                fits.push((slope, mv - slope * mg));
            }
        }
        let filter = GuidedFilter::<1>::new(9, 7, [guide.clone()], 2, epsilon as f32, 1).unwrap();
        let grey = filter.filter(&values).unwrap();
        // A guide of three equal planes has the same fit, its epsilon shared among them.
        let filter =
            GuidedFilter::<3>::new(9, 7, [(); 3].map(|()| guide.clone()), 2, 3.0 * epsilon as f32, 1);
        let color = filter.unwrap().filter(&values).unwrap();
        for y in 0..height {
            for x in 0..width {
                let expected = mean(x, y, &|i| fits[i].0) * g(at(x, y)) + mean(x, y, &|i| fits[i].1);
                for out in [&grey, &color] {
                    let value = f64::from(out[at(x, y)]);
                    assert!((value - expected).abs() < 1e-4, "{x}, {y}: {value}, expected {expected}");
                }
            }
        }
    }

    #[test]
    fn shrinking_changes_little() {
        let (exact, fast) = (filtered(1), filtered(2));
        let mean: f32 = exact.iter().zip(&fast).map(|(a, b)| (a - b).abs()).sum::<f32>() / exact.len() as f32;
        assert!(mean < 0.01, "{mean}");
    }

    #[test]
    fn any_size_and_radius_will_do() {
        for (width, height) in [(1, 1), (1, 40), (300, 1), (7, 5)] {
            for (radius, shrink) in [(0, 1), (1, 3), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
                let plane = vec![0.5; width as usize * height as usize];
                let filter = GuidedFilter::<1>::new(width, height, [plane.clone()], radius, 1e-4, shrink);
                let out = filter.unwrap().filter(&plane).unwrap();
                assert!(out.iter().all(|value| (value - 0.5).abs() < 1e-5), "{width}×{height}, {radius}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let new = |values: usize, epsilon, shrink| {
            GuidedFilter::<1>::new(2, 2, [vec![0.0; values]], 1, epsilon, shrink)
        };
        for (values, epsilon, shrink) in [(3, 0.1, 1), (4, 0.0, 1), (4, f32::NAN, 1), (4, 0.1, 0)] {
            assert!(new(values, epsilon, shrink).is_err(), "{values} {epsilon} {shrink}");
        }
        assert!(GuidedFilter::<1>::new(0, 2, [vec![]], 1, 0.1, 1).is_err());
        assert!(new(4, 0.1, 1).unwrap().filter(&[0.0; 5]).is_err());
    }

    #[test]
    fn threads_do_not_matter() {
        let plane = step(700, 300);
        let run = || {
            let filter = GuidedFilter::<1>::new(700, 300, [plane.clone()], 40, 0.01, 3).unwrap();
            filter.filter(&plane).unwrap()
        };
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(run);
        let many = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap().install(run);
        assert_eq!(one, many);
    }
}
