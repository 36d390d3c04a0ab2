//! Files that are written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::picture::{EncodeOptions, Image};

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

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = builder().tempfile_in(folder)?;
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
    builder.prefix(".facekit-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}
