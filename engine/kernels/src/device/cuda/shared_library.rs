//! Libraries that the program starts without, found at run time.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libloading::Library as SharedLibrary;

/// A library's functions, or why they cannot be had.
pub(crate) struct Found<T, E>(OnceLock<Result<T, E>>);

impl<T, E: Clone + From<String>> Found<T, E> {
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Looked for once. `package`: the library's among NVIDIA's for Python.
    pub fn get(
        &self,
        names: &[&str],
        package: &str,
        bind: fn(SharedLibrary) -> Result<T, E>,
    ) -> Result<&T, E> {
        let found = self.0.get_or_init(|| bind(open(names, package)?));
        found.as_ref().map_err(Clone::clone)
    }
}

/// The first of these files that loads, or why the first does not.
fn open(names: &[&str], package: &str) -> Result<SharedLibrary, String> {
    let mut first_refusal = None;
    let plain = names.iter().map(PathBuf::from);
    let placed = folders(package)
        .into_iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .filter(|path| path.exists());
    for path in plain.chain(placed) {
        // SAFETY: loading runs the library's initialisers, and those of NVIDIA's have no conditions.
        match unsafe { SharedLibrary::new(&path) } {
            Ok(file) => return Ok(file),
            Err(error) => first_refusal.get_or_insert(reason(&error)),
        };
    }
    Err(first_refusal.unwrap_or_default())
}

/// # Safety
/// `T` is the function's type.
pub(crate) unsafe fn symbol<T: Copy>(file: &SharedLibrary, name: &str) -> Result<T, String> {
    // SAFETY: the caller's promise.
    match unsafe { file.get::<T>(name.as_bytes()) } {
        Ok(function) => Ok(*function),
        Err(error) => Err(reason(&error)),
    }
}

/// In the system's words, which name the file or the function.
fn reason(error: &libloading::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// Where a library is put when the system's loader does not know it: beside the program, in CUDA's folders and in Python's
/// packages.
fn folders(package: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(own) = env::current_exe().ok().as_deref().and_then(Path::parent) {
        folders.extend([own.to_owned(), own.join("lib")]);
    }
    let toolkits = ["CUDNN_PATH", "CUDA_HOME", "CUDA_PATH"]
        .iter()
        .filter_map(|name| env::var_os(name).map(PathBuf::from))
        .chain([PathBuf::from("/usr/local/cuda")]);
    for toolkit in toolkits {
        folders
            .extend(["lib", "lib64", "bin", "extras/CUPTI/lib64"].map(|inner| toolkit.join(inner)));
    }
    let pythons = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let user = env::var_os("HOME").map(|home| Path::new(&home).join(".local"));
    for root in pythons.into_iter().chain(user) {
        let Ok(versions) = root.join("lib").read_dir() else {
            continue;
        };
        folders.extend(versions.flatten().map(|version| {
            version
                .path()
                .join("site-packages")
                .join("nvidia")
                .join(package)
                .join("lib")
        }));
    }
    folders
}
