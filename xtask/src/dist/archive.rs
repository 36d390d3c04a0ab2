//! A folder as a compressed tar archive with its checksum.

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// Packs a folder beside itself and moves the archive, `NAME.tar.gz`, into another, with `NAME.tar.gz.sha256` as
/// `sha256sum --check` reads it.
///
/// The same files make the same bytes: entries are in the order of their names, without times and owners.
pub fn write(root: &Path, name: &str, folder: &Path) -> Result<PathBuf> {
    let file = format!("{name}.tar.gz");
    let work = root.with_file_name(&file);
    let packed = File::create(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let mut tar = tar::Builder::new(GzEncoder::new(BufWriter::new(packed), Compression::default()));
    tar.mode(tar::HeaderMode::Deterministic);
    tar.follow_symlinks(false);
    append(&mut tar, root, Path::new(name))?;
    tar.into_inner()?.finish()?.into_inner()?.sync_all()?;
    let sum = format!("{}  {file}\n", digest(&work)?);

    let archive = folder.join(&file);
    fs::rename(&work, &archive).with_context(|| format!("cannot write {}", archive.display()))?;
    fs::write(folder.join(format!("{file}.sha256")), sum)?;
    Ok(archive)
}

/// The SHA-256 of a file, in hexadecimal digits.
pub fn digest(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher)?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn append<W: io::Write>(tar: &mut tar::Builder<W>, folder: &Path, name: &Path) -> Result<()> {
    tar.append_dir(name, folder)?;
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = name.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            append(tar, &entry.path(), &name)?;
        } else {
            tar.append_path_with_name(entry.path(), &name)?;
        }
    }
    Ok(())
}
