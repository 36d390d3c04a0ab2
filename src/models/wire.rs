//! The protobuf wire format, read field by field.
//!
//! An ONNX file is one message, most of it weights. What a caller does not read is stepped over by a seek, so
//! that the size of a file is not what it costs to look at it.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// The longest text that is read, in bytes.
const MAX_TEXT: u64 = 64 << 10;

/// The most text that is read out of one file, in bytes.
const MAX_TEXTS: u64 = 16 << 20;

/// The most fields that are visited in one file; the largest graphs in the field have some hundred thousand.
const MAX_FIELDS: u32 = 1 << 22;

/// Reads messages out of a seekable source.
///
/// Every error is an [`io::Error`]; those about the bytes themselves have the kind
/// [`InvalidData`](io::ErrorKind::InvalidData).
pub(super) struct WireReader<R> {
    source: BufReader<R>,
    position: u64,
    len: u64,
    fields_left: u32,
    text_left: u64,
}

/// The value of a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    /// An integer.
    Varint(u64),
    /// A message, a text or bytes: everything from here to `end`, read or not.
    Bytes { end: u64 },
    /// Four or eight bytes, stepped over.
    Fixed,
}

impl<R: Read + Seek> WireReader<R> {
    pub(super) fn new(mut source: R) -> io::Result<Self> {
        let len = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        Ok(Self {
            source: BufReader::new(source),
            position: 0,
            len,
            fields_left: MAX_FIELDS,
            text_left: MAX_TEXTS,
        })
    }

    /// The length of the source: where its outermost message ends.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Calls `visit` with the number and value of each field of the message that reaches from here to `end`.
    pub(super) fn message(
        &mut self,
        end: u64,
        mut visit: impl FnMut(&mut Self, u64, Value) -> io::Result<()>,
    ) -> io::Result<()> {
        while self.position < end {
            self.fields_left =
                self.fields_left.checked_sub(1).ok_or_else(|| malformed("it has too many fields"))?;
            let key = self.varint()?;
            let (value, next) = match key & 7 {
                0 => (Value::Varint(self.varint()?), self.position),
                1 => (Value::Fixed, self.position + 8),
                2 => {
                    let len = self.varint()?;
                    let next = self.position.saturating_add(len);
                    (Value::Bytes { end: next }, next)
                }
                5 => (Value::Fixed, self.position + 4),
                _ => return Err(malformed("a field has an unknown wire type")),
            };
            if key >> 3 == 0 || key > u64::from(u32::MAX) {
                return Err(malformed("a field has an impossible number"));
            }
            if next > end {
                return Err(malformed("it ends in the middle of a field"));
            }
            visit(self, key >> 3, value)?;
            self.skip_to(next)?;
        }
        Ok(())
    }

    /// The bytes from here to `end` as text.
    pub(super) fn text(&mut self, end: u64) -> io::Result<String> {
        let len = end - self.position;
        if len > MAX_TEXT || len > self.text_left {
            return Err(malformed("its names are too long"));
        }
        self.text_left -= len;
        let mut bytes = vec![0; len as usize];
        self.source.read_exact(&mut bytes)?;
        self.position = end;
        String::from_utf8(bytes).map_err(|_| malformed("a name is not UTF-8"))
    }

    /// Whether the bytes from here to `end` are short enough for [`WireReader::text`].
    pub(super) fn is_short(&self, end: u64) -> bool {
        end - self.position <= MAX_TEXT
    }

    fn skip_to(&mut self, position: u64) -> io::Result<()> {
        let distance = position as i64 - self.position as i64;
        self.source.seek_relative(distance)?;
        self.position = position;
        Ok(())
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            match self.source.read_exact(&mut byte) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(malformed("it ends in the middle of a field"));
                }
                read => read?,
            }
            self.position += 1;
            value |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(value);
            }
        }
        Err(malformed("a number is longer than ten bytes"))
    }
}

pub(super) fn malformed(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
