//! CUDA C compiled on the user's computer: NVRTC comes with CUDA's run-time libraries, a compiler does not. What it made is
//! kept in the user's cache directory; a cache that cannot be read or written costs a second at the first use and nothing
//! else.

use std::ffi::{CStr, CString, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::cuda_backend::cudarc::driver::{CudaContext, CudaModule};
use candle_core::cuda_backend::cudarc::nvrtc::result::{self as nvrtc, NvrtcError};
use candle_core::cuda_backend::cudarc::nvrtc::{Ptx, sys};
use sha2::{Digest, Sha256};

/// Reads a program's length and then its bytes.
type Getter<T> = (
    unsafe fn(sys::nvrtcProgram, *mut usize) -> sys::nvrtcResult,
    unsafe fn(sys::nvrtcProgram, *mut T) -> sys::nvrtcResult,
);
const CUBIN: Getter<c_char> = (sys::nvrtcGetCUBINSize, sys::nvrtcGetCUBIN);
const PTX: Getter<c_char> = (sys::nvrtcGetPTXSize, sys::nvrtcGetPTX);

/// The source as a module on a device, or a sentence saying what is missing.
pub(crate) fn module(context: &Arc<CudaContext>, source: &str) -> Result<Arc<CudaModule>, String> {
    let told = |error: &dyn std::fmt::Display| {
        format!(
            "the GPU's kernels cannot be compiled ({error}); update CUDA's run-time libraries (NVRTC) and the driver"
        )
    };
    let (major, minor) = context.compute_capability().map_err(|error| told(&error))?;
    let architecture = major * 10 + minor;
    let load = |image: Vec<u8>| context.load_module(Ptx::from_binary(image));

    let cache = cache_file(source, architecture);
    let cached = cache.as_deref().and_then(|path| std::fs::read(path).ok());
    if let Some(Ok(module)) = cached.filter(|image| is_whole(image)).map(load) {
        return Ok(module);
    }
    let image = compile(source, architecture).map_err(|error| told(&error))?;
    if let Some(path) = &cache {
        // The next start compiles again where this fails.
        let _ = keep(path, &image);
    }
    load(image).map_err(|error| told(&error))
}

fn cache_file(source: &str, architecture: c_int) -> Option<PathBuf> {
    let directories = directories::ProjectDirs::from("", "", "lamina")?;
    let (mut major, mut minor) = (0, 0);
    // SAFETY: both pointers are to numbers of the type it writes.
    unsafe { sys::nvrtcVersion(&mut major, &mut minor) }
        .result()
        .ok()?;
    let hash = Sha256::digest(source.as_bytes());
    let hash: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = format!("{hash}-sm{architecture}-nvrtc{major}.{minor}");
    Some(directories.cache_dir().join("kernels").join(name))
}

/// Written beside its place first, so that no half of it is ever found there. A digest at the end tells later damage.
fn keep(path: &Path, image: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().ok_or(std::io::ErrorKind::NotFound)?;
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(image)?;
    file.write_all(&Sha256::digest(image))?;
    file.persist(path)?;
    Ok(())
}

fn is_whole(file: &[u8]) -> bool {
    let split = file.len().checked_sub(Sha256::output_size());
    split
        .map(|at| file.split_at(at))
        .is_some_and(|(image, digest)| Sha256::digest(image).as_slice() == digest)
}

/// Machine code for the architecture, or where this NVRTC is older than the device, PTX that the driver finishes.
fn compile(source: &str, architecture: c_int) -> Result<Vec<u8>, String> {
    let known = architectures().map_err(|error| error.to_string())?;
    let (target, getter) = if known.contains(&architecture) {
        (format!("sm_{architecture}"), CUBIN)
    } else {
        let older = known
            .into_iter()
            .filter(|known| *known < architecture)
            .max();
        let older = older.ok_or("NVRTC does not know the device")?;
        (format!("compute_{older}"), PTX)
    };
    let source = CString::new(source).map_err(|error| error.to_string())?;
    let program = nvrtc::create_program(&source, None).map_err(|error| error.to_string())?;
    let options = [
        "--std=c++17".to_owned(),
        format!("--gpu-architecture={target}"),
    ];
    // SAFETY: the program was created above and is destroyed below, after its last use; its source lives as long.
    unsafe {
        let compiled = nvrtc::compile_program(program, &options);
        let image = match compiled {
            Ok(()) => bytes(program, getter).map_err(|error| error.to_string()),
            Err(error) => Err(format!("{error}: {}", log(program))),
        };
        let _ = nvrtc::destroy_program(program);
        image
    }
}

fn architectures() -> Result<Vec<c_int>, NvrtcError> {
    let mut count = 0;
    // SAFETY: it writes one number, and then as many as it said.
    unsafe {
        sys::nvrtcGetNumSupportedArchs(&mut count).result()?;
        let mut all = vec![0; usize::try_from(count).unwrap_or(0)];
        sys::nvrtcGetSupportedArchs(all.as_mut_ptr()).result()?;
        Ok(all)
    }
}

/// # Safety
/// The program must have been compiled.
unsafe fn bytes(program: sys::nvrtcProgram, getter: Getter<c_char>) -> Result<Vec<u8>, NvrtcError> {
    let mut length = 0;
    // SAFETY: the second call writes as many bytes as the first one tells.
    unsafe {
        getter.0(program, &mut length).result()?;
        let mut bytes = vec![0u8; length];
        getter.1(program, bytes.as_mut_ptr().cast()).result()?;
        Ok(bytes)
    }
}

/// # Safety
/// The program must exist.
unsafe fn log(program: sys::nvrtcProgram) -> String {
    // SAFETY: the caller's promise; the log ends with a zero.
    unsafe {
        nvrtc::get_program_log(program)
            .map(|log| {
                CStr::from_ptr(log.as_ptr())
                    .to_string_lossy()
                    .trim()
                    .to_owned()
            })
            .unwrap_or_default()
    }
}

/// These need NVRTC and no device; where it is missing, a program with the feature `cuda` does not start, and the system's
/// loader names it.
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a failure is the test's answer")]
mod tests {
    use super::*;
    use crate::toolkit::kernel::Kernel;
    use crate::toolkit::{OLDEST, SOURCE};

    const ELF: &[u8] = b"\x7fELF";

    fn holds(image: &[u8], text: &str) -> bool {
        image
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }

    #[test]
    fn all_kernels_compile_for_each_architecture_that_nvrtc_knows() {
        let oldest = OLDEST.0 * 10 + OLDEST.1;
        let known = architectures().expect("NVRTC's architectures");
        let served: Vec<_> = known.into_iter().filter(|known| *known >= oldest).collect();
        assert!(served.contains(&oldest), "{served:?}");
        for architecture in served {
            let image = compile(SOURCE, architecture).expect("machine code");
            assert!(image.starts_with(ELF));
            for kernel in Kernel::ALL.iter().map(|kernel| kernel.name()) {
                let section = format!(".text.{kernel}\0");
                assert!(holds(&image, &section), "{kernel} for {architecture}");
            }
            println!("sm_{architecture}: {} bytes", image.len());
        }
    }

    #[test]
    fn a_newer_device_gets_what_its_driver_can_finish() {
        let newest = architectures().expect("NVRTC's architectures").into_iter();
        let newest = newest.max().expect("an architecture");
        let image = compile(SOURCE, newest + 1).expect("PTX");
        assert!(holds(&image, &format!(".target sm_{newest}\n")));
        for kernel in Kernel::ALL.iter().map(|kernel| kernel.name()) {
            assert!(holds(&image, &format!(".entry {kernel}(")), "{kernel}");
        }
    }

    #[test]
    fn a_source_with_a_mistake_is_refused_with_the_compilers_words() {
        let refusal =
            compile("__global__ void broken() { missing(); }", 80).expect_err("a refusal");
        assert!(refusal.contains("missing"), "{refusal}");
    }
}
