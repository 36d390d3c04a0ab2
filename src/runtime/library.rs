//! Where ONNX Runtime's shared library may stand.

use std::env;
use std::path::{Path, PathBuf};

/// The environment variable that names the library, or the folder that holds it.
pub const PATH_VARIABLE: &str = "ORT_DYLIB_PATH";

#[cfg(windows)]
const SYSTEM_NAMES: &[&str] = &["onnxruntime.dll"];
#[cfg(target_vendor = "apple")]
const SYSTEM_NAMES: &[&str] = &["libonnxruntime.dylib"];
#[cfg(not(any(windows, target_vendor = "apple")))]
const SYSTEM_NAMES: &[&str] = &["libonnxruntime.so.1", "libonnxruntime.so"];

/// Folders that are searched, relative to our own library and to the program: beside it, in the `lib` of an
/// installed tree, and where `cargo xtask setup` unpacks for what Cargo builds.
const NEARBY: &[&str] = &[
    ".",
    "lib",
    "../lib",
    "onnxruntime/lib",
    "../onnxruntime/lib",
    "../../onnxruntime/lib",
    "../../../onnxruntime/lib",
];

/// The places to try, best first; a name without a folder is left to the system loader.
///
/// Explicit path, then [`PATH_VARIABLE`], then beside our own library, beside the program, and the system's
/// places. With an explicit path nothing else is tried.
pub fn candidates(explicit: Option<&Path>) -> Vec<PathBuf> {
    if let Some(path) = explicit {
        return in_file_or_folder(path);
    }
    let mut found = Vec::new();
    if let Some(path) = env::var_os(PATH_VARIABLE).filter(|path| !path.is_empty()) {
        found.extend(in_file_or_folder(Path::new(&path)));
    }
    for anchor in [own_library(), env::current_exe().ok()].into_iter().flatten() {
        let Some(folder) = anchor.parent() else { continue };
        found.extend(NEARBY.iter().flat_map(|near| in_folder(&folder.join(near))));
    }
    found.extend(SYSTEM_NAMES.iter().map(PathBuf::from));

    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    found
}

fn in_file_or_folder(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    let found = in_folder(path);
    // A folder without the library is still a place that was tried.
    if found.is_empty() { SYSTEM_NAMES.iter().map(|name| path.join(name)).collect() } else { found }
}

/// The libraries of a folder, newest version first.
fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else {
        return Vec::new();
    };
    let mut found: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| is_runtime(path)).collect();
    found.sort_by_key(|path| std::cmp::Reverse(version(path)));
    found
}

fn is_runtime(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    if cfg!(windows) {
        name.eq_ignore_ascii_case("onnxruntime.dll")
    } else if cfg!(target_vendor = "apple") {
        name.starts_with("libonnxruntime.") && name.ends_with(".dylib")
    } else {
        name == "libonnxruntime.so" || name.starts_with("libonnxruntime.so.")
    }
}

/// The numbers in a library's file name.
fn version(path: &Path) -> Vec<u32> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// The file that this very code was loaded from: the shared library, or the program it is linked into.
#[cfg(unix)]
#[allow(unsafe_code, reason = "asking the loader where our own code came from has no safe interface")]
fn own_library() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: `dladdr` fills `info` when it returns non-zero; the name it points to lives as long as the code.
    let name = unsafe {
        if libc::dladdr(own_library as *const libc::c_void, info.as_mut_ptr()) == 0 {
            return None;
        }
        let name = info.assume_init().dli_fname;
        if name.is_null() {
            return None;
        }
        CStr::from_ptr(name)
    };
    let name = OsStr::from_bytes(name.to_bytes());
    // For the program itself the loader may give the word that it was started by, which says nothing of its folder.
    let program = env::args_os().next().is_some_and(|word| word == name);
    let path = if program { env::current_exe().ok()? } else { PathBuf::from(name) };
    path.canonicalize().ok()
}

/// The file that this very code was loaded from: the shared library, or the program it is linked into.
#[cfg(windows)]
#[allow(unsafe_code, reason = "asking the loader where our own code came from has no safe interface")]
fn own_library() -> Option<PathBuf> {
    use std::os::windows::ffi::OsStringExt;
    use windows_sys::Win32::Foundation::HMODULE;
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
        GetModuleFileNameW, GetModuleHandleExW,
    };

    let mut module: HMODULE = std::ptr::null_mut();
    let mut name = [0_u16; 32768];
    // SAFETY: the flags make the second argument an address, and the buffer's length is passed with it.
    let length = unsafe {
        let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
        if GetModuleHandleExW(flags, own_library as *const u16, &mut module) == 0 {
            return None;
        }
        GetModuleFileNameW(module, name.as_mut_ptr(), name.len() as u32) as usize
    };
    (length > 0 && length < name.len()).then(|| PathBuf::from(std::ffi::OsString::from_wide(&name[..length])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explicit_path_is_the_only_candidate() {
        assert_eq!(candidates(Some(Path::new("/nowhere/lib.so"))), [PathBuf::from("/nowhere/lib.so")]);
    }

    #[test]
    fn the_newest_version_of_a_folder_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let name = |version| match () {
            () if cfg!(windows) => "onnxruntime.dll".to_owned(),
            () if cfg!(target_vendor = "apple") => format!("libonnxruntime.{version}.dylib"),
            () => format!("libonnxruntime.so.{version}"),
        };
        for version in ["1.9.0", "1.28.0"] {
            std::fs::write(folder.path().join(name(version)), "").unwrap();
        }
        std::fs::write(folder.path().join("libonnxruntime_providers_shared.so"), "").unwrap();
        assert_eq!(candidates(Some(folder.path()))[0], folder.path().join(name("1.28.0")));
    }

    #[test]
    fn our_own_file_is_known() {
        assert_eq!(own_library(), env::current_exe().unwrap().canonicalize().ok());
    }
}
