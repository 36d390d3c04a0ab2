//! Encoded bytes to pixels.

use std::io::{self, Cursor};
use std::path::Path;

use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader};

use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::picture::convert::each;
use crate::picture::orientation::{upright, upright_size};
use crate::picture::{Image, ImageRef, Metadata, PixelFormat, Source, jpeg};

impl Image {
    /// Decodes a JPEG, PNG, WebP, GIF, BMP or TIFF file, which is recognised by its content.
    ///
    /// The picture comes out upright: its EXIF orientation is applied, and is 1 in the metadata. The ICC profile
    /// and the XMP packet are kept as they are. Pixels are RGBA when the file has alpha, else RGB: grey and CMYK
    /// become RGB, 16 bits a channel become 8. Of an animation this is the first frame; see
    /// [`AnimationReader`](crate::picture::AnimationReader) for all of them.
    ///
    /// # Errors
    /// [`InvalidPicture`](ErrorKind::InvalidPicture) when the file is empty, damaged, cut short or no picture,
    /// [`Unsupported`](ErrorKind::Unsupported) when it is a picture of another kind, and
    /// [`LimitExceeded`](ErrorKind::LimitExceeded) before any pixel is decoded.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let format = recognise(bytes, limits)?;
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(header_limits());
        let fail = |error| decode_error(format, error);
        let mut decoder = reader.into_decoder().map_err(fail)?;
        let header = Header::of(&mut decoder, format, limits)?;
        if format == ImageFormat::Jpeg && !jpeg::is_complete(bytes) {
            return Err(Error::new(
                ErrorKind::InvalidPicture,
                "the JPEG is cut short, its end is missing: get a whole copy of the file",
            ));
        }

        let color = decoder.color_type();
        let len = usize::try_from(decoder.total_bytes()).map_err(|_| too_large(format))?;
        let mut samples = vec![0; len];
        decoder.read_image(&mut samples).map_err(fail)?;
        let samples = to_8_bits(samples, color);
        let image = from_samples(samples, color.channel_count(), &header)?;
        header.finish(image)
    }

    /// Reads and decodes the file `path`, whatever its name ends with.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when the file cannot be read, and those of [`Image::decode`].
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        let path = path.as_ref();
        let bytes = Source::Path(path.to_owned()).read(limits)?;
        Self::decode(&bytes, limits).map_err(|error| error.context(path.display()))
    }
}

/// What is known of a picture before its pixels are decoded.
pub(super) struct Header {
    pub(super) format: ImageFormat,
    pub(super) width: u32,
    pub(super) height: u32,
    orientation: Orientation,
    pub(super) metadata: Metadata,
}

impl Header {
    /// What `decoder` knows of the picture, whose size is held to the limits, as is then what it allocates.
    pub(super) fn of(decoder: &mut impl ImageDecoder, format: ImageFormat, limits: &Limits) -> Result<Self> {
        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 {
            return Err(Error::new(
                ErrorKind::InvalidPicture,
                format!("the {} has no pixels: its size is {width}×{height}", name(format)),
            ));
        }
        limits.check_size(width, height)?;

        // Metadata that cannot be read is no reason to refuse the pixels.
        let mut orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut exif = decoder.exif_metadata().unwrap_or_default();
        if let Some(exif) = &mut exif {
            if exif.starts_with(b"Exif\0\0") {
                exif.drain(..6);
            }
            if let Some(found) = Orientation::remove_from_exif_chunk(exif) {
                orientation = found;
            }
        }
        let icc = decoder.icc_profile().unwrap_or_default();
        let mut xmp = decoder.xmp_metadata().unwrap_or_default();
        if let Some(xmp) = &mut xmp {
            reset_xmp_orientation(xmp);
        }
        decoder.set_limits(pixel_limits(width, height)).map_err(|error| decode_error(format, error))?;
        Ok(Self {
            format,
            width,
            height,
            orientation,
            metadata: Metadata { icc: icc.filter(|profile| describes_rgb(profile)), exif, xmp },
        })
    }

    /// Whether the pixels are upright as they stand in the file.
    pub(super) fn is_upright(&self) -> bool {
        self.orientation == Orientation::NoTransforms
    }

    /// Width and height when upright.
    pub(super) fn upright_size(&self) -> (u32, u32) {
        upright_size(self.width, self.height, self.orientation)
    }

    /// The decoded picture made upright, with the metadata.
    pub(super) fn finish(&self, image: Image) -> Result<Image> {
        let mut image = upright(image, self.orientation)?;
        *image.metadata_mut() = self.metadata.clone();
        Ok(image)
    }
}

/// The format of a file, from its first bytes.
pub(super) fn recognise(bytes: &[u8], limits: &Limits) -> Result<ImageFormat> {
    limits.check_bytes(bytes.len() as u64)?;
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::InvalidPicture, "the input is empty: give the bytes of a picture"));
    }
    const READABLE: &str = "facekit reads JPEG, PNG, WebP, GIF, BMP and TIFF";
    match image::guess_format(bytes) {
        Ok(
            format @ (ImageFormat::Jpeg
            | ImageFormat::Png
            | ImageFormat::WebP
            | ImageFormat::Gif
            | ImageFormat::Bmp
            | ImageFormat::Tiff),
        ) => Ok(format),
        Ok(other) => Err(Error::new(
            ErrorKind::Unsupported,
            format!("the input is a picture in {} format: {READABLE}", name(other)),
        )),
        Err(_) if bytes.get(4..8) == Some(b"ftyp") => Err(Error::new(
            ErrorKind::Unsupported,
            format!("the input is a HEIF picture or a film: {READABLE}"),
        )),
        Err(_) => Err(Error::new(
            ErrorKind::InvalidPicture,
            format!("the input is no picture of a known format: {READABLE}"),
        )),
    }
}

