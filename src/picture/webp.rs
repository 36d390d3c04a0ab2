//! The WebP container (RFC 9649): chunks, and metadata around the pixels.

use crate::picture::{Image, Metadata};

const ICC: u8 = 0x20;
pub(super) const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
pub(super) const ANIMATION: u8 = 0x02;
/// The bytes before the first chunk of a file.
pub(super) const FILE_HEADER: usize = 12;
const CHUNK_HEADER: usize = 8;

/// The WebP file `encoded`, which shows `image`, with `metadata` in chunks around its pixels.
pub(super) fn with_metadata(encoded: &[u8], image: &Image, metadata: &Metadata) -> Vec<u8> {
    if *metadata == Metadata::default() {
        return encoded.to_vec();
    }
    let mut flags = 0;
    let mut pixels = Vec::new();
    for (name, data) in chunks(encoded.get(FILE_HEADER..).unwrap_or_default()) {
        match (name, data) {
            (b"VP8X", [file_flags, ..]) => flags |= file_flags & ALPHA,
            (b"VP8L", [_, _, _, _, last, ..]) if last & 0x10 != 0 => flags |= ALPHA,
            _ => {}
        }
        if name != b"VP8X" {
            push_chunk(&mut pixels, name, data);
        }
    }
    metadata.around(flags, image.width(), image.height(), &[&pixels])
}

impl Metadata {
    /// A file in the extended format with the metadata around the chunks of the picture.
    pub(super) fn around(&self, mut flags: u8, width: u32, height: u32, picture: &[&[u8]]) -> Vec<u8> {
        let mut chunk = |flag, name, block: &Option<Vec<u8>>| {
            let mut chunk = Vec::new();
            if let Some(block) = block {
                flags |= flag;
                push_chunk(&mut chunk, name, block);
            }
            chunk
        };
        let icc = chunk(ICC, b"ICCP", &self.icc);
        let after = [chunk(EXIF, b"EXIF", &self.exif), chunk(XMP, b"XMP ", &self.xmp)].concat();
        let parts = [&[icc.as_slice()], picture, &[&after]].concat();
        extended(flags, width, height, &parts)
    }
}

/// A file in the extended format: what is in it, and its chunks in order.
pub(super) fn extended(flags: u8, width: u32, height: u32, parts: &[&[u8]]) -> Vec<u8> {
    let mut header = vec![flags, 0, 0, 0];
    header.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    header.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    let mut body = b"WEBP".to_vec();
    push_chunk(&mut body, b"VP8X", &header);
    for part in parts {
        body.extend_from_slice(part);
    }
    let mut file = Vec::with_capacity(body.len() + CHUNK_HEADER);
    push_chunk(&mut file, b"RIFF", &body);
    file
}

pub(super) fn push_chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(name);
    file.extend_from_slice(&(data.len() as u32).to_le_bytes());
    file.extend_from_slice(data);
    if data.len() % 2 == 1 {
        file.push(0);
    }
}

/// The names and contents of chunks that follow each other; the last may be cut short.
pub(super) fn chunks(mut rest: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (data, after) = after.split_at(length.min(after.len()));
        rest = after.get(length % 2..).unwrap_or_default();
        Some((name, data))
    })
}
