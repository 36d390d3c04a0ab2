//! Colours of one picture brought to those of another.

use crate::choice::choices;
use crate::error::{Error, Result};
use crate::geometry::Mask;
use crate::geometry::lab::{lab_to_rgb, rgb_to_lab};
use crate::geometry::rows::for_each_row;
use crate::picture::{Image, ImageRef, PixelFormat};

/// The least and the most that contrasts are multiplied by, so that neither noise nor flatness is made.
const CONTRAST: [f32; 2] = [0.6, 1.3];

/// Colours darker than this share of the mean change less and less, so that black stays black.
const DARK: f32 = 0.75;

choices! {
    /// When the colours of a crop are brought to those of the picture around it.
    #[derive(Default)]
    pub enum ColorMatch {
        /// Never: the crop stays as it is.
        Never = "never",
        /// When it lowers the difference in colour.
        #[default]
        Auto = "auto",
        /// Always.
        Always = "always",
    }
}

/// The mean and the standard deviation of lightness and of both axes of hue, in CIE L\*a\*b\*.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ColorStats {
    /// The mean of each coordinate.
    pub mean: [f32; 3],
    /// The standard deviation of each coordinate.
    pub deviation: [f32; 3],
}

impl ColorStats {
    /// The colours of a picture as far as a mask of its size shows them; none when the mask is 0 everywhere.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when the sizes differ.
    pub fn of(picture: ImageRef<'_>, mask: &Mask) -> Result<Option<Self>> {
        check_size(picture, mask)?;
        let width = picture.width() as usize;
        let mut rows = vec![[0.0f64; 7]; picture.height() as usize];
        let steps = width * rows.len() * 16;
        let offsets = picture.format().rgb_offsets();
        for_each_row(
            &mut rows,
            1,
            steps,
            || (),
            |(), y, sums| {
                let [total, sums @ ..] = &mut sums[0];
                let pixels = picture.row(y as u32).chunks_exact(picture.format().channels());
                for (pixel, weight) in
                    pixels.zip(&mask.values()[y * width..]).filter(|(_, weight)| **weight > 0.0)
                {
                    let weight = f64::from(*weight);
                    *total += weight;
                    for (i, value) in rgb_to_lab(offsets.map(|offset| pixel[offset])).into_iter().enumerate()
                    {
                        let value = f64::from(value);
                        sums[i] += weight * value;
                        sums[3 + i] += weight * value * value;
                    }
                }
            },
        );
        let sum = |i: usize| rows.iter().map(|row| row[i]).sum::<f64>();
        let total = sum(0);
        if total <= 0.0 {
            return Ok(None);
        }
        let mean = [1, 2, 3].map(|i| sum(i) / total);
        let deviation = [0, 1, 2].map(|i| (sum(4 + i) / total - mean[i] * mean[i]).max(0.0).sqrt() as f32);
        Ok(Some(Self { mean: mean.map(|mean| mean as f32), deviation }))
    }

    /// How far two sets of colours lie apart: the length of the differences of all means and deviations.
    pub fn difference(&self, other: &Self) -> f32 {
        let pairs = self.mean.iter().zip(&other.mean).chain(self.deviation.iter().zip(&other.deviation));
        pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
    }
}

/// A crop whose colours were compared with those of its target.
#[derive(Debug, Clone)]
pub struct ColorMatched {
    /// The RGB crop, with other colours or as it was.
    pub image: Image,
    /// The [difference](ColorStats::difference) to the target as the crop was.
    pub before: f32,
    /// The difference to the target as the crop is now.
    pub after: f32,
}

/// Brings the colours of a crop to those of `target`, a picture of the same size, as far as `mask` shows both.
///
/// Each coordinate of CIE L\*a\*b\* is given the mean and the standard deviation of the target; contrasts are
/// multiplied by 0.6 to 1.3, and colours of less than three quarters of the mean lightness change less, black not at
/// all. The whole crop is changed, not only what the mask shows. A mask that is 0
/// everywhere changes nothing.
///
/// Source: E. Reinhard, M. Ashikhmin, B. Gooch and P. Shirley, "Color transfer between images", 2001, in another
/// colour space.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when the sizes differ.
pub fn match_color(
    crop: ImageRef<'_>,
    target: ImageRef<'_>,
    mask: &Mask,
    when: ColorMatch,
) -> Result<ColorMatched> {
    let (from, to) = (ColorStats::of(crop, mask)?, ColorStats::of(target, mask)?);
    let unchanged = |difference| -> Result<ColorMatched> {
        let image = recolor(crop, |rgb| rgb)?;
        Ok(ColorMatched { image, before: difference, after: difference })
    };
    let Some((from, to)) = from.zip(to) else { return unchanged(0.0) };
    let before = from.difference(&to);
    if when == ColorMatch::Never {
        return unchanged(before);
    }
    let gain = [0, 1, 2].map(|i| {
        let ratio = to.deviation[i] / from.deviation[i];
        if ratio.is_finite() { ratio.clamp(CONTRAST[0], CONTRAST[1]) } else { 1.0 }
    });
    let image = recolor(crop, |rgb| {
        let lab = rgb_to_lab(rgb);
        let light = (lab[0] / (DARK * from.mean[0]).max(1.0)).min(1.0);
        let share = light * light * (3.0 - 2.0 * light);
        let moved = |i: usize| (lab[i] - from.mean[i]) * gain[i] + to.mean[i];
        lab_to_rgb([0, 1, 2].map(|i| lab[i] + share * (moved(i) - lab[i])))
    })?;
    let after = ColorStats::of(image.view(), mask)?.map_or(before, |stats| stats.difference(&to));
    if when == ColorMatch::Auto && after >= before {
        return unchanged(before);
    }
    Ok(ColorMatched { image, before, after })
}

/// The picture in RGB, every pixel changed.
fn recolor(picture: ImageRef<'_>, color: impl Fn([u8; 3]) -> [u8; 3] + Send + Sync) -> Result<Image> {
    let (width, height) = (picture.width(), picture.height());
    let offsets = picture.format().rgb_offsets();
    let mut pixels = vec![0; width as usize * height as usize * 3];
    let steps = pixels.len() * 16;
    for_each_row(
        &mut pixels,
        width as usize * 3,
        steps,
        || (),
        |(), y, row| {
            let source = picture.row(y as u32).chunks_exact(picture.format().channels());
            for (pixel, source) in row.chunks_exact_mut(3).zip(source) {
                pixel.copy_from_slice(&color(offsets.map(|offset| source[offset])));
            }
        },
    );
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels)
}

fn check_size(picture: ImageRef<'_>, mask: &Mask) -> Result<()> {
    if [picture.width(), picture.height()] == [mask.width(), mask.height()] {
        return Ok(());
    }
    Err(Error::parameter(format!(
        "a mask of {}×{} does not fit a picture of {}×{}: resize it",
        mask.width(),
        mask.height(),
        picture.width(),
        picture.height()
    )))
}
