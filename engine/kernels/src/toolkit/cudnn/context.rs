use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use candle_core::cuda_backend::CudaDevice;
use candle_core::cuda_backend::cudarc::driver::CudaContext;

use super::error::{CudnnError, Result};
use super::graph::Graph;
use super::library::{Handle, Library};
use super::operation::Operation;
use super::plan::Plan;
use crate::device::cuda::buffer;
use crate::device::cuda::memory;
use crate::device::cuda::side;

/// Plans kept for each device; a job needs some thirty.
const MOST_PLANS: usize = 256;

/// cuDNN on one device, with the plans it has made there.
struct Context {
    library: &'static Library,
    handle: Handle,
    /// The stream that the handle works on.
    stream: *mut c_void,
    plans: HashMap<Operation, Kept>,
    uses: u64,
    /// Why the last operation without a plan has none.
    refusal: Option<String>,
    /// The handle does not outlive the device's context.
    cuda: Arc<CudaContext>,
}

struct Kept {
    /// `None`: this device has none.
    plan: Option<Plan>,
    last_use: u64,
}

// SAFETY: handle and stream belong to no thread (the stream of a candle device is named by a number that means the
// calling thread's own); one thread at a time uses them, under the lock.
unsafe impl Send for Context {}

type Shared = Arc<Mutex<Context>>;

/// Queues an operation on the device's stream: false where cuDNN is missing or has no kernel for it. The first time takes up to a second
/// for a form of attention, later forms 50 ms, the same one again 20 µs.
///
/// # Safety
/// As [`Plan::run`] asks.
pub(super) unsafe fn run(
    device: &CudaDevice,
    operation: Operation,
    pointers: &[*mut c_void],
) -> candle_core::Result<bool> {
    let Ok(shared) = context(device) else {
        return Ok(false);
    };
    let mut context = lock(&shared);
    context
        .cuda
        .bind_to_thread()
        .map_err(candle_core::Error::wrap)?;
    let handle = context.handle;
    let mut workspace = || Ok(context.plan(&operation)?.map(Plan::workspace));
    let bytes = match workspace() {
        Err(full) if CudnnError::is_of_memory(&full) => {
            memory::return_freed(device)?;
            workspace()
        }
        other => other,
    };
    let Some(bytes) = bytes? else {
        return Ok(false);
    };
    // SAFETY: only the kernel writes and reads it; freed in the stream's order, after the kernel.
    let workspace = unsafe { buffer::uninitialised::<u8>(bytes.max(1), device)? };
    let address = buffer::address::<u8>(&workspace)?;
    context.work_on(side::stream(device)?.cu_stream().cast())?;
    let Some(plan) = context.plan(&operation)? else {
        return Ok(false);
    };
    // SAFETY: the caller's promise, and the workspace above.
    unsafe { plan.run(handle, pointers, address as *mut c_void)? };
    Ok(true)
}

/// Whether cuDNN can be used on the device at all, and if so, an operation that it refused and why.
pub(super) fn refusal(device: &CudaDevice) -> Result<Option<String>> {
    Ok(lock(&context(device)?).refusal.clone())
}

fn lock(context: &Shared) -> MutexGuard<'_, Context> {
    // A panic leaves nothing half done that the next operation would meet.
    context.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The device's context, made at first use and kept to the program's end.
fn context(device: &CudaDevice) -> Result<Shared> {
    type Contexts = Mutex<HashMap<usize, Result<Shared>>>;
    static CONTEXTS: OnceLock<Contexts> = OnceLock::new();
    let contexts = CONTEXTS.get_or_init(Contexts::default);
    let cuda = device.cuda_stream().context().clone();
    let mut contexts = contexts.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = contexts.get(&cuda.ordinal()) {
        return known.clone();
    }
    let number = cuda.ordinal();
    let made = Context::new(cuda).map(|context| Arc::new(Mutex::new(context)));
    // A device that is full now need not be so later.
    if !made.as_ref().is_err_and(CudnnError::is_of_memory) {
        contexts.insert(number, made.clone());
    }
    made
}

impl Context {
    fn new(cuda: Arc<CudaContext>) -> Result<Self> {
        let library = Library::get()?;
        cuda.bind_to_thread().map_err(|error| CudnnError::Call {
            call: "cudnnCreate",
            status: 0,
            reason: error.to_string(),
        })?;
        let mut handle = ptr::null_mut();
        // SAFETY: the device's context is current on this thread; `handle` is written by the call.
        let status = unsafe { (library.create)(&mut handle) };
        library.check("cudnnCreate", status)?;
        Ok(Self {
            library,
            handle,
            stream: ptr::null_mut(),
            plans: HashMap::new(),
            uses: 0,
            refusal: None,
            cuda,
        })
    }

    fn work_on(&mut self, stream: *mut c_void) -> Result<()> {
        if self.stream != stream {
            // SAFETY: the handle is live, and the stream is the candle device's.
            let status = unsafe { (self.library.set_stream)(self.handle, stream) };
            self.library.check("cudnnSetStream", status)?;
            self.stream = stream;
        }
        Ok(())
    }

    fn plan(&mut self, operation: &Operation) -> Result<Option<&Plan>> {
        self.uses += 1;
        if !self.plans.contains_key(operation) {
            let plan = match self.build(operation) {
                Ok(plan) => Some(plan),
                Err(full) if full.is_of_memory() => return Err(full),
                // Whatever else keeps cuDNN from it, the operation works by candle too.
                Err(refusal) => {
                    // That in e4m3 is done in bf16 then, by cuDNN too.
                    if !matches!(operation, Operation::AttentionInFp8(_)) {
                        self.refusal = Some(format!("{operation:?}: {refusal}"));
                    }
                    None
                }
            };
            let last_use = self.uses;
            self.forget_one();
            self.plans
                .insert(operation.clone(), Kept { plan, last_use });
        }
        let kept = self.plans.get_mut(operation);
        Ok(kept.and_then(|kept| {
            kept.last_use = self.uses;
            kept.plan.as_ref()
        }))
    }

    fn build(&self, operation: &Operation) -> Result<Plan> {
        let mut graph = Graph::new(self.library, self.handle);
        operation.describe(&mut graph)?;
        Plan::new(self.library, self.handle, graph.finished()?)
    }

    /// Makes room for a plan by dropping the one not used for the longest time.
    fn forget_one(&mut self) {
        if self.plans.len() < MOST_PLANS {
            return;
        }
        let oldest = self.plans.iter().min_by_key(|(_, kept)| kept.last_use);
        if let Some(oldest) = oldest.map(|(operation, _)| operation.clone()) {
            self.plans.remove(&oldest);
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        self.plans.clear();
        // SAFETY: created by this and destroyed once, after all that refers to it.
        unsafe { (self.library.destroy)(self.handle) };
    }
}
