//! Where pictures are written, and in which format.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use facekit::Error;
use facekit::picture::{EncodeOptions, FileFormat};

use crate::inputs::Input;

/// Where outputs go.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OutputPath {
    /// A file, or a folder when there are several inputs, the input is one, or the name ends with a slash.
    #[arg(short, long, value_name = "PATH", value_parser = NonEmptyStringValueParser::new().map(PathBuf::from))]
    output: Option<PathBuf>,
    /// Leave outputs as they are that an earlier run has made, whole, of the same pictures in the same way.
    #[arg(long, requires = "output")]
    resume: bool,
}

/// Where pictures go, and how they are encoded.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    #[command(flatten)]
    path: OutputPath,
    /// jpeg, png, webp or gif; by default the one that the output's name ends with, else the input's own.
    #[arg(long, value_name = "FORMAT")]
    image_format: Option<FileFormat>,
    /// Quality of jpeg and webp, 10 to 100.
    #[arg(long, value_name = "N", default_value_t = 95, value_parser = clap::value_parser!(u8).range(10..=100))]
    image_quality: u8,
}

impl OutputPath {
    /// The file for the output of each input, of its format in a folder.
    ///
    /// # Errors
    /// When several inputs would be written to one file.
    pub fn files(
        &self,
        inputs: &[Input],
        format: impl Fn(&Input) -> FileFormat,
    ) -> Result<Vec<Option<PathBuf>>, Error> {
        let Some(output) = &self.output else { return Ok(inputs.iter().map(|_| None).collect()) };
        let ends_with_slash = output.to_string_lossy().ends_with(std::path::is_separator);
        let [Input { in_folder: false, .. }] = inputs else {
            if output.is_file() {
                return Err(Error::parameter(format!(
                    "{} is a file, and several inputs, or those of a folder, need a folder",
                    output.display()
                )));
            }
            return in_folder(output, inputs, format);
        };
        if output.is_dir() || ends_with_slash {
            return in_folder(output, inputs, format);
        }
        Ok(vec![Some(output.clone())])
    }
}

fn in_folder(
    folder: &Path,
    inputs: &[Input],
    format: impl Fn(&Input) -> FileFormat,
) -> Result<Vec<Option<PathBuf>>, Error> {
    let mut seen = std::collections::HashMap::new();
    let mut files = Vec::new();
    for input in inputs {
        let mut file = folder.join(&input.relative).into_os_string();
        file.push(".");
        file.push(format(input).extension());
        let file = PathBuf::from(file);
        if let Some(other) = seen.insert(file.clone(), &input.name) {
            return Err(Error::parameter(format!(
                "{other} and {} would both be written to {}: give them in separate runs",
                input.name,
                file.display()
            )));
        }
        files.push(Some(file));
    }
    Ok(files)
}

impl OutputArgs {
    /// The file for the output of each input.
    ///
    /// # Errors
    /// When several inputs would be written to one file, or a file in no known format.
    pub fn files(&self, inputs: &[Input]) -> Result<Vec<Option<PathBuf>>, Error> {
        let format = |input: &Input| self.image_format.unwrap_or_else(|| own_format(&input.name));
        let files = self.path.files(inputs, format)?;
        for file in files.iter().flatten() {
            self.encoding(file)?;
        }
        Ok(files)
    }

    /// How the picture for `file` is encoded.
    ///
    /// # Errors
    /// When the name ends with no known format and none is given.
    pub fn encoding(&self, file: &Path) -> Result<EncodeOptions, Error> {
        let format = match self.image_format {
            Some(format) => format,
            None => FileFormat::from_path(file)?,
        };
        Ok(EncodeOptions { format, quality: self.image_quality })
    }
}

/// The format that an input's file name ends with, and PNG for any other and for the first frame of a GIF.
fn own_format(name: &str) -> FileFormat {
    match FileFormat::from_path(Path::new(name)) {
        Ok(FileFormat::Gif) | Err(_) => FileFormat::Png,
        Ok(format) => format,
    }
}
