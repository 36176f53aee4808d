//! Work on a second stream of the device beside what the thread gives the first: kernels too small to fill the device then
//! cost little more than the gaps of the large ones.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use candle_core::Tensor;
use candle_core::cuda_backend::cudarc::driver::{CudaEvent, CudaStream};
use candle_core::cuda_backend::{CudaDevice, WrapErr};

use crate::Result;
use crate::device::cuda::stream::OwnStream;

/// The second stream of a device, of one thread.
struct Second {
    stream: OwnStream,
    first_is_here: CudaEvent,
    second_is_here: CudaEvent,
}

/// Work that was given to the second stream. Dropped, it has the first wait for it.
pub(crate) struct Side {
    device: CudaDevice,
    second: Rc<Second>,
    /// All that the work made. Memory is allocated and freed in the first stream's order, so it must be there until that
    /// stream waits.
    kept: Vec<Tensor>,
}

thread_local! {
    static SECONDS: RefCell<BTreeMap<usize, Rc<Second>>> = const { RefCell::new(BTreeMap::new()) };
    /// Where what this thread does now goes.
    static NOW: RefCell<Option<Side>> = const { RefCell::new(None) };
}

/// Sends what the work gives the device to the second stream. The side is lost where candle took part, which has waited for it.
pub(crate) fn within<T>(side: Side, work: impl FnOnce() -> T) -> (T, Option<Side>) {
    if NOW.with_borrow(Option::is_some) {
        return (work(), Some(side));
    }
    NOW.set(Some(side));
    let _end = End;
    let made = work();
    (made, NOW.take())
}

impl Side {
    pub fn new(device: &CudaDevice) -> Result<Self> {
        Ok(Self {
            device: device.clone(),
            second: second_of(device)?,
            kept: Vec::new(),
        })
    }
}

/// Whatever becomes of the work, what comes after it must not land on the second stream.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        end();
    }
}

/// Candle's own operations always go to the first stream: where one takes part, the work beside it is over.
pub(crate) fn end() {
    drop(NOW.take());
}

/// The stream that a kernel goes to. What was allocated so far is there for it.
pub(crate) fn stream(device: &CudaDevice) -> Result<Arc<CudaStream>> {
    NOW.with_borrow(|side| match side {
        Some(side) if same(&side.device, device) => {
            let first = device.cuda_stream();
            let Second {
                stream,
                first_is_here,
                ..
            } = &*side.second;
            first_is_here.record(&first).w()?;
            stream.wait(first_is_here).w()?;
            Ok(Arc::clone(stream))
        }
        _ => Ok(device.cuda_stream()),
    })
}

/// Keeps new memory as long as the second stream may use it.
pub(crate) fn keep(tensor: &Tensor) {
    NOW.with_borrow_mut(|side| {
        if let Some(side) = side {
            side.kept.push(tensor.clone());
        }
    });
}

fn same(a: &CudaDevice, b: &CudaDevice) -> bool {
    let number = |device: &CudaDevice| device.cuda_stream().context().ordinal();
    number(a) == number(b)
}

fn second_of(device: &CudaDevice) -> Result<Rc<Second>> {
    let first = device.cuda_stream();
    let context = first.context();
    SECONDS.with_borrow_mut(|known| {
        if let Some(second) = known.get(&context.ordinal()) {
            return Ok(second.clone());
        }
        let second = Rc::new(Second {
            stream: OwnStream::new(context)?,
            first_is_here: context.new_event(None).w()?,
            second_is_here: context.new_event(None).w()?,
        });
        known.insert(context.ordinal(), second.clone());
        Ok(second)
    })
}

impl Drop for Side {
    fn drop(&mut self) {
        let Second {
            stream,
            second_is_here,
            ..
        } = &*self.second;
        let first = self.device.cuda_stream();
        let waits = second_is_here
            .record(stream)
            .and_then(|()| first.wait(second_is_here));
        if waits.is_err() {
            // Whatever is wrong with the device is told by its next operation.
            let _ = stream.synchronize();
        }
    }
}
