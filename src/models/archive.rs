//! A tar archive that holds a safetensors file, such as those in which trained LoRAs are handed out.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use tar::{Archive, EntryType};

/// The most files of an archive that are looked at.
const MAX_ENTRIES: usize = 10_000;
/// The most bytes that are read of an archive: a header of each file, and 4 MiB of extended names.
const MAX_READ: u64 = MAX_ENTRIES as u64 * 512 + (4 << 20);

/// Where the only safetensors file of an archive lies in it; nothing is extracted.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] for what is no tar or is truncated, has more than 10 000 files or more than 4 MiB of
/// extended names, or holds none or several safetensors files.
pub(super) fn only_tensors(file: &File) -> io::Result<Range<u64>> {
    let mut found: Vec<(String, Range<u64>)> = Vec::new();
    let mut reader = Bounded { file, left: MAX_READ };
    reader.rewind()?;
    for (i, entry) in Archive::new(reader).entries_with_seek().map_err(no_tar)?.enumerate() {
        let entry = entry.map_err(no_tar)?;
        if i == MAX_ENTRIES {
            return Err(malformed(format!("it is a tar of more than {MAX_ENTRIES} files")));
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if is_file(entry.header().entry_type()) && name.to_lowercase().ends_with(".safetensors") {
            let start = entry.raw_file_position();
            found.push((name, start..start.saturating_add(entry.size())));
        }
    }
    match found.as_slice() {
        [(_, span)] if span.end <= file.metadata()?.len() => Ok(span.clone()),
        [(name, _)] => Err(malformed(format!("{name:.200} in it is cut off: the file is truncated"))),
        [] => Err(malformed("it is a tar that holds no .safetensors file".to_owned())),
        several => {
            let names: Vec<_> = several.iter().take(5).map(|(name, _)| format!("{name:.200}")).collect();
            Err(malformed(format!(
                "it is a tar that holds {} .safetensors files, {}: take out the one that is meant",
                several.len(),
                names.join(", ")
            )))
        }
    }
}

/// A file of which only so many bytes are read; seeking is free.
struct Bounded<'a> {
    file: &'a File,
    left: u64,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let left = self.left.checked_sub(count as u64);
        self.left = left.ok_or_else(|| malformed("its names are too long".to_owned()))?;
        Ok(count)
    }
}

impl Seek for Bounded<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Whether an entry is a file whose bytes lie in a row.
fn is_file(kind: EntryType) -> bool {
    matches!(kind, EntryType::Regular | EntryType::Continuous)
}

fn no_tar(error: io::Error) -> io::Error {
    malformed(format!("it is no tar, or is damaged: {error}"))
}

fn malformed(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
