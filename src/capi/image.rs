//! Pictures: owned, borrowed from the caller, and encoded.

use std::ffi::c_char;
use std::ptr;

use crate::capi::choice::choice;
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::growing::{self, Growing};
use crate::capi::limits::limits;
use crate::capi::pointer::{Out, borrow, elements, free, handle, text};
use crate::error::{Error, Result};
use crate::picture::{EncodeOptions, FileFormat, Image, ImageRef, PixelFormat, Source};

/// A picture: RGB or RGBA pixels of 8 bits a channel, upright, with the ICC profile, EXIF block and XMP packet of
/// the file it comes from.
///
/// Threads: any number may read it; no function changes it. Lifetime: it is independent of the engine and the bytes
/// it was made with.
pub struct facekit_image(pub(super) Image);

/// Pixels of the caller, borrowed for one call: 8 bits a channel, in rows.
///
/// Threads: they must not change while a call reads them.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_pixels {
    /// The first pixel of the first row.
    pub data: *const u8,
    /// Pixels of a row, 1 or more.
    pub width: u32,
    /// Rows, 1 or more.
    pub height: u32,
    /// Bytes from one row to the next, at least those of a row's pixels; the last row may end with its last pixel.
    pub stride: usize,
    /// The order of the channels, a facekit_pixel_format.
    pub format: i32,
}

/// How a picture is written.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_encode_options {
    /// The size of this struct: `facekit_encode_options_init` sets it.
    pub struct_size: usize,
    /// A facekit_file_format. Default: FACEKIT_FILE_FORMAT_JPEG.
    pub format: i32,
    /// The quality of a JPEG or WebP, 10 to 100; a WebP of 100 is lossless, and a PNG always is. Default: 95.
    pub quality: i32,
}

/// Bytes that a call made.
///
/// Threads: any number may read them. Lifetime: they are the caller's, and independent of what made them.
pub struct facekit_bytes(pub(super) Vec<u8>);

impl facekit_pixels {
    /// The pixels as Rust sees them, for as long as the caller keeps them.
    pub(super) unsafe fn view<'a>(&self, name: &str) -> Result<ImageRef<'a>> {
        let format = pixel_format(self.format)?;
        let row = self.width as usize * format.channels();
        let too_large = || {
            let Self { width, height, stride, .. } = self;
            Error::parameter(format!(
                "`{name}` of {width}×{height} pixels with a stride of {stride} is larger than memory"
            ))
        };
        // What `ImageRef` refuses is not touched.
        let len = match (self.height as usize).checked_sub(1) {
            Some(rows) if self.stride >= row => {
                rows.checked_mul(self.stride).and_then(|len| len.checked_add(row)).ok_or_else(too_large)?
            }
            _ => 0,
        };
        // SAFETY: the caller gives pixels of the size that it says.
        let data = unsafe { elements(self.data, len, &format!("{name}.data")) }?;
        ImageRef::new(data, self.width, self.height, self.stride, format)
    }
}

// SAFETY: `repr(C)`, with its size first, and any bytes make numbers.
unsafe impl Growing for facekit_encode_options {
    const NAME: &'static str = "facekit_encode_options";

    fn defaults() -> Self {
        let EncodeOptions { format, quality } = EncodeOptions::default();
        Self { struct_size: size_of::<Self>(), format: format as i32, quality: quality.into() }
    }
}

impl facekit_encode_options {
    fn to_rust(self) -> Result<EncodeOptions> {
        let quality = u8::try_from(self.quality);
        let quality = quality
            .map_err(|_| Error::parameter(format!("`quality` is {}, and must be 10 to 100", self.quality)))?;
        Ok(EncodeOptions {
            format: choice(FileFormat::ALL, self.format, "format", "facekit_file_format")?,
            quality,
        })
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_encode_options_init(
    out_params: *mut facekit_encode_options,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Decodes a JPEG, PNG, WebP, GIF, BMP or TIFF, which is recognised by its content; of an animation, the first frame.
///
/// NULL `engine` decodes under the default limits, any other under its own. FACEKIT_STATUS_INVALID_PICTURE for bytes
/// that are damaged, cut short or no picture, and FACEKIT_STATUS_LIMIT_EXCEEDED before any pixel is decoded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_decode(
    engine: *const facekit_engine,
    data: *const u8,
    len: usize,
    out_image: *mut *mut facekit_image,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_image, "out_image")?;
            let image = Image::decode(elements(data, len, "data")?, &limits(engine))?;
            out.write(handle(facekit_image(image)));
            Ok(())
        })
    }
}

