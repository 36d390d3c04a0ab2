//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::picture::{EncodeOptions, Image};

/// How the names of temporary files begin and end.
const PREFIX: &str = ".facekit-";
const SUFFIX: &str = ".unfinished";

impl Image {
    /// Encodes the picture and writes it to `path`, as [`write_atomic`] does.
    ///
    /// # Errors
    /// Those of [`Image::encode`] and of [`write_atomic`].
    pub fn save(&self, path: impl AsRef<Path>, options: &EncodeOptions) -> Result<()> {
        write_atomic(path, &self.encode(options)?)
    }
}

/// Writes `bytes` to the file `path`, whole or not at all.
///
/// They go into a temporary file of the same folder, to the disk, and then take the name `path` in one step. A
/// file that was there keeps its permissions; a symbolic link is followed.
///
/// # Errors
/// [`Io`](crate::ErrorKind::Io) when the folder is missing or cannot be written, or `path` is a folder; then
/// nothing has changed.
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    replace(path, bytes).map_err(|error| Error::io("write", path, error))
}

/// Removes what killed processes left in a folder of the files that [`write_atomic`] was writing there, and tells how
/// many there were; a file that is being written is locked, and stays.
///
/// # Errors
/// [`Io`](crate::ErrorKind::Io) when the folder cannot be read, or a file in it not removed.
pub fn remove_unfinished(folder: impl AsRef<Path>) -> Result<usize> {
    let folder = folder.as_ref();
    let mut removed = 0;
    for entry in fs::read_dir(folder).map_err(|error| Error::io("read", folder, error))? {
        let path = entry.map_err(|error| Error::io("read", folder, error))?.path();
        if is_unfinished(&path) && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes()) && path.is_file()
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = builder().tempfile_in(folder)?;
    // Where a file system knows no locks, nothing is removed as unfinished either.
    let _ = file.as_file().lock();
    file.as_file_mut().write_all(bytes)?;
    if let Ok(existing) = fs::metadata(&target) {
        if existing.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}

/// Makes files with the permissions of any new file, not only the owner's.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}
