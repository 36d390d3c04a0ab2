//! What a batch has made, written down beside it, so that `--resume` leaves it as it is.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use facekit::picture::{Source, remove_unfinished};
use facekit::{Engine, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// The journal of a folder of outputs: a JSON object a line, the last one of an output counts.
const JOURNAL: &str = ".facekit-resume.jsonl";

/// The options that change no pixel; model folders count by what is in them.
const WITHOUT_EFFECT: [&str; 11] = [
    "inputs",
    "output",
    "json",
    "resume",
    "models",
    "runtime",
    "strict",
    "threads",
    "parallel_runs",
    "graph_cache",
    "max_pixels",
];

/// The journals of the folders that a command writes to.
///
/// An output is left as it is when its journal says that this version of facekit, by the same command, options, models
/// and ONNX Runtime, made it of the same bytes, and it still is what was written.
pub struct Resume {
    recipe: Sha256,
    journals: HashMap<PathBuf, Journal>,
    resumes: bool,
}

struct Journal {
    path: PathBuf,
    entries: HashMap<String, Entry>,
    was_there: bool,
    is_torn: bool,
    file: Option<File>,
}

/// An output: of what it was made, and the names and digests of its files.
#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    recipe: String,
    output: Value,
    sha256: Vec<String>,
}

impl Resume {
    /// Reads the journals beside `files`; to resume, what a killed run left unfinished is removed first. None for a
    /// single output that shall not be resumed.
    ///
    /// # Errors
    /// [`Io`](facekit::ErrorKind::Io) for a journal, a model or a picture named by an option that cannot be read.
    pub fn start(
        command: &str,
        matches: &ArgMatches,
        engine: &Engine,
        files: &[Option<PathBuf>],
    ) -> Result<Option<Self>, Error> {
        let resumes = matches!(matches.try_get_one("resume"), Ok(Some(true)));
        if !resumes && files.iter().flatten().count() < 2 {
            return Ok(None);
        }
        let mut journals = HashMap::new();
        for folder in files.iter().flatten().map(|file| folder_of(file)) {
            if !journals.contains_key(folder) {
                if resumes && folder.is_dir() {
                    remove_unfinished(folder)?;
                }
                journals.insert(folder.to_path_buf(), Journal::read(folder)?);
            }
        }
        Ok(Some(Self { recipe: recipe(command, matches, engine)?, journals, resumes }))
    }

    /// The output that is there already for an input, as the command told of it.
    pub fn made(&self, file: &Path, input: &[u8]) -> Option<Value> {
        let entry = self.journals.get(folder_of(file))?.entries.get(name_of(file)?)?;
        if !self.resumes || entry.recipe != self.recipe_of(input) {
            return None;
        }
        let output = with_paths(&entry.output, |name| {
            let is_plain = Path::new(name).file_name().is_some_and(|plain| plain == name);
            is_plain.then(|| file.with_file_name(name))
        })?;
        let paths = texts(&output);
        let is_whole = |(path, sha256): (&str, &String)| digest_of_file(path).is_ok_and(|now| now == *sha256);
        let are_whole =
            paths.len() == entry.sha256.len() && paths.into_iter().zip(&entry.sha256).all(is_whole);
        are_whole.then_some(output)
    }

    /// Writes down that an input became an output, which is a path or a list of paths.
    ///
    /// # Errors
    /// When the journal cannot be written; the output is made again then.
    pub fn record(&mut self, file: &Path, input: &[u8], output: &Value) -> io::Result<()> {
        let recipe = self.recipe_of(input);
        let (Some(journal), Some(name)) = (self.journals.get_mut(folder_of(file)), name_of(file)) else {
            return Ok(());
        };
        let sha256 = texts(output).into_iter().map(digest_of_file).collect::<io::Result<_>>()?;
        let names = with_paths(output, |path| Path::new(path).file_name().map(PathBuf::from));
        let output = names.unwrap_or_default();
        journal.append(&Entry { name: name.to_owned(), recipe, output, sha256 })
    }

    /// Removes the journals that were begun for a batch in which everything was done, and which was no resumed one.
    pub fn finish(self) {
        for journal in self.journals.into_values() {
            if !self.resumes && !journal.was_there && journal.file.is_some() {
                // One that stays does no harm.
                let _ = fs::remove_file(&journal.path);
            }
        }
    }

