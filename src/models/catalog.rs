//! The models that facekit knows by name.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::models::{Family, License, LicenseTerms, Role, ValueRange};
use crate::runtime::Layout;

/// The models that facekit knows by name, from `models/catalog.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    model: Vec<CatalogEntry>,
}

/// A model that facekit knows by name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogEntry {
    /// Its name, by which a caller chooses it.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The contract that it keeps.
    pub family: Family,
    /// Its place among the models of its role, 1 for the best: the first installed one is the default.
    pub rank: u32,
    /// What its licence is: an SPDX expression, or a `LicenseRef-…` where SPDX lists none.
    #[serde(rename = "license")]
    pub license_id: String,
    /// Whether that licence permits commercial use.
    pub commercial: bool,
    /// The names that its file or folder usually has; under those after the first it may be another version.
    pub files: Vec<String>,
    /// The length of the first file in bytes, where known.
    pub bytes: Option<u64>,
    /// The SHA-256 of the first file in lower-case hexadecimal, where known.
    pub sha256: Option<String>,
    /// The project that made it.
    pub project: String,
    /// That project's page, for people: nothing in facekit opens it.
    pub url: String,
    /// How to come by the file, in words.
    pub obtain: String,
    /// Whether it is compiled into facekit.
    #[serde(default)]
    pub embedded: bool,
    /// What its contract says beyond its family's.
    #[serde(default)]
    pub contract: Contract,
}

/// What the contract of a model says beyond, or other than, its family's.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Width and height of the input in pixels.
    pub size: Option<[u32; 2]>,
    /// The template that its crop is aligned to.
    pub template: Option<String>,
    /// The order of the channels.
    pub channels: Option<Channels>,
    /// Where the channels stand.
    pub layout: Option<Layout>,
    /// Black and white of what a stylizer takes and gives.
    pub range: Option<ValueRange>,
    /// What is taken off each channel, in the order of the channels, 0 to 255.
    pub mean: Option<[f32; 3]>,
    /// What each channel is then divided by.
    pub std: Option<[f32; 3]>,
    /// What the control picture of a ControlNet shows.
    pub steers: Option<Steers>,
    /// How many times larger an upscaler makes a picture, in width and in height.
    pub factor: Option<u32>,
}

/// What a control picture shows, by which a ControlNet steers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Steers {
    /// The five points of faces, as InstantID draws them.
    Keypoints,
    /// How far away everything is, near is bright.
    Depth,
    /// The picture itself, whose detail is made anew.
    Tile,
    /// The edges of Canny's detector.
    Canny,
    /// A skeleton as OpenPose draws it.
    Openpose,
}

/// The order of the channels of a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Channels {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

impl Steers {
    /// What a control picture of it shows, in words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Keypoints => "the five points of faces",
            Self::Depth => "a map of depths",
            Self::Tile => "the picture itself",
            Self::Canny => "edges",
            Self::Openpose => "a skeleton",
        }
    }

    /// What the name of a ControlNet hints at.
    pub(super) fn hint(name: &str) -> Option<Self> {
        const HINTS: [(&str, Steers); 6] = [
            ("instantid", Steers::Keypoints),
            ("keypoint", Steers::Keypoints),
            ("depth", Steers::Depth),
            ("tile", Steers::Tile),
            ("canny", Steers::Canny),
            ("openpose", Steers::Openpose),
        ];
        let name = letters(name);
        HINTS.into_iter().find(|(hint, _)| name.contains(hint)).map(|(_, steers)| steers)
    }
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "the text is compiled in, and a test reads it")]
    toml::from_str(include_str!("../../models/catalog.toml")).expect("models/catalog.toml is valid")
});

