//! The protobuf wire format, walked without reading what nobody asks for.
//!
//! An ONNX file is one message, most of it weights, up to many gigabytes. A protobuf crate reads a message whole, out
//! of memory; so the outermost three levels are walked here, each field that is not wanted is stepped over by a seek,
//! and the small messages below go to `prost`, once their length was held against a limit.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use prost::Message;
use prost::bytes::Buf;

/// The longest message that is read whole while a signature is read, in bytes.
const MAX_MESSAGE: u64 = 64 << 10;

/// The most bytes of messages that are read out of one file for its signature.
const MAX_MESSAGES: u64 = 16 << 20;

/// The most fields that are visited in one file; the largest graphs in the field have some hundred thousand.
const MAX_FIELDS: u32 = 1 << 22;

/// Walks the messages of a seekable source.
///
/// Every error is an [`io::Error`]; those about the bytes themselves have the kind
/// [`InvalidData`](io::ErrorKind::InvalidData).
pub(super) struct WireReader<R> {
    source: BufReader<R>,
    position: u64,
    len: u64,
    fields_left: u32,
    bytes_left: u64,
}

/// Where the value of a field stands in the source: for a message, a text or bytes, without its length.
pub(super) type Span = Range<u64>;

/// A field of a message.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its number.
    pub number: u64,
    /// Its value, where that is an integer.
    pub varint: Option<u64>,
    /// Its value, where that is a message, a text or bytes.
    pub bytes: Option<Span>,
    /// All of it, with its key and its length.
    pub whole: Span,
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
            bytes_left: MAX_MESSAGES,
        })
    }

    /// The outermost message.
    pub(super) fn whole(&self) -> Span {
        0..self.len
    }

    /// Calls `visit` with each field of a message.
    pub(super) fn fields(
        &mut self,
        message: Span,
        mut visit: impl FnMut(&mut Self, Field) -> io::Result<()>,
    ) -> io::Result<()> {
        self.seek(message.start)?;
        while self.position < message.end {
            self.fields_left =
                self.fields_left.checked_sub(1).ok_or_else(|| malformed("it has too many fields"))?;
            let start = self.position;
            let key = self.varint()?;
            let (mut varint, mut bytes) = (None, None);
            let end = match key & 7 {
                0 => {
                    varint = Some(self.varint()?);
                    self.position
                }
                1 => self.position + 8,
                2 => {
                    let len = self.varint()?;
                    let end = self.position.saturating_add(len);
                    bytes = Some(self.position..end);
                    end
                }
                5 => self.position + 4,
                _ => return Err(malformed("a field has an unknown wire type")),
            };
            if key >> 3 == 0 || key > u64::from(u32::MAX) {
                return Err(malformed("a field has an impossible number"));
            }
            if end > message.end {
                return Err(malformed("it ends in the middle of a field"));
            }
            visit(self, Field { number: key >> 3, varint, bytes, whole: start..end })?;
            self.seek(end)?;
        }
        Ok(())
    }

    /// A small message, whole.
    pub(super) fn small<M: Message + Default>(&mut self, message: Span) -> io::Result<M> {
        let bytes = self.read_small(message)?;
        decode(bytes.as_slice())
    }

    /// What the fields of these numbers say of a message, which may be of any size; long ones are left out.
    pub(super) fn parts<M: Message + Default>(&mut self, message: Span, numbers: &[u64]) -> io::Result<M> {
        let mut bytes = Vec::new();
        self.fields(message, |wire, field| {
            if numbers.contains(&field.number) && len(&field.whole) <= MAX_MESSAGE {
                bytes.extend(wire.read_small(field.whole)?);
            }
            Ok(())
        })?;
        decode(bytes.as_slice())
    }

    /// The bytes of a span, for which the caller answers that they are not too many.
    pub(super) fn read(&mut self, span: Span) -> io::Result<Vec<u8>> {
        self.seek(span.start)?;
        let mut bytes = vec![0; len(&span) as usize];
        self.source.read_exact(&mut bytes)?;
        self.position = span.end;
        Ok(bytes)
    }

    fn read_small(&mut self, span: Span) -> io::Result<Vec<u8>> {
        let len = len(&span);
        if len > MAX_MESSAGE || len > self.bytes_left {
            return Err(malformed("its names are too long"));
        }
        self.bytes_left -= len;
        self.read(span)
    }

    fn seek(&mut self, position: u64) -> io::Result<()> {
        self.source.seek_relative(position as i64 - self.position as i64)?;
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

/// A message in memory.
pub(super) fn decode<M: Message + Default>(bytes: impl Buf) -> io::Result<M> {
    M::decode(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

pub(super) fn malformed(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn len(span: &Span) -> u64 {
    span.end - span.start
}
