//! Copies between the devices of one process. Each device reads from the others by its own copy engine, in an order that
//! events set, so that none ever waits for work that may not come.

use std::sync::Arc;

use candle_core::cuda_backend::cudarc::driver::result::memcpy_peer_async;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, CudaEvent, sys};
use candle_core::cuda_backend::{CudaDevice, WrapErr};
use candle_core::{Device, Tensor};

use crate::Result;
use crate::collective::AT_ONCE;
use crate::device::cuda::buffer::address_of_any;
use crate::device::cuda::memory;
use crate::device::cuda::stream::OwnStream;

/// A contiguous tensor's place on its device.
struct Place {
    address: u64,
    bytes: usize,
}

/// One device's end of a group. The copies have a stream of their own, which waits for the others' streams while the
/// device computes on.
pub(crate) struct Link {
    device: CudaDevice,
    /// The numbers of devices whose memory it reaches.
    reached: Vec<usize>,
    copies: OwnStream,
    exchanges: [Events; AT_ONCE],
}

/// Of an exchange. They are the link's for good: who drops the last of an event is bound to its device by cudarc, and would give
/// all that follows to that one.
struct Events {
    /// All that is offered is there, and so is the room for what is read.
    ready: CudaEvent,
    /// All is read.
    has_read: CudaEvent,
}

/// What one device reads in an exchange. Unless it has finished, its end waits for what was begun.
pub(crate) struct Reads<'a> {
    links: &'a [Link],
    own: &'a Link,
    exchange: usize,
    is_finished: bool,
}

/// When a tensor comes to a device, and when it goes on from there.
pub(crate) struct Visit {
    is_here: CudaEvent,
    leaves: CudaEvent,
}

impl Visit {
    /// A device frees nothing before this visit has begun, if it is to.
    pub fn hold_back(&self, device: &Device) {
        if let Ok(device) = device.as_cuda_device() {
            // An error is told by the device's next operation.
            let _ = device.cuda_stream().wait(&self.is_here);
        }
    }
}

impl Place {
    fn of(tensor: &Tensor) -> Result<Self> {
        Ok(Self {
            address: address_of_any(tensor)?,
            bytes: tensor.elem_count() * tensor.dtype().size_in_bytes(),
        })
    }
}

impl Link {
    /// One for each of several CUDA devices; none for processors, whose threads share their memory, nor for one device alone.
    pub fn all(devices: &[Device]) -> Result<Vec<Self>> {
        if devices.len() < 2 || devices.iter().all(Device::is_cpu) {
            return Ok(Vec::new());
        }
        let devices: Vec<CudaDevice> = devices
            .iter()
            .map(|device| device.as_cuda_device().cloned())
            .collect::<Result<_>>()?;
        let reached = memory::share(&devices)?;
        let link = |(device, reached): (CudaDevice, Vec<usize>)| {
            let stream = device.cuda_stream();
            let context = stream.context();
            let event = || context.new_event(None).w();
            let events = || -> Result<_> {
                Ok(Events {
                    ready: event()?,
                    has_read: event()?,
                })
            };
            Ok(Self {
                reached,
                copies: OwnStream::new(context)?,
                exchanges: [events()?, events()?],
                device,
            })
        };
        devices.into_iter().zip(reached).map(link).collect()
    }

    /// Not `direct`: by way of the computer's memory, as the driver does it.
    ///
    /// # Safety
    /// There are so many bytes at both addresses, the other device's and this one's, until they are copied.
    unsafe fn copy(
        &self,
        other: &Self,
        [from, to]: [u64; 2],
        bytes: usize,
        direct: bool,
    ) -> Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        let (own, stream) = (self.context(), self.copies.cu_stream());
        own.bind_to_thread().w()?;
        // SAFETY: the caller's promise.
        unsafe {
            match direct {
                true => sys::cuMemcpyDtoDAsync_v2(to, from, bytes, stream).result(),
                false => {
                    let other = other.context().cu_ctx();
                    memcpy_peer_async(own.cu_ctx(), to, other, from, bytes, stream)
                }
            }
        }
        .w()
    }

    fn context(&self) -> Arc<CudaContext> {
        self.device.cuda_stream().context().clone()
    }

    fn events(&self, exchange: usize) -> &Events {
        &self.exchanges[exchange % AT_ONCE]
    }

    /// What a tensor finds on this device that visits it again and again, once room for it was asked for.
    pub fn visit(&self) -> Result<Visit> {
        let stream = self.device.cuda_stream();
        let context = stream.context();
        let event = || context.new_event(None).w();
        let visit = Visit {
            leaves: event()?,
            is_here: event()?,
        };
        visit.leaves.record(&stream).w()?;
        self.copies.wait(&visit.leaves).w()?;
        Ok(visit)
    }

    /// Begins to copy a tensor from a device whose work for it this thread has given. It is held until the copy was made.
    pub fn begin_visit(
        &self,
        from: &Self,
        visits: &mut [Visit],
        source: &Tensor,
        room: &Tensor,
    ) -> Result<()> {
        let of = |link: &Self| {
            let number = link.context().ordinal();
            visits
                .iter()
                .find(|visit| visit.is_here.context().ordinal() == number)
        };
        let (Some(leaving), Some(visit)) = (of(from), of(self)) else {
            candle_core::bail!("a tensor has no way between these devices");
        };
        leaving.leaves.record(&from.device.cuda_stream()).w()?;
        self.copies.wait(&leaving.leaves).w()?;
        let [from_place, to] = [Place::of(source)?, Place::of(room)?];
        let direct = self.reached.contains(&from.context().ordinal());
        // SAFETY: both have so many bytes, as the caller has checked; the source is held, and the room is freed on this
        // device's stream, which waits for the copy.
        unsafe { self.copy(from, [from_place.address, to.address], to.bytes, direct)? };
        visit.is_here.record(&self.copies).w()
    }

    /// What this thread gives the device from now on finds the tensor there.
    pub fn arrive(&self, visit: &Visit) -> Result<()> {
        self.device.cuda_stream().wait(&visit.is_here).w()
    }

    /// Waits here until it has read all that it has begun to: what it reads may go away next.
    pub fn leave(&self) {
        // An error has been told already, or is told by the device's next operation.
        let _ = self.copies.synchronize();
    }
}

