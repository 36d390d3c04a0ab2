//! Pictures through the C API: bytes, texts and pixels of any size, stride and format.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::ptr;

use arbitrary::{Result, Unstructured};

use super::capi::{
    EncodeOptions, Handle, Pixels, call, engine, facekit_bytes_data, facekit_bytes_free, facekit_bytes_len,
    facekit_file_format_from_path, facekit_image_decode, facekit_image_encode, facekit_image_format,
    facekit_image_free, facekit_image_from_pixels, facekit_image_height, facekit_image_open,
    facekit_image_view, facekit_image_width, make,
};

pub fn run(data: &[u8]) {
    // A case that is too short for its choices ends there.
    _ = picture(&mut Unstructured::new(data));
}

/// What a case does is said by its first bytes, and what it does it with by the rest.
fn picture(input: &mut Unstructured<'_>) -> Result<()> {
    let kind = input.arbitrary::<u8>()? % 4;
    let options = options(input)?;
    let image = match kind {
        0 => decode(rest(input)?),
        1 => open(rest(input)?),
        2 => from_pixels(input)?,
        _ => return name(rest(input)?),
    };
    if let Some(image) = image {
        look(image);
        encode(image, options);
        // SAFETY: it is freed once.
        unsafe { facekit_image_free(image) };
    }
    Ok(())
}

fn rest<'a>(input: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    input.bytes(input.len())
}

/// Options to encode with, and whether they are followed by what a later release would have added.
fn options(input: &mut Unstructured<'_>) -> Result<(EncodeOptions, u64)> {
    let struct_size = *input.choose(&[16, 16, 16, 0, 8, 24, 32, 4096, 4097, usize::MAX])?;
    let format = if input.ratio(7, 8)? { input.int_in_range(0..=3)? } else { input.arbitrary()? };
    let quality = if input.ratio(7, 8)? { input.int_in_range(9..=101)? } else { input.arbitrary()? };
    Ok((EncodeOptions { struct_size, format, quality }, input.arbitrary::<u8>()?.into()))
}

fn decode(file: &[u8]) -> Option<Handle> {
    // SAFETY: the bytes live until the call returns.
    make(|image, error| unsafe { facekit_image_decode(engine(), file.as_ptr(), file.len(), image, error) })
}

/// Opens a `data:` URI, and no path: what is in the files of this machine is no part of a case.
fn open(text: &[u8]) -> Option<Handle> {
    let uri = CString::new([b"data:", text].concat()).ok()?;
    // SAFETY: the text ends with a zero byte, and lives until the call returns.
    make(|image, error| unsafe { facekit_image_open(engine(), uri.as_ptr(), image, error) })
}

/// Pixels of any size; memory is there for those that are as large as they say.
fn from_pixels(input: &mut Unstructured<'_>) -> Result<Option<Handle>> {
    const MOST: u128 = 1 << 18;
    let side = |input: &mut Unstructured<'_>| -> Result<u32> {
        if input.ratio(15, 16)? { Ok(input.arbitrary::<u8>()?.into()) } else { input.arbitrary() }
    };
    let (width, height) = (side(input)?, side(input)?);
    let format = if input.ratio(15, 16)? { input.int_in_range(0..=4)? } else { input.arbitrary()? };
    let channels = match format {
        0 | 1 => 3,
        2 | 3 => 4,
        _ => 1,
    };
    let row = u128::from(width) * channels;
    let stride = match input.int_in_range(0..=15)? {
        0 => input.arbitrary::<usize>()?,
        1 => (row as usize).wrapping_sub(1),
        pad => row as usize + pad - 2,
    };
    let is_refused = width == 0 || height == 0 || (stride as u128) < row || !(0..=4).contains(&format);
    let len = u128::from(height.saturating_sub(1)) * stride as u128 + row;
    let len = match len {
        _ if is_refused => 0,
        ..=MOST => len as usize,
        _ if len > isize::MAX as u128 => 0,
        // No caller says so who has not as much memory.
        _ => return Ok(None),
    };
    let mut data: Box<[u8]> = vec![0; len].into();
    let given = rest(input)?;
    data.iter_mut().zip(given.iter().cycle()).for_each(|(to, from)| *to = *from);
    let data = if len == 0 { ptr::dangling() } else { data.as_ptr() };
    let pixels = Pixels { data, width, height, stride, format };
    // SAFETY: there are as many pixels as they say, or the call must refuse them untouched.
    let image = make(|image, error| unsafe { facekit_image_from_pixels(&pixels, image, error) });
    assert_eq!(image.is_some(), len > 0, "what is there is taken, and what cannot be is refused");
    Ok(image)
}

fn name(text: &[u8]) -> Result<()> {
    let Ok(path) = CString::new(text) else { return Ok(()) };
    let mut format = -1;
    // SAFETY: the text ends with a zero byte, and lives until the call returns.
    let is_known = call(|error| unsafe { facekit_file_format_from_path(path.as_ptr(), &mut format, error) });
    assert_eq!(is_known, (0..=3).contains(&format));
    Ok(())
}

/// Reads every pixel of a picture.
fn look(image: Handle) {
    let mut pixels = Pixels { data: ptr::null(), width: 0, height: 0, stride: 0, format: -1 };
    // SAFETY: the picture lives, and so do the pixels that it lends.
    unsafe {
        assert!(call(|error| facekit_image_view(image, &mut pixels, error)));
        assert_eq!((pixels.width, pixels.height), (facekit_image_width(image), facekit_image_height(image)));
        assert_eq!(pixels.format, facekit_image_format(image));
        let bytes = std::slice::from_raw_parts(pixels.data, pixels.stride * pixels.height as usize);
        std::hint::black_box(bytes.iter().fold(0_u8, |sum, byte| sum ^ byte));
    }
}

/// Encodes a picture with options of whatever size they say, and decodes it again.
fn encode(image: Handle, (options, added): (EncodeOptions, u64)) {
    let is_known = (16..=4096).contains(&options.struct_size);
    let mut memory = vec![0_u64; if is_known { options.struct_size.div_ceil(8) } else { 2 }];
    // SAFETY: the memory has the size that the struct claims, where that may be read.
    let bytes = unsafe {
        memory.as_mut_ptr().cast::<EncodeOptions>().write(options);
        if memory.len() > 2 {
            memory[2] = added;
        }
        make(|bytes, error| facekit_image_encode(image, memory.as_ptr().cast(), bytes, error))
    };
    let is_valid = is_known
        && (options.struct_size == 16 || added == 0)
        && (0..=3).contains(&options.format)
        && (10..=100).contains(&options.quality);
    // SAFETY: the picture lives.
    let fits = unsafe { facekit_image_width(image).max(facekit_image_height(image)) } <= 16_383;
    assert!(bytes.is_none() || is_valid, "options that are not valid are refused");
    assert!(bytes.is_some() || !(is_valid && fits), "options that are valid serve");
    let Some(bytes) = bytes else { return };
    // SAFETY: the bytes live until they are freed, once.
    unsafe {
        let file = std::slice::from_raw_parts(facekit_bytes_data(bytes), facekit_bytes_len(bytes));
        if let Some(again) = decode(file) {
            assert_eq!(facekit_image_width(again), facekit_image_width(image));
            facekit_image_free(again);
        }
        facekit_bytes_free(bytes);
    }
}
