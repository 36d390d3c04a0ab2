//! Pixels into and out of a caller's own layout.

use crate::error::{Error, Result};
use crate::picture::{Image, ImageMut, ImageRef, PixelFormat};

impl Image {
    /// Copies a caller's pixels and metadata: grey becomes RGB, BGR is reordered, and alpha is kept.
    pub fn from_view(view: ImageRef<'_>) -> Self {
        let format = if view.format().has_alpha() { PixelFormat::Rgba } else { PixelFormat::Rgb };
        let image = Self::new(view.width(), view.height(), format);
        let mut image = image.unwrap_or_else(|_| unreachable!("an ImageRef is checked when it is made"));
        *image.metadata_mut() = view.metadata().cloned().unwrap_or_default();
        let mut target = image.view_mut();
        for y in 0..view.height() {
            let (from, to) = (view.row(y), target.row_mut(y));
            match view.format() {
                PixelFormat::Rgb | PixelFormat::Rgba => to.copy_from_slice(from),
                PixelFormat::Bgr => each(from, to, |&[b, g, r], to| *to = [r, g, b]),
                PixelFormat::Bgra => each(from, to, |&[b, g, r, a], to| *to = [r, g, b, a]),
                PixelFormat::Grey => each(from, to, |&[grey], to| *to = [grey; 3]),
            }
        }
        image
    }

    /// Writes the pixels into a caller's picture of the same size, in the caller's format.
    ///
    /// Where only the target has alpha, its alpha stays as it is; where only this picture has alpha, that is
    /// left out. Grey is the luma of ITU-R BT.601.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when the sizes differ.
    pub fn copy_to(&self, target: &mut ImageMut<'_>) -> Result<()> {
        use PixelFormat::{Bgr, Bgra, Grey, Rgb, Rgba};

        if (self.width(), self.height()) != (target.width(), target.height()) {
            return Err(Error::parameter(format!(
                "a picture of {}×{} cannot be written into one of {}×{}: make them the same size",
                self.width(),
                self.height(),
                target.width(),
                target.height()
            )));
        }
        let view = self.view();
        let format = target.format();
        for y in 0..view.height() {
            let (from, to) = (view.row(y), target.row_mut(y));
            match (view.format().has_alpha(), format) {
                (false, Rgb) | (true, Rgba) => to.copy_from_slice(from),
                (false, Bgr) => each(from, to, |&[r, g, b], to| *to = [b, g, r]),
                (false, Rgba) => each(from, to, |&[r, g, b], to: &mut [u8; 4]| *to = [r, g, b, to[3]]),
                (false, Bgra) => each(from, to, |&[r, g, b], to: &mut [u8; 4]| *to = [b, g, r, to[3]]),
                (false, Grey) => each(from, to, |&[r, g, b], to| *to = [luma(r, g, b)]),
                (true, Rgb) => each(from, to, |&[r, g, b, _], to| *to = [r, g, b]),
                (true, Bgr) => each(from, to, |&[r, g, b, _], to| *to = [b, g, r]),
                (true, Bgra) => each(from, to, |&[r, g, b, a], to| *to = [b, g, r, a]),
                (true, Grey) => each(from, to, |&[r, g, b, _], to| *to = [luma(r, g, b)]),
            }
        }
        Ok(())
    }
}

/// Calls `convert` on each pixel of a row, `FROM` channels in and `TO` channels out.
pub(super) fn each<const FROM: usize, const TO: usize>(
    from: &[u8],
    to: &mut [u8],
    convert: impl Fn(&[u8; FROM], &mut [u8; TO]),
) {
    let (from, to) = (from.as_chunks::<FROM>().0, to.as_chunks_mut::<TO>().0);
    for (from, to) in from.iter().zip(to) {
        convert(from, to);
    }
}

/// The luma of ITU-R BT.601, rounded half to even.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let thousandths = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    let (floor, rest) = (thousandths / 1000, thousandths % 1000);
    let up = rest > 500 || rest == 500 && floor % 2 == 1;
    (floor + u32::from(up)) as u8
}
