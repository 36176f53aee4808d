use std::ffi::{CStr, c_char, c_int, c_void};

use libloading::Library as SharedLibrary;

use super::super::shared_library::{Found, symbol};

/// `ncclResult_t`; 0 is success.
pub(super) type Status = c_int;
/// `ncclComm_t`
pub(super) type Handle = *mut c_void;

/// `ncclUint8`
pub(super) const BYTES: c_int = 1;
/// `ncclInProgress`: no error yet.
const IN_PROGRESS: Status = 7;

const NAMES: &[&str] = if cfg!(windows) {
    &["nccl.dll"]
} else {
    &["libnccl.so.2", "libnccl.so"]
};

pub(super) type Result<T, E = NcclError> = std::result::Result<T, E>;

/// What keeps NCCL from being used.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum NcclError {
    #[error("NCCL was not found ({0})")]
    NotFound(String),
    #[error("NCCL's {call} failed: {reason}; choose one GPU if it happens again")]
    Call { call: &'static str, reason: String },
    #[error(
        "the GPUs got no answer from one another for {0} s; choose one GPU, or run NCCL's own tests"
    )]
    Silent(u64),
    #[error("this exchange between GPUs was broken off")]
    Aborted,
}

/// Of the library or a function that it lacks.
impl From<String> for NcclError {
    fn from(reason: String) -> Self {
        Self::NotFound(reason)
    }
}

impl From<NcclError> for candle_core::Error {
    fn from(error: NcclError) -> Self {
        Self::wrap(error)
    }
}

/// A transfer to a peer or from one, in bytes on a stream.
pub(super) type Send =
    unsafe extern "C" fn(*const c_void, usize, c_int, c_int, Handle, *mut c_void) -> Status;
pub(super) type Receive =
    unsafe extern "C" fn(*mut c_void, usize, c_int, c_int, Handle, *mut c_void) -> Status;

/// NCCL's functions (NCCL 2.13 and newer, `nccl.h`), found at run time so that the program starts without it.
pub(super) struct Library {
    pub init_all: unsafe extern "C" fn(*mut Handle, c_int, *const c_int) -> Status,
    pub destroy: unsafe extern "C" fn(Handle) -> Status,
    pub abort: unsafe extern "C" fn(Handle) -> Status,
    pub async_error: unsafe extern "C" fn(Handle, *mut Status) -> Status,
    pub group_start: unsafe extern "C" fn() -> Status,
    pub group_end: unsafe extern "C" fn() -> Status,
    pub send: Send,
    pub receive: Receive,
    error_string: unsafe extern "C" fn(Status) -> *const c_char,
    last_error: unsafe extern "C" fn(Handle) -> *const c_char,
    /// Keeps the functions in memory.
    _file: SharedLibrary,
}

impl Library {
    /// Looked for once.
    pub fn get() -> Result<&'static Self> {
        static FOUND: Found<Library, NcclError> = Found::new();
        FOUND.get(NAMES, "nccl", Self::bind)
    }

    /// `status` as a result; `call` names the function.
    pub fn check(&self, call: &'static str, status: Status) -> Result<()> {
        if status == 0 || status == IN_PROGRESS {
            return Ok(());
        }
        // SAFETY: both return strings that live as long as the library, for any number and for no communicator.
        let [reason, more] = unsafe {
            [
                (self.error_string)(status),
                (self.last_error)(std::ptr::null_mut()),
            ]
        }
        .map(|text| match text.is_null() {
            true => String::new(),
            // SAFETY: as above.
            false => unsafe { CStr::from_ptr(text) }
                .to_string_lossy()
                .into_owned(),
        });
        let reason = match more.trim() {
            "" => reason,
            more => format!("{reason} ({})", more.replace('\n', " ")),
        };
        Err(NcclError::Call { call, reason })
    }

    fn bind(file: SharedLibrary) -> Result<Self> {
        // SAFETY: the types are those of `nccl.h`; enumerations are C's int there.
        unsafe {
            Ok(Self {
                init_all: symbol(&file, "ncclCommInitAll")?,
                destroy: symbol(&file, "ncclCommDestroy")?,
                abort: symbol(&file, "ncclCommAbort")?,
                async_error: symbol(&file, "ncclCommGetAsyncError")?,
                group_start: symbol(&file, "ncclGroupStart")?,
                group_end: symbol(&file, "ncclGroupEnd")?,
                send: symbol(&file, "ncclSend")?,
                receive: symbol(&file, "ncclRecv")?,
                error_string: symbol(&file, "ncclGetErrorString")?,
                last_error: symbol(&file, "ncclGetLastError")?,
                _file: file,
            })
        }
    }
}
