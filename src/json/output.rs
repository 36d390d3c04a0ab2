//! Where the pictures of a result go: into files, or into the answer.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::picture::{EncodeOptions, FileFormat, to_data_uri, write_atomic};
use crate::request::Response;

/// Where the pictures of a result go, and how they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Where they go.
    pub place: Place,
    /// How a picture is encoded of which the result has the pixels.
    pub encoding: EncodeOptions,
}

/// Where the pictures of a result go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Place {
    /// Into the answer.
    #[default]
    Answer,
    /// Into a file; of several pictures each into its own: see [`numbered`].
    File(PathBuf),
    /// Into files of a folder, whose names are this stem, a number from 1, and the ending of the format.
    Folder(PathBuf, String),
}

impl Place {
    /// The format that the name of the file says.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a name with another ending.
    pub(super) fn format(&self) -> Result<Option<FileFormat>> {
        match self {
            Self::File(path) => {
                FileFormat::from_path(path).map(Some).map_err(|error| error.context("output"))
            }
            Self::Answer | Self::Folder(..) => Ok(None),
        }
    }
}

impl Output {
    /// Writes the pictures of a result, and says for each what stands for it in the answer: the path of its file, or
    /// itself.
    ///
    /// # Errors
    /// Those of encoding, and [`Io`](crate::ErrorKind::Io) for a file or a folder that cannot be written. Every file is
    /// written whole or not at all.
    pub(crate) fn write(&self, response: &Response) -> Result<Vec<Value>> {
        let Encoded { pictures, format, is_base64 } = self.encode(response)?;
        let count = pictures.len();
        let place = |(i, bytes): (usize, &Cow<'_, [u8]>)| {
            let path = match &self.place {
                Place::Answer if is_base64 => return Ok(String::from_utf8_lossy(bytes).into()),
                Place::Answer => return Ok(to_data_uri(bytes, format).into()),
                Place::File(path) => numbered(path, i, count),
                Place::Folder(folder, stem) => {
                    folder.join(format!("{stem}-{}.{}", i + 1, format.extension()))
                }
            };
            make_folder(&path)?;
            write_atomic(&path, bytes)?;
            Ok(path.to_string_lossy().into())
        };
        pictures.iter().enumerate().map(place).collect()
    }

    fn encode<'r>(&self, response: &'r Response) -> Result<Encoded<'r>> {
        let file =
            |bytes: &'r [u8], format| Encoded { pictures: vec![bytes.into()], format, is_base64: false };
        let image = match response {
            Response::Detect(_) | Response::Embed(_) | Response::Compare(_) => {
                return Ok(Encoded { pictures: Vec::new(), format: self.encoding.format, is_base64: false });
            }
            Response::Detail(detailed) | Response::Refine(detailed) => {
                let pictures = detailed.files()?.into_iter().map(Cow::Owned).collect();
                let (format, is_base64) = detailed.form.written();
                return Ok(Encoded { pictures, format, is_base64 });
            }
            Response::StylizeFile(stylized) => return Ok(file(&stylized.bytes, stylized.format)),
            Response::SwapFile(swapped) => return Ok(file(&swapped.bytes, swapped.format)),
            Response::Mask(mask) => &mask.image,
            Response::Restore(restored) => &restored.image,
            Response::Stylize(stylized) => &stylized.image,
            Response::Swap(swapped) => &swapped.image,
        };
        let pictures = vec![image.encode(&self.encoding)?.into()];
        Ok(Encoded { pictures, format: self.encoding.format, is_base64: false })
    }
}

/// The pictures of a result as files.
struct Encoded<'r> {
    pictures: Vec<Cow<'r, [u8]>>,
    format: FileFormat,
    /// Whether the files are base64 already.
    is_base64: bool,
}

/// The file of one of several pictures, the `i`-th from 0: `out-2.jpg` for the second of `out.jpg`, and `out.jpg` for
/// the only one.
pub fn numbered(file: &Path, i: usize, count: usize) -> PathBuf {
    if count == 1 {
        return file.to_path_buf();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    file.with_file_name(format!("{stem}-{}{}", i + 1, extension.unwrap_or_default()))
}

/// Makes the folder that a file shall stand in.
fn make_folder(file: &Path) -> Result<()> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|error| Error::io("make the folder", folder, error))
        }
        None => Ok(()),
    }
}
