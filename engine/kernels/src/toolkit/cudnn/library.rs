use std::ffi::{CStr, c_char, c_void};

use libloading::Library as SharedLibrary;

use super::constants::{Attribute, Kind};
use super::error::{CudnnError, Result, Status};
use crate::device::cuda::shared_library::{Found, symbol};

/// `cudnnHandle_t`
pub(super) type Handle = *mut c_void;
/// `cudnnBackendDescriptor_t`
pub(super) type RawDescriptor = *mut c_void;

/// The oldest version whose attention was tried.
const OLDEST: usize = 90800;

const NAMES: &[&str] = if cfg!(windows) {
    &["cudnn64_9.dll"]
} else {
    &["libcudnn.so.9", "libcudnn.so"]
};

/// cuDNN's functions (cuDNN 9.14, `cudnn_graph.h`), found at run time so that the program starts without it.
pub(super) struct Library {
    pub create: unsafe extern "C" fn(*mut Handle) -> Status,
    pub destroy: unsafe extern "C" fn(Handle) -> Status,
    pub set_stream: unsafe extern "C" fn(Handle, *mut c_void) -> Status,
    pub create_descriptor: unsafe extern "C" fn(Kind, *mut RawDescriptor) -> Status,
    pub destroy_descriptor: unsafe extern "C" fn(RawDescriptor) -> Status,
    pub set_attribute:
        unsafe extern "C" fn(RawDescriptor, Attribute, u32, i64, *const c_void) -> Status,
    pub get_attribute:
        unsafe extern "C" fn(RawDescriptor, Attribute, u32, i64, *mut i64, *mut c_void) -> Status,
    pub finalize: unsafe extern "C" fn(RawDescriptor) -> Status,
    pub execute: unsafe extern "C" fn(Handle, RawDescriptor, RawDescriptor) -> Status,
    error_string: unsafe extern "C" fn(Status) -> *const c_char,
    /// 91400 is 9.14.0.
    pub version: usize,
    /// Keeps the functions in memory.
    _file: SharedLibrary,
}

impl Library {
    /// Looked for once.
    pub fn get() -> Result<&'static Self> {
        static FOUND: Found<Library, CudnnError> = Found::new();
        FOUND.get(NAMES, "cudnn", Self::bind)
    }

    /// `status` as a result; `call` names the function.
    pub fn check(&self, call: &'static str, status: Status) -> Result<()> {
        if status == 0 {
            return Ok(());
        }
        // SAFETY: the function takes any number and returns a string that lives as long as the library.
        let reason = unsafe { CStr::from_ptr((self.error_string)(status)) };
        Err(CudnnError::Call {
            call,
            status,
            reason: reason.to_string_lossy().into_owned(),
        })
    }

    fn bind(file: SharedLibrary) -> Result<Self> {
        // SAFETY: the types are those of `cudnn_graph.h`; enumerations are C's unsigned int there.
        unsafe {
            let version: unsafe extern "C" fn() -> usize = symbol(&file, "cudnnGetVersion")?;
            let version = version();
            if version < OLDEST {
                return Err(CudnnError::TooOld {
                    found: version_name(version),
                    needed: version_name(OLDEST),
                });
            }
            Ok(Self {
                create: symbol(&file, "cudnnCreate")?,
                destroy: symbol(&file, "cudnnDestroy")?,
                set_stream: symbol(&file, "cudnnSetStream")?,
                create_descriptor: symbol(&file, "cudnnBackendCreateDescriptor")?,
                destroy_descriptor: symbol(&file, "cudnnBackendDestroyDescriptor")?,
                set_attribute: symbol(&file, "cudnnBackendSetAttribute")?,
                get_attribute: symbol(&file, "cudnnBackendGetAttribute")?,
                finalize: symbol(&file, "cudnnBackendFinalize")?,
                execute: symbol(&file, "cudnnBackendExecute")?,
                error_string: symbol(&file, "cudnnGetErrorString")?,
                version,
                _file: file,
            })
        }
    }
}

fn version_name(version: usize) -> String {
    format!("{}.{}", version / 10_000, version / 100 % 100)
}