    fn recipe_of(&self, input: &[u8]) -> String {
        hex(self.recipe.clone().chain_update(Sha256::digest(input)))
    }
}

impl Journal {
    fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(JOURNAL);
        let was_there = path.exists();
        let text = match was_there {
            true => fs::read(&path).map_err(|error| Error::io("read", &path, error))?,
            false => Vec::new(),
        };
        // A line that a killed run did not finish is no JSON, and tells of nothing.
        let entries = text.split(|&byte| byte == b'\n').flat_map(serde_json::from_slice::<Entry>);
        let entries = entries.map(|entry| (entry.name.clone(), entry)).collect();
        let is_torn = text.last().is_some_and(|&byte| byte != b'\n');
        Ok(Self { path, entries, was_there, is_torn, file: None })
    }

    fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                if self.is_torn {
                    line.insert(0, b'\n');
                }
                none.insert(OpenOptions::new().create(true).append(true).open(&self.path)?)
            }
        };
        file.write_all(&line)?;
        file.sync_data()
    }
}

/// All that an output depends on beside its input.
fn recipe(command: &str, matches: &ArgMatches, engine: &Engine) -> Result<Sha256, Error> {
    let mut recipe = Sha256::new();
    let mut take = |part: &[u8]| {
        recipe.update((part.len() as u64).to_le_bytes());
        recipe.update(part);
    };
    take(env!("CARGO_PKG_VERSION").as_bytes());
    take(engine.runtime().version.as_bytes());
    take(command.as_bytes());
    // A group holds the names of its options, which stand for themselves.
    let is_option = |id: &&str| matches.try_get_many::<clap::Id>(id).is_err() && !WITHOUT_EFFECT.contains(id);
    let mut options: Vec<_> = matches.ids().map(clap::Id::as_str).filter(is_option).collect();
    options.sort_unstable();
    for option in options {
        take(option.as_bytes());
        for word in matches.get_raw(option).into_iter().flatten() {
            take(word.as_encoded_bytes());
            let word = word.to_string_lossy();
            for text in [&*word, without_numbers(&word)] {
                if let Ok(Source::Path(path)) = Source::parse(text) {
                    contents(&path, &mut take)?;
                }
            }
        }
    }
    engine.store().folders().iter().try_for_each(|folder| contents(folder, &mut take))?;
    Ok(recipe)
}

/// The path of a model that is used in part, as in `path:0.8`.
fn without_numbers(word: &str) -> &str {
    match word.rsplit_once(':') {
        Some((rest, last)) if last.parse::<f32>().is_ok() => without_numbers(rest),
        _ => word,
    }
}

/// The digest of a file, or the names, sizes and times of the files in a folder; nothing of what is not there.
fn contents(path: &Path, take: &mut impl FnMut(&[u8])) -> Result<(), Error> {
    if path.is_file() {
        let digest = digest_of_file(path).map_err(|error| Error::io("read", path, error))?;
        take(digest.as_bytes());
    } else if path.is_dir() {
        let files = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().flatten();
        for file in files.filter(|entry| entry.file_type().is_file()) {
            let name = file.path().strip_prefix(path).unwrap_or(file.path());
            let Ok(metadata) = file.metadata() else { continue };
            take(name.as_os_str().as_encoded_bytes());
            take(format!("{} {:?}", metadata.len(), metadata.modified().ok()).as_bytes());
        }
    }
    Ok(())
}

fn digest_of_file(path: impl AsRef<Path>) -> io::Result<String> {
    let path = path.as_ref();
    // A device has no end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut digest = Sha256::new();
    io::copy(&mut File::open(path)?, &mut digest)?;
    Ok(hex(digest))
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A path or a list of paths, each changed; none when one cannot be.
fn with_paths(output: &Value, change: impl Fn(&str) -> Option<PathBuf>) -> Option<Value> {
    let change = |value: &Value| change(value.as_str()?)?.to_str().map(Value::from);
    match output {
        Value::Array(paths) => paths.iter().map(change).collect::<Option<_>>().map(Value::Array),
        path => change(path),
    }
}

fn texts(output: &Value) -> Vec<&str> {
    match output {
        Value::Array(paths) => paths.iter().filter_map(Value::as_str).collect(),
        path => path.as_str().into_iter().collect(),
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn name_of(file: &Path) -> Option<&str> {
    file.file_name()?.to_str()
}