impl<'a> Reads<'a> {
    /// Ends what the calling thread has given its device: what it offers, and room for what it reads. `None` where there are no
    /// links.
    pub fn offer(links: &'a [Link], own: usize, exchange: usize) -> Result<Option<Self>> {
        let Some(own) = links.get(own) else {
            return Ok(None);
        };
        let ready = &own.events(exchange).ready;
        ready.record(&own.device.cuda_stream()).w()?;
        own.copies.wait(ready).w()?;
        Ok(Some(Self {
            links,
            own,
            exchange,
            is_finished: false,
        }))
    }

    /// Begins to overwrite the last of these tensors with those that the devices of these numbers offer. All are held until this
    /// one has read them.
    pub fn begin<'t>(
        &self,
        offers: impl Iterator<Item = (usize, &'t Tensor, &'t Tensor)>,
    ) -> Result<()> {
        for (other, offered, target) in offers {
            let Some(other) = self.links.get(other) else {
                candle_core::bail!("there is no device {other} in this exchange");
            };
            let [from, to] = [Place::of(offered)?, Place::of(target)?];
            if from.bytes != to.bytes {
                candle_core::bail!("{} bytes were sent for {}", from.bytes, to.bytes);
            }
            let own = self.own;
            own.copies.wait(&other.events(self.exchange).ready).w()?;
            let direct = own.reached.contains(&other.context().ordinal());
            // SAFETY: both sides have so many bytes, which each device frees when it has waited for this one to have read.
            unsafe { own.copy(other, [from.address, to.address], to.bytes, direct)? };
        }
        let has_read = &self.own.events(self.exchange).has_read;
        has_read.record(&self.own.copies).w()
    }

    /// What the calling thread gives its device from now on waits until all have read what they were offered, all of which they
    /// have begun to.
    pub fn finish(mut self) -> Result<()> {
        let stream = self.own.device.cuda_stream();
        self.links
            .iter()
            .try_for_each(|link| stream.wait(&link.events(self.exchange).has_read))
            .w()?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Reads<'_> {
    fn drop(&mut self) {
        if !self.is_finished {
            self.own.leave();
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a failure is the test's answer")]
mod tests {
    use candle_core::DType;

    use super::*;

    /// Also as between devices that do not reach each other's memory.
    #[test]
    fn a_device_reads_what_another_offers() {
        let devices: Vec<_> = (0..2).map_while(|gpu| Device::new_cuda(gpu).ok()).collect();
        if devices.len() < 2 {
            println!("{} GPUs, nothing tested", devices.len());
            return;
        }
        let links = Link::all(&devices).expect("links");
        let numbers: Vec<f32> = (0..1 << 22).map(|number| number as f32).collect();
        let source = Tensor::new(numbers.as_slice(), &devices[0]).expect("memory");
        for direct in [true, false] {
            let target = Tensor::zeros(numbers.len(), DType::F32, &devices[1]).expect("memory");
            for device in &devices {
                device.synchronize().expect("a device at rest");
            }
            let [from, to] = [&source, &target].map(|tensor| Place::of(tensor).expect("address"));
            // SAFETY: both have so many bytes and outlive the copy.
            let copied = unsafe {
                let addresses = [from.address, to.address];
                links[1].copy(&links[0], addresses, from.bytes, direct)
            };
            copied.expect("a copy");
            links[1].leave();
            let found = target.to_vec1::<f32>().expect("numbers");
            assert!(found == numbers, "direct: {direct}");
        }
    }
}