impl Catalog {
    /// The catalogue that is compiled in.
    pub fn get() -> &'static Self {
        &CATALOG
    }

    /// Every entry, in the order of the file.
    pub fn entries(&self) -> &[CatalogEntry] {
        &self.model
    }

    /// The entry of this name.
    pub fn find(&self, name: &str) -> Option<&CatalogEntry> {
        self.model.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The entry whose file has this SHA-256.
    pub fn find_digest(&self, sha256: &str) -> Option<&CatalogEntry> {
        self.model.iter().find(|entry| entry.sha256.as_deref() == Some(sha256))
    }

    /// Whether only its digest can tell if a file is an entry's: its length is right, and its name is not.
    pub(super) fn needs_digest(&self, file_name: &str, bytes: u64) -> bool {
        let may_be = |entry: &&CatalogEntry| entry.sha256.is_some() && entry.bytes == Some(bytes);
        let candidates: Vec<_> = self.model.iter().filter(may_be).collect();
        !candidates.is_empty() && !candidates.iter().any(|entry| entry.is_measured(file_name))
    }

    /// The entry that a file's name names: the entry's own name or one of its usual file names, case aside.
    pub fn find_file(&self, file_name: &str) -> Option<&CatalogEntry> {
        let stem = stem(file_name);
        self.model.iter().find(|entry| {
            entry.name.eq_ignore_ascii_case(stem)
                || entry.files.iter().any(|file| self::stem(file).eq_ignore_ascii_case(stem))
        })
    }

    /// The family that a file's name hints at: that of the longest usual file name that it contains.
    ///
    /// Punctuation and case are set aside: `GFPGANv1.4-fp16.onnx` contains `gfpgan_v1.4`.
    pub fn hint(&self, file_name: &str, accepts: impl Fn(Family) -> bool) -> Option<Family> {
        let name = letters(stem(file_name));
        let known = self.model.iter().filter(|entry| accepts(entry.family)).flat_map(|entry| {
            let names = std::iter::once(entry.name.as_str()).chain([entry.family.name()]);
            let names = names.chain(entry.files.iter().map(|file| stem(file)));
            names.map(letters).map(|hint| (hint, entry.family))
        });
        let longest = known.filter(|(hint, _)| name.contains(hint)).max_by_key(|(hint, _)| hint.len());
        longest.map(|(_, family)| family)
    }
}

impl CatalogEntry {
    /// Its licence and what that permits.
    pub fn license(&self) -> License {
        License::stated(&self.license_id, self.commercial)
    }

    /// Whether `bytes` and `sha256` are those of a file of this name.
    pub(super) fn is_measured(&self, file_name: &str) -> bool {
        self.sha256.is_some() && self.files.first().is_some_and(|file| file.eq_ignore_ascii_case(file_name))
    }

    /// How to get it and install it, in a few lines for people.
    pub fn how_to_get(&self) -> String {
        if self.embedded {
            return format!("{} is part of facekit: there is nothing to install.", self.name);
        }
        let file = self.files.first().map_or(self.name.as_str(), String::as_str);
        let install = match self.role {
            Role::Diffusion | Role::Controlnet => format!(
                "Export it with `python models/export/export.py CHECKPOINT {file}`, which needs PyTorch and diffusers.\n\
                 Then put the folder into a model folder, or run `facekit models add {file}`."
            ),
            _ => format!("Then put it into a model folder, as {file}, or run `facekit models add FILE`."),
        };
        let restrictions = match self.license().terms {
            LicenseTerms::Restricted => {
                "Its licence permits commercial use, forbids some purposes, and has to be passed on with that.\n"
            }
            _ => "",
        };
        format!(
            "{} ({}, licence {}) comes from {}, {}\n{}\n{restrictions}{install}",
            self.name,
            self.role.noun(),
            self.license_id,
            self.project,
            self.url,
            self.obtain,
        )
    }
}

/// A file name without the `.onnx`, `.safetensors` or `.tar` at its end.
pub(super) fn stem(file_name: &str) -> &str {
    match file_name.rsplit_once('.') {
        Some((stem, extension)) if is_model_extension(extension) => stem,
        _ => file_name,
    }
}

fn is_model_extension(extension: &str) -> bool {
    ["onnx", "safetensors", "tar"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn letters(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
