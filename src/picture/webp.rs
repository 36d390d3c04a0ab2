//! Metadata in a WebP file: the extended container of RFC 9649.

use crate::picture::{Image, Metadata};

const ICC: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;

/// The WebP file `encoded`, which shows `image`, with `metadata` in chunks around its pixels.
pub(super) fn with_metadata(encoded: &[u8], image: &Image, metadata: &Metadata) -> Vec<u8> {
    const FILE_HEADER: usize = 12;
    const EXTENDED_CHUNK: usize = 18;
    let (icc, exif, xmp) = (&metadata.icc, &metadata.exif, &metadata.xmp);
    if icc.is_none() && exif.is_none() && xmp.is_none() {
        return encoded.to_vec();
    }
    let chunks = encoded.get(FILE_HEADER..).unwrap_or_default();
    let has_alpha = match chunks {
        [b'V', b'P', b'8', b'X', _, _, _, _, flags, ..] => flags & ALPHA != 0,
        [b'V', b'P', b'8', b'L', _, _, _, _, _, _, _, _, last, ..] => last & 0x10 != 0,
        _ => false,
    };
    let chunks = match chunks.starts_with(b"VP8X") {
        true => chunks.get(EXTENDED_CHUNK..).unwrap_or_default(),
        false => chunks,
    };
    let flags = [
        (ICC, icc.is_some()),
        (ALPHA, has_alpha),
        (EXIF, exif.is_some()),
        (XMP, xmp.is_some()),
    ];
    let flags = flags
        .iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(flag, _)| flag)
        .sum();
    let mut header = vec![flags, 0, 0, 0];
    header.extend_from_slice(&(image.width() - 1).to_le_bytes()[..3]);
    header.extend_from_slice(&(image.height() - 1).to_le_bytes()[..3]);

    let mut body = b"WEBP".to_vec();
    push_chunk(&mut body, b"VP8X", Some(&header));
    push_chunk(&mut body, b"ICCP", icc.as_deref());
    body.extend_from_slice(chunks);
    push_chunk(&mut body, b"EXIF", exif.as_deref());
    push_chunk(&mut body, b"XMP ", xmp.as_deref());
    let mut file = Vec::with_capacity(body.len() + 8);
    push_chunk(&mut file, b"RIFF", Some(&body));
    file
}

fn push_chunk(file: &mut Vec<u8>, name: &[u8; 4], data: Option<&[u8]>) {
    let Some(data) = data else { return };
    file.extend_from_slice(name);
    file.extend_from_slice(&(data.len() as u32).to_le_bytes());
    file.extend_from_slice(data);
    if data.len() % 2 == 1 {
        file.push(0);
    }
}
