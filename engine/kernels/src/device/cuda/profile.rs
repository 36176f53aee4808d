//! How long the device was busy with each kernel, by CUPTI's activity records (CUDA 13.0, `cupti_activity.h`). The library is
//! part of CUDA's toolkit and is looked for at run time.

use std::collections::HashMap;
use std::ffi::{CStr, c_char};
use std::ptr::null_mut;
use std::sync::{Mutex, PoisonError};

use candle_core::Error;
use libloading::Library as SharedLibrary;

use crate::device::cuda::shared_library::{Found, symbol};
use crate::{KernelTime, Profile, Result};

const NAMES: &[&str] = &["libcupti.so.13", "libcupti.so.12", "libcupti.so"];

const MEMCPY: u32 = 1;
const MEMSET: u32 = 2;
const CONCURRENT_KERNEL: u32 = 10;
/// `CUPTI_ACTIVITY_FLAG_FLUSH_FORCED`
const FORCED: u32 = 1;
const BUFFER: usize = 1 << 20;
const ALIGNMENT: usize = 8;

/// What records of all three kinds begin with; only a kernel's has a name.
#[repr(C)]
struct Record {
    kind: u32,
    _settings: [u32; 3],
    start: u64,
    end: u64,
    _completed: u64,
    _launch: [u32; 14],
    _grid: i64,
    name: *const c_char,
}

type Buffer = *mut u8;
type Requested = extern "C" fn(*mut Buffer, *mut usize, *mut usize);
type Completed = extern "C" fn(*mut u8, u32, Buffer, usize, usize);

struct Cupti {
    enable: unsafe extern "C" fn(u32) -> u32,
    disable: unsafe extern "C" fn(u32) -> u32,
    flush: unsafe extern "C" fn(u32) -> u32,
    next_record: unsafe extern "C" fn(Buffer, usize, *mut *mut Record) -> u32,
    _file: SharedLibrary,
}

#[derive(Default)]
struct Recorded {
    /// Times and nanoseconds by name.
    kernels: HashMap<String, (u32, u64)>,
    /// Begin and end of each by the device's clock.
    spans: Vec<(u64, u64)>,
}

static RECORDED: Mutex<Option<Recorded>> = Mutex::new(None);

impl Cupti {
    /// Or a sentence that says what is missing.
    fn get() -> std::result::Result<&'static Self, String> {
        static FOUND: Found<Cupti, String> = Found::new();
        let found = FOUND.get(NAMES, "cu13", Self::bind);
        found.map_err(|reason| {
            format!("a profile needs CUPTI ({reason}); install CUDA's toolkit or add its folder to LD_LIBRARY_PATH")
        })
    }

    fn bind(file: SharedLibrary) -> std::result::Result<Self, String> {
        // SAFETY: the types are those of `cupti_activity.h`.
        unsafe {
            let register: unsafe extern "C" fn(Requested, Completed) -> u32 =
                symbol(&file, "cuptiActivityRegisterCallbacks")?;
            register(requested, completed);
            Ok(Self {
                enable: symbol(&file, "cuptiActivityEnable")?,
                disable: symbol(&file, "cuptiActivityDisable")?,
                flush: symbol(&file, "cuptiActivityFlushAll")?,
                next_record: symbol(&file, "cuptiActivityGetNextRecord")?,
                _file: file,
            })
        }
    }
}

pub(crate) fn missing() -> Option<String> {
    Cupti::get().err()
}

pub(crate) fn begin() -> Result<()> {
    let cupti = Cupti::get().map_err(Error::msg)?;
    *lock() = Some(Recorded::default());
    for kind in [MEMCPY, MEMSET, CONCURRENT_KERNEL] {
        // SAFETY: any number may be given.
        match unsafe { (cupti.enable)(kind) } {
            0 => {}
            status => candle_core::bail!("CUPTI refuses to record (status {status})"),
        }
    }
    Ok(())
}

pub(crate) fn end() -> Result<Profile> {
    let cupti = Cupti::get().map_err(Error::msg)?;
    // SAFETY: recording was begun; `completed` is called for each buffer before the flush returns.
    unsafe {
        (cupti.flush)(FORCED);
        for kind in [MEMCPY, MEMSET, CONCURRENT_KERNEL] {
            (cupti.disable)(kind);
        }
    }
    let Recorded { kernels, spans } = lock().take().unwrap_or_default();
    let mut kernels: Vec<_> = kernels
        .into_iter()
        .map(|(name, (count, nanoseconds))| KernelTime {
            name,
            count,
            ms: milliseconds(nanoseconds),
        })
        .collect();
    kernels.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    Ok(Profile {
        kernels,
        busy_ms: milliseconds(covered(spans)),
    })
}

/// Nanoseconds in at least one of the spans.
fn covered(mut spans: Vec<(u64, u64)>) -> u64 {
    spans.sort_unstable();
    let mut covered = 0;
    let mut until = 0;
    for (start, end) in spans {
        covered += end.saturating_sub(start.max(until));
        until = until.max(end);
    }
    covered
}

fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

fn lock() -> std::sync::MutexGuard<'static, Option<Recorded>> {
    RECORDED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn layout() -> Option<std::alloc::Layout> {
    std::alloc::Layout::from_size_align(BUFFER, ALIGNMENT).ok()
}

extern "C" fn requested(buffer: *mut Buffer, size: *mut usize, most: *mut usize) {
    // SAFETY: CUPTI gives three places to write to; the layout is not empty. Without memory nothing is recorded.
    unsafe {
        let memory = layout().map_or(null_mut(), |layout| std::alloc::alloc(layout));
        *buffer = memory;
        *size = if memory.is_null() { 0 } else { BUFFER };
        *most = 0;
    }
}

extern "C" fn completed(
    _context: *mut u8,
    _stream: u32,
    buffer: Buffer,
    _size: usize,
    valid: usize,
) {
    if let Ok(cupti) = Cupti::get() {
        let mut record = null_mut();
        // SAFETY: the buffer is one of `requested`'s with `valid` bytes of records, walked by CUPTI itself.
        while valid > 0 && unsafe { (cupti.next_record)(buffer, valid, &mut record) } == 0 {
            // SAFETY: all records are at least as long as what is read of their kind, and aligned to 8 bytes.
            unsafe { note(record) };
        }
    }
    if let Some(layout) = layout().filter(|_| !buffer.is_null()) {
        // SAFETY: allocated in `requested` with this layout.
        unsafe { std::alloc::dealloc(buffer, layout) };
    }
}

/// # Safety
/// A whole record.
unsafe fn note(record: *const Record) {
    // SAFETY: the caller's promise; the first fields are common, the name is read of kernels only.
    let (name, start, end) = unsafe {
        let name = match (*record).kind {
            MEMCPY => "copy".into(),
            MEMSET => "fill".into(),
            CONCURRENT_KERNEL if !(*record).name.is_null() => {
                CStr::from_ptr((*record).name).to_string_lossy()
            }
            _ => return,
        };
        (name, (*record).start, (*record).end)
    };
    if let Some(recorded) = lock().as_mut() {
        let (count, total) = recorded.kernels.entry(name.into_owned()).or_default();
        *count += 1;
        *total += end.saturating_sub(start);
        recorded.spans.push((start, end));
    }
}
