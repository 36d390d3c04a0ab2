//! What the command line names as inputs: files, folders, and URIs.

use std::path::{Path, PathBuf};

use facekit::{Error, ErrorKind};
use walkdir::WalkDir;

const EXTENSIONS: &[&str] = &["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"];

/// One picture to be read.
pub struct Input {
    /// What was typed, or the file found in a folder that was typed.
    pub name: String,
    /// Where its output goes below an output folder, without an extension.
    pub relative: PathBuf,
    /// Whether it was found in a folder that was typed.
    pub in_folder: bool,
}

/// The inputs that the words name, folders searched through and sorted.
pub fn expand(words: &[String]) -> Result<Vec<Input>, Error> {
    let mut inputs = Vec::new();
    for word in words {
        let path = Path::new(word);
        if path.is_dir() {
            let before = inputs.len();
            for entry in WalkDir::new(path).sort_by_file_name() {
                let entry = entry.map_err(|error| {
                    Error::new(ErrorKind::Io, format!("cannot read the folder {word}: {error}"))
                })?;
                if entry.file_type().is_file() && is_picture(entry.path()) {
                    let relative = entry.path().strip_prefix(path).unwrap_or(entry.path());
                    inputs.push(Input {
                        name: entry.path().to_string_lossy().into_owned(),
                        relative: relative.with_extension(""),
                        in_folder: true,
                    });
                }
            }
            if inputs.len() == before {
                return Err(Error::new(
                    ErrorKind::Io,
                    format!("the folder {word} holds no picture ({})", EXTENSIONS.join(", ")),
                ));
            }
        } else {
            let is_uri = word.starts_with("data:");
            let stem = if is_uri { None } else { path.file_stem() };
            let relative =
                stem.map_or_else(|| PathBuf::from(format!("picture-{}", inputs.len())), PathBuf::from);
            inputs.push(Input { name: word.clone(), relative, in_folder: false });
        }
    }
    Ok(inputs)
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    EXTENSIONS.contains(&extension.as_str())
}
