//! Small copies of a picture that its metadata carry.

use std::ops::Range;

use crate::picture::Metadata;

impl Metadata {
    /// The same metadata without the thumbnails in it, which would go on to show what the picture was before an
    /// edit.
    ///
    /// Of the EXIF block, the second directory and the bytes it points to are cleared, and cut off where they stand
    /// at the end; nothing else moves. Of the XMP packet, `xmp:Thumbnails` is taken out. Previews in a camera's
    /// maker notes stay.
    ///
    /// Source: Exif 3.0, section 4.5.
    pub fn without_thumbnail(mut self) -> Self {
        if let Some(exif) = &mut self.exif {
            _ = remove_from_exif(exif);
        }
        self.xmp = self.xmp.map(remove_from_xmp);
        self
    }
}

/// Clears the thumbnail; `None` when there is none that can be found.
fn remove_from_exif(exif: &mut Vec<u8>) -> Option<()> {
    let tiff = Tiff { is_little: exif.starts_with(b"II"), bytes: exif };
    let first = tiff.directory(tiff.long(4)?)?;
    let second = tiff.directory(tiff.long(first.end - 4)?)?;
    let is_apart = |range: &Range<usize>| range.end <= first.start || range.start >= first.end;
    let mut cleared = tiff.data(&second);
    cleared.push(second);
    cleared.retain(is_apart);
    cleared.sort_unstable_by_key(|range| range.start);
    let mut end = 0;
    for range in &cleared {
        exif[range.start.max(end).min(range.end)..range.end].fill(0);
        end = end.max(range.end);
    }
    exif[first.end - 4..first.end].fill(0);
    while let Some(last) = cleared.pop() {
        // A pad byte may follow what has an odd length.
        if last.end + 1 >= exif.len() && last.start < exif.len() {
            exif.truncate(last.start);
        }
    }
    Some(())
}

/// A TIFF structure, of which every part may be missing.
struct Tiff<'a> {
    is_little: bool,
    bytes: &'a [u8],
}

const HEADER: usize = 8;
const ENTRY: usize = 12;

impl Tiff<'_> {
    fn short(&self, at: usize) -> Option<usize> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        let value = if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
        Some(value.into())
    }

    fn long(&self, at: usize) -> Option<usize> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        let value = if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
        usize::try_from(value).ok()
    }

    /// The bytes of a directory: how many entries, the entries, and where the next one is.
    fn directory(&self, at: usize) -> Option<Range<usize>> {
        let end = at.checked_add(2 + ENTRY * self.short(at)? + 4)?;
        (at >= HEADER && end <= self.bytes.len()).then_some(at..end)
    }

    /// The bytes that the entries of a directory point to: their values, the JPEG file, the strips.
    fn data(&self, directory: &Range<usize>) -> Vec<Range<usize>> {
        const STRIPS: [usize; 2] = [0x0111, 0x0117];
        const JPEG: [usize; 2] = [0x0201, 0x0202];
        let entries = || (directory.start + 2..directory.end - 4).step_by(ENTRY);
        let values = |tag: usize| -> Vec<usize> {
            let entry = entries().find(|&at| self.short(at) == Some(tag));
            entry.and_then(|at| self.values(at)).unwrap_or_default()
        };
        let pixels = [STRIPS, JPEG].into_iter().flat_map(|[offsets, lengths]| {
            let places = values(offsets).into_iter().zip(values(lengths));
            places.map(|(start, length)| start..start.saturating_add(length))
        });
        let is_there = |range: &Range<usize>| range.start >= HEADER && range.end <= self.bytes.len();
        entries().filter_map(|at| self.place(at)).chain(pixels).filter(is_there).collect()
    }

    /// Where the values of an entry are.
    fn place(&self, entry: usize) -> Option<Range<usize>> {
        let length = self.size(entry)?.checked_mul(self.long(entry + 4)?)?;
        let start = if length <= 4 { entry + 8 } else { self.long(entry + 8)? };
        let end = start.checked_add(length)?;
        (end <= self.bytes.len()).then_some(start..end)
    }

    /// The bytes of one value of an entry.
    fn size(&self, entry: usize) -> Option<usize> {
        match self.short(entry + 2)? {
            1 | 2 | 6 | 7 => Some(1),
            3 | 8 => Some(2),
            4 | 9 | 11 => Some(4),
            5 | 10 | 12 => Some(8),
            _ => None,
        }
    }

    /// The values of an entry of short or long numbers.
    fn values(&self, entry: usize) -> Option<Vec<usize>> {
        let (size, place) = (self.size(entry)?, self.place(entry)?);
        place.step_by(size).map(|at| if size == 2 { self.short(at) } else { self.long(at) }).collect()
    }
}

fn remove_from_xmp(xmp: Vec<u8>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&xmp) else { return xmp };
    for prefix in ["xmp", "xap"] {
        let (start, end) = (format!("<{prefix}:Thumbnails"), format!("</{prefix}:Thumbnails>"));
        if let Some((before, rest)) = text.split_once(&start)
            && let Some((_, after)) = rest.split_once(&end)
        {
            return [before, after].concat().into_bytes();
        }
    }
    xmp
}