/// What a decoder may allocate before the size of the picture is known: profiles and texts.
pub(super) fn header_limits() -> image::Limits {
    allocation(64 << 20)
}

/// What a decoder may allocate for pixels: the largest pixel is four floats, and a frame may take as much again as
/// the picture it is drawn on.
fn pixel_limits(width: u32, height: u32) -> image::Limits {
    const BYTES_PER_PIXEL: u64 = 32;
    const BUFFERS: u64 = 1 << 20;
    let pixels = u64::from(width) * u64::from(height);
    allocation(pixels.saturating_mul(BYTES_PER_PIXEL).saturating_add(BUFFERS))
}

fn allocation(bytes: u64) -> image::Limits {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(bytes);
    limits
}

/// The error of a decoder in the words of this crate.
pub(super) fn decode_error(format: ImageFormat, error: ImageError) -> Error {
    let name = name(format);
    let (kind, message) = match &error {
        ImageError::Limits(_) => return too_large(format).with_source(error),
        ImageError::Unsupported(_) => (
            ErrorKind::Unsupported,
            format!(
                "the {name} uses a feature that facekit does not read: save it as an ordinary JPEG or PNG"
            ),
        ),
        ImageError::IoError(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            (ErrorKind::InvalidPicture, format!("the {name} is cut short: get a whole copy of the file"))
        }
        _ => (
            ErrorKind::InvalidPicture,
            format!("the {name} is damaged or cut short: get a whole copy of the file"),
        ),
    };
    Error::new(kind, message).with_source(error)
}

fn too_large(format: ImageFormat) -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "the {} takes more memory than a picture of its size may: save it again, or use a smaller one",
            name(format)
        ),
    )
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Avif => "AVIF",
        ImageFormat::Ico => "ICO",
        ImageFormat::Hdr => "Radiance HDR",
        ImageFormat::OpenExr => "OpenEXR",
        ImageFormat::Pnm => "PNM",
        ImageFormat::Dds => "DDS",
        ImageFormat::Qoi => "QOI",
        _ => "another",
    }
}

/// Samples in the machine's byte order, brought to 8 bits and rounded half to even.
fn to_8_bits(samples: Vec<u8>, color: ColorType) -> Vec<u8> {
    match color.bytes_per_pixel() / color.channel_count() {
        // 65535 is 257 times 255, and 257 is odd: no value lies halfway.
        2 => samples
            .as_chunks()
            .0
            .iter()
            .map(|&sample| ((u32::from(u16::from_ne_bytes(sample)) + 128) / 257) as u8)
            .collect(),
        4 => samples
            .as_chunks()
            .0
            .iter()
            .map(|&sample| (f32::from_ne_bytes(sample).clamp(0.0, 1.0) * 255.0).round_ties_even() as u8)
            .collect(),
        _ => samples,
    }
}

fn from_samples(samples: Vec<u8>, channels: u8, header: &Header) -> Result<Image> {
    let (width, height) = (header.width, header.height);
    match channels {
        1 => {
            let view = ImageRef::new(&samples, width, height, width as usize, PixelFormat::Grey)?;
            Ok(Image::from_view(view))
        }
        2 => {
            let mut pixels = vec![0; samples.len() * 2];
            each(&samples, &mut pixels, |&[grey, alpha], to| {
                *to = [grey, grey, grey, alpha];
            });
            Image::from_pixels(width, height, PixelFormat::Rgba, pixels)
        }
        3 => Image::from_pixels(width, height, PixelFormat::Rgb, samples),
        // The decoder gives every GIF alpha, also one that leaves no pixel out.
        _ if header.format == ImageFormat::Gif && samples.as_chunks::<4>().0.iter().all(|p| p[3] == 255) => {
            let mut pixels = vec![0; samples.len() / 4 * 3];
            each(&samples, &mut pixels, |&[r, g, b, _], to| *to = [r, g, b]);
            Image::from_pixels(width, height, PixelFormat::Rgb, pixels)
        }
        _ => Image::from_pixels(width, height, PixelFormat::Rgba, samples),
    }
}

/// Whether an ICC profile is of the RGB pixels that were decoded, and not of the grey or CMYK ones of the file.
fn describes_rgb(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ")
}

/// Sets `tiff:Orientation`, an attribute or an element of one digit, to 1.
fn reset_xmp_orientation(xmp: &mut [u8]) {
    const NAME: &[u8] = b"tiff:Orientation";
    for at in 0..xmp.len().saturating_sub(NAME.len()) {
        if !xmp[at..].starts_with(NAME) {
            continue;
        }
        if let [b'=', b'"' | b'\'', digit @ b'1'..=b'8', ..] | [b'>', digit @ b'1'..=b'8', ..] =
            &mut xmp[at + NAME.len()..]
        {
            *digit = b'1';
        }
    }
}