/// Reads and decodes a picture by its path, `file:` URI or `data:` URI, as `facekit_image_decode` does.
///
/// FACEKIT_STATUS_UNSUPPORTED for any other URI: facekit opens no network connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_open(
    engine: *const facekit_engine,
    path: *const c_char,
    out_image: *mut *mut facekit_image,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_image, "out_image")?;
            let (source, limits) = (Source::parse(text(path, "path")?)?, limits(engine));
            let image = Image::decode(&source.read(&limits)?, &limits);
            let image = image.map_err(|error| match &source {
                Source::Path(path) => error.context(path.display()),
                _ => error,
            })?;
            out.write(handle(facekit_image(image)));
            Ok(())
        })
    }
}

/// Copies pixels into a picture: RGBA when they have alpha, else RGB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_from_pixels(
    pixels: *const facekit_pixels,
    out_image: *mut *mut facekit_image,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_image, "out_image")?;
            let view = borrow(pixels, "pixels")?.view("pixels")?;
            out.write(handle(facekit_image(Image::from_view(view))));
            Ok(())
        })
    }
}

/// Width in pixels; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_width(image: *const facekit_image) -> u32 {
    // SAFETY: the caller gives NULL or a live image.
    unsafe { image.as_ref() }.map_or(0, |image| image.0.width())
}

/// Height in pixels; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_height(image: *const facekit_image) -> u32 {
    // SAFETY: the caller gives NULL or a live image.
    unsafe { image.as_ref() }.map_or(0, |image| image.0.height())
}

/// FACEKIT_PIXEL_FORMAT_RGB or FACEKIT_PIXEL_FORMAT_RGBA; the first for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_format(image: *const facekit_image) -> PixelFormat {
    // SAFETY: the caller gives NULL or a live image.
    unsafe { image.as_ref() }.map_or(PixelFormat::Rgb, |image| image.0.format())
}

/// Borrows the pixels of a picture, without a copy, for as long as it lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_view(
    image: *const facekit_image,
    out_pixels: *mut facekit_pixels,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_pixels, "out_pixels")?;
            let view = borrow(image, "image")?.0.view();
            out.write(facekit_pixels {
                data: view.data().as_ptr(),
                width: view.width(),
                height: view.height(),
                stride: view.stride(),
                format: view.format() as i32,
            });
            Ok(())
        })
    }
}

/// Encodes a picture with its ICC profile, EXIF block and XMP packet. NULL `options` are the default ones.
///
/// A GIF has 256 colours: other ones are mixed of them, and an alpha below 128 is transparent, any other opaque. A
/// JPEG has no alpha: the picture is laid on white. FACEKIT_STATUS_UNSUPPORTED for a side longer than the format
/// allows: 65 535 pixels for JPEG and GIF, 16 383 for WebP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_encode(
    image: *const facekit_image,
    options: *const facekit_encode_options,
    out_bytes: *mut *mut facekit_bytes,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_bytes, "out_bytes")?;
            let options = growing::read(options)?.to_rust()?;
            let bytes = borrow(image, "image")?.0.encode(&options)?;
            out.write(handle(facekit_bytes(bytes)));
            Ok(())
        })
    }
}

/// Encodes a picture and writes it to a file, whole or not at all. NULL `options` are the default ones, with the
/// format that the path ends with: .jpg, .jpeg, .png, .webp or .gif.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_save(
    image: *const facekit_image,
    path: *const c_char,
    options: *const facekit_encode_options,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let (image, path) = (borrow(image, "image")?, text(path, "path")?);
            let options = if options.is_null() {
                EncodeOptions::new(FileFormat::from_path(path)?)
            } else {
                growing::read(options)?.to_rust()?
            };
            image.0.save(path, &options)
        })
    }
}

/// Frees a picture.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_image_free(image: *mut facekit_image) {
    // SAFETY: the caller hands over NULL or an image that it owns.
    unsafe { free(image) };
}

/// The format that the ending of a path names: .jpg, .jpeg, .png, .webp or .gif.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_file_format_from_path(
    path: *const c_char,
    out_format: *mut FileFormat,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_format, "out_format")?;
            out.write(FileFormat::from_path(text(path, "path")?)?);
            Ok(())
        })
    }
}

/// The first of the bytes, which live as long as their handle; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_bytes_data(bytes: *const facekit_bytes) -> *const u8 {
    // SAFETY: the caller gives NULL or live bytes.
    unsafe { bytes.as_ref() }.map_or(ptr::null(), |bytes| bytes.0.as_ptr())
}

/// How many bytes there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_bytes_len(bytes: *const facekit_bytes) -> usize {
    // SAFETY: the caller gives NULL or live bytes.
    unsafe { bytes.as_ref() }.map_or(0, |bytes| bytes.0.len())
}

/// Frees bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_bytes_free(bytes: *mut facekit_bytes) {
    // SAFETY: the caller hands over NULL or bytes that it owns.
    unsafe { free(bytes) };
}

fn pixel_format(value: i32) -> Result<PixelFormat> {
    choice(PixelFormat::ALL, value, "format", "facekit_pixel_format")
}
