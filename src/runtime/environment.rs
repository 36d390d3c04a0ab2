//! The one ONNX Runtime environment of the process.

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;

use crate::error::{Error, ErrorKind, Result};
use crate::runtime::Provider;
use crate::runtime::library::{self, PATH_VARIABLE};

const TELEMETRY_VARIABLE: &str = "ORT_DISABLE_TELEMETRY";

static RUNTIME: Mutex<Option<Arc<Runtime>>> = Mutex::new(None);

/// ONNX Runtime, loaded once for the whole process.
#[derive(Debug)]
pub struct Runtime {
    pub(super) environment: Environment,
    info: RuntimeInfo,
}

/// Which ONNX Runtime was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeInfo {
    /// The library's file, or its bare name when the system's loader found it.
    pub path: PathBuf,
    /// Its version, such as `1.28.0`.
    pub version: String,
    /// What it says of its own build.
    pub build: String,
}

impl Runtime {
    /// Loads ONNX Runtime, or hands out the one that is already loaded.
    ///
    /// Tries the explicit path alone when there is one; otherwise the file or folder that `ORT_DYLIB_PATH`
    /// names, the folders beside our own library and beside the program, and the system's loader. Telemetry is
    /// switched off before the environment exists.
    ///
    /// # Errors
    /// [`ErrorKind::RuntimeUnavailable`] with every path tried and its reason, or when another library than
    /// the explicit one is already loaded.
    pub fn load(explicit: Option<&Path>) -> Result<Arc<Self>> {
        let mut loaded = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            runtime.check_same(explicit)?;
            return Ok(Arc::clone(runtime));
        }
        let mut tried = Vec::new();
        for path in library::candidates(explicit) {
            match open(&path) {
                Ok(runtime) => return Ok(Arc::clone(loaded.insert(Arc::new(runtime)))),
                Err(reason) => tried.push(format!("\n  {}: {reason}", path.display())),
            }
        }
        Err(Error::new(
            ErrorKind::RuntimeUnavailable,
            format!(
                "ONNX Runtime {} or newer was not found; tried:{}\nFetch it with `cargo xtask setup`, or put the \
                 library of the `onnxruntime` package beside the program, or name it in {PATH_VARIABLE}",
                oldest_version(),
                tried.concat(),
            ),
        ))
    }

    /// Which library it is.
    pub fn info(&self) -> &RuntimeInfo {
        &self.info
    }

    /// Whether a provider can be started here.
    ///
    /// # Errors
    /// [`ErrorKind::ProviderUnavailable`] with ONNX Runtime's own reason.
    pub fn probe(&self, provider: Provider) -> Result<()> {
        let start = || {
            let builder = ort::session::Session::builder(&self.environment)?;
            builder.with_execution_providers(provider.dispatch().as_slice())?;
            Ok::<_, ort::Error>(())
        };
        start().map_err(|error| Error::new(ErrorKind::ProviderUnavailable, error.to_string()))
    }

    fn check_same(&self, explicit: Option<&Path>) -> Result<()> {
        let same = |path: &Path| {
            let candidate = library::candidates(Some(path)).into_iter().next();
            candidate.and_then(|path| path.canonicalize().ok()) == self.info.path.canonicalize().ok()
        };
        match explicit {
            Some(path) if !same(path) => Err(Error::new(
                ErrorKind::RuntimeUnavailable,
                format!(
                    "cannot load ONNX Runtime from {}: this process already uses {}, and it can load only one",
                    path.display(),
                    self.info.path.display()
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// The oldest ONNX Runtime that can be loaded, such as `1.22`.
pub fn oldest_version() -> String {
    format!("1.{}", ort::MINOR_VERSION)
}

fn open(path: &Path) -> Result<Runtime, String> {
    if path.components().count() > 1 && !path.exists() {
        return Err("no such file".to_owned());
    }
    disable_telemetry();
    let builder = ort::init_from(path).map_err(|error| error.to_string())?;
    let environment = builder
        .with_name("facekit")
        .with_telemetry(false)
        // Failures come back as errors: a library must not write to its host's standard error.
        .with_logger(Arc::new(|_, _, _, _, _| {}))
        .build()
        .map_err(|error| error.to_string())?;
    environment.set_log_level(ort::logging::LogLevel::Fatal);
    let info = RuntimeInfo {
        path: path.canonicalize().unwrap_or_else(|_| path.to_path_buf()),
        version: version(path).unwrap_or_else(|| "unknown".to_owned()),
        build: ort::info().to_owned(),
    };
    Ok(Runtime { environment, info })
}

/// Keeps newer prebuilt libraries from starting an uploader: it looks only at the variable, and only once, when
/// the environment is made.
#[allow(unsafe_code, reason = "ONNX Runtime can be told so only by a variable of the process")]
fn disable_telemetry() {
    if std::env::var_os(TELEMETRY_VARIABLE).is_none() {
        // SAFETY: it happens once, under the lock of `Runtime::load`, before ONNX Runtime has started a thread.
        // Only a host thread that reads the C environment without a lock at this moment could be disturbed,
        // which the documentation of `Engine` warns of.
        unsafe { std::env::set_var(TELEMETRY_VARIABLE, "1") };
    }
}

#[allow(unsafe_code, reason = "`ort` does not tell the version of the library that it loaded")]
fn version(path: &Path) -> Option<String> {
    // SAFETY: the library is loaded and checked already, so this only counts one more reference to it, and its
    // functions have the signatures of ONNX Runtime's C API. The string is static.
    unsafe {
        let library = libloading::Library::new(path).ok()?;
        let get: libloading::Symbol<'_, unsafe extern "C" fn() -> *const ort::sys::OrtApiBase> =
            library.get(b"OrtGetApiBase").ok()?;
        let base = get().as_ref()?;
        Some(CStr::from_ptr((base.GetVersionString)()).to_string_lossy().into_owned())
    }
}
