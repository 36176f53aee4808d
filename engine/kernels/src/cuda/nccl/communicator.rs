use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use candle_core::cuda_backend::cudarc::driver::CudaEvent;
use candle_core::cuda_backend::{CudaDevice, WrapErr};
use candle_core::{Device, Tensor};

use super::super::buffer::address_of_any;
use super::super::memory;
use super::super::stream::OwnStream;
use super::library::{BYTES, Handle, Library, NcclError};
use crate::Result;

/// Between two looks at whether the device is done.
const LOOK: Duration = Duration::from_micros(100);
/// The slowest cards take a tenth of it for a pass of the model.
const MOST_SILENCE: Duration = Duration::from_secs(300);

/// One device's end of a group. Exchanges run on a stream of their own, as NCCL does not promise to take the calling
/// thread's, which candle's work is on.
pub(crate) struct Communicator {
    library: &'static Library,
    /// None once it is aborted.
    live: Mutex<Option<Live>>,
    device: CudaDevice,
    stream: OwnStream,
    /// All that is to be sent is there.
    ready: CudaEvent,
    done: CudaEvent,
}

struct Live(Handle);

// SAFETY: a communicator belongs to no thread; one at a time uses it, under the lock.
unsafe impl Send for Live {}

impl Communicator {
    /// One for each device, which know one another.
    pub fn all(devices: &[Device]) -> Result<Vec<Self>> {
        let library = Library::get()?;
        let devices: Vec<CudaDevice> = devices
            .iter()
            .map(|device| device.as_cuda_device().cloned())
            .collect::<Result<_>>()?;
        memory::share(&devices)?;
        let ordinal = |device: &CudaDevice| device.cuda_stream().context().ordinal() as c_int;
        let numbers: Vec<c_int> = devices.iter().map(ordinal).collect();
        let mut handles: Vec<Handle> = vec![ptr::null_mut(); numbers.len()];
        // SAFETY: both lists have as many entries as told.
        let status = unsafe {
            (library.init_all)(
                handles.as_mut_ptr(),
                numbers.len() as c_int,
                numbers.as_ptr(),
            )
        };
        library.check("ncclCommInitAll", status)?;
        let end = |(device, handle): (CudaDevice, Handle)| {
            let live = Mutex::new(Some(Live(handle)));
            let stream = device.cuda_stream();
            let context = stream.context();
            context.bind_to_thread().w()?;
            Ok(Self {
                library,
                live,
                stream: OwnStream::new(context)?,
                ready: context.new_event(None).w()?,
                done: context.new_event(None).w()?,
                device,
            })
        };
        devices.into_iter().zip(handles).map(end).collect()
    }

    /// Queues it after what the calling thread has given the device, and before what it gives it next.
    pub fn exchange(&self, own: usize, sent: &[Tensor], received: &[Tensor]) -> Result<()> {
        let mut sends = Vec::with_capacity(sent.len());
        let mut receives = Vec::with_capacity(received.len());
        for (list, tensors) in [(&mut sends, sent), (&mut receives, received)] {
            for (peer, tensor) in tensors.iter().enumerate() {
                let bytes = tensor.elem_count() * tensor.dtype().size_in_bytes();
                if peer != own && bytes > 0 {
                    list.push((peer as c_int, address_of_any(tensor)?, bytes));
                }
            }
        }
        let (library, live) = (self.library, self.lock());
        let Some(Live(handle)) = *live else {
            return Err(NcclError::Aborted.into());
        };
        let compute = self.device.cuda_stream();
        compute.context().bind_to_thread().w()?;
        let side = &*self.stream;
        self.ready.record(&compute).w()?;
        side.wait(&self.ready).w()?;
        let stream: *mut c_void = side.cu_stream().cast();
        // SAFETY: the tensors are on this device and have so many bytes; they are freed on the compute stream, which waits
        // below. The group is closed whatever happens within.
        unsafe {
            library.check("ncclGroupStart", (library.group_start)())?;
            let mut within = Ok(());
            for (peer, from, bytes) in sends {
                let status = (library.send)(from as *const _, bytes, BYTES, peer, handle, stream);
                within = within.and(library.check("ncclSend", status));
            }
            for (peer, to, bytes) in receives {
                let status = (library.receive)(to as *mut _, bytes, BYTES, peer, handle, stream);
                within = within.and(library.check("ncclRecv", status));
            }
            let ended = library.check("ncclGroupEnd", (library.group_end)());
            within.and(ended)?;
        }
        self.done.record(side).w()?;
        compute.wait(&self.done).w()?;
        Ok(())
    }

    /// Waits for the last exchange: false where `ended` comes true before.
    pub fn settle(&self, ended: impl Fn() -> bool) -> Result<bool> {
        let begun = Instant::now();
        while !self.done.try_is_complete().w()? {
            if ended() {
                return Ok(false);
            }
            self.check()?;
            if begun.elapsed() > MOST_SILENCE {
                return Err(NcclError::Silent(MOST_SILENCE.as_secs()).into());
            }
            thread::sleep(LOOK);
        }
        Ok(!ended())
    }

    /// Whatever the device waits for in NCCL ends now.
    pub fn abort(&self) {
        if let Some(Live(handle)) = self.lock().take()
            && self.device.cuda_stream().context().bind_to_thread().is_ok()
        {
            // SAFETY: taken, so used by nobody else and no more. There is nobody to tell of an error.
            let _ = unsafe { (self.library.abort)(handle) };
        }
    }

    /// What NCCL found wrong on its own.
    fn check(&self) -> Result<()> {
        let live = self.lock();
        let Some(Live(handle)) = *live else {
            return Err(NcclError::Aborted.into());
        };
        let mut found = 0;
        // SAFETY: the handle is live; the error is written by the call.
        let status = unsafe { (self.library.async_error)(handle, &mut found) };
        self.library.check("ncclCommGetAsyncError", status)?;
        self.library.check("exchange", found)?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Live>> {
        // It is set once and taken once.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Communicator {
    fn drop(&mut self) {
        if let Some(Live(handle)) = self.lock().take()
            && self.device.cuda_stream().context().bind_to_thread().is_ok()
        {
            // SAFETY: taken, so used by nobody else and no more.
            let _ = unsafe { (self.library.destroy)(handle) };
        }
    }
}
