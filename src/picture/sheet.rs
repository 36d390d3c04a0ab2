//! Pictures side by side.

use crate::error::{Error, Result};
use crate::picture::{Image, PixelFormat};

impl Image {
    /// Pictures in rows, RGB: each at the left upper corner of a cell that is as large as the widest and the highest of
    /// them, with `gap` white pixels between the cells. What is transparent is shown on white.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for no picture, and for a sheet of more pixels than a
    /// picture can have.
    pub fn sheet(rows: &[Vec<Self>], gap: u32) -> Result<Self> {
        let all = || rows.iter().flatten();
        let (Some(width), Some(height)) = (all().map(Self::width).max(), all().map(Self::height).max())
        else {
            return Err(Error::parameter("a sheet needs at least one picture"));
        };
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let span = |cells: usize, side: u32| {
            let gaps = u64::from(gap) * (cells.max(1) as u64 - 1);
            let pixels = u64::from(side) * cells as u64 + gaps;
            u32::try_from(pixels)
                .map_err(|_| Error::parameter(format!("a sheet cannot be {pixels} pixels wide")))
        };
        let (sheet_width, sheet_height) = (span(columns, width)?, span(rows.len(), height)?);
        let mut sheet = Self::new(sheet_width, sheet_height, PixelFormat::Rgb)?;
        let mut view = sheet.view_mut();
        (0..sheet_height).for_each(|y| view.row_mut(y).fill(u8::MAX));
        for (row, pictures) in rows.iter().enumerate() {
            for (column, picture) in pictures.iter().enumerate() {
                let left = 3 * column * (width + gap) as usize;
                let top = row as u32 * (height + gap);
                for y in 0..picture.height() {
                    let pixels = on_white(picture, y);
                    view.row_mut(top + y)[left..left + pixels.len()].copy_from_slice(&pixels);
                }
            }
        }
        Ok(sheet)
    }
}

/// A row of a picture, RGB.
fn on_white(picture: &Image, y: u32) -> Vec<u8> {
    let row = picture.view().row(y);
    if !picture.format().has_alpha() {
        return row.to_vec();
    }
    let over = |level: u8, alpha: u8| {
        let (level, alpha) = (u32::from(level), u32::from(alpha));
        ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    row.chunks_exact(4).flat_map(|pixel| [0, 1, 2].map(|channel| over(pixel[channel], pixel[3]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(width: u32, height: u32, pixel: &[u8]) -> Image {
        let format = if pixel.len() == 4 { PixelFormat::Rgba } else { PixelFormat::Rgb };
        Image::from_pixels(width, height, format, pixel.repeat((width * height) as usize)).unwrap()
    }

    #[test]
    fn cells_stand_in_rows_on_white() {
        let rows =
            [vec![filled(2, 1, &[9, 9, 9]), filled(1, 2, &[0, 0, 0, 51])], vec![filled(1, 1, &[7; 3])]];
        let sheet = Image::sheet(&rows, 1).unwrap();
        assert_eq!((sheet.width(), sheet.height()), (5, 5));
        let at = |x: usize, y: u32| sheet.view().row(y)[3 * x];
        assert_eq!([at(0, 0), at(1, 0), at(2, 0), at(3, 0), at(4, 0)], [9, 9, 255, 204, 255]);
        assert_eq!(
            [at(0, 1), at(3, 1), at(0, 2), at(0, 3), at(1, 3), at(0, 4)],
            [255, 204, 255, 7, 255, 255]
        );
        assert!(Image::sheet(&[vec![]], 1).is_err());
    }
}
