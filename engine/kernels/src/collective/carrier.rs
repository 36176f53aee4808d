use candle_core::{DType, Device, Shape, Tensor};

use crate::Result;
#[cfg(feature = "cuda")]
use crate::collective::cuda::peers::{Link, Visit};

/// Brings tensors from one device to the next where one thread gives all of them work. No thread waits, and a device only with
/// work that takes the tensor.
pub struct Carrier {
    devices: Vec<Device>,
    #[cfg(feature = "cuda")]
    links: Vec<Link>,
}

/// A tensor's way over a carrier's devices, with room on each. What it finds there is overwritten, so it goes on only when
/// all work with its last visit was given.
pub struct Way {
    rooms: Vec<Tensor>,
    /// Still read by their neighbours.
    sent: Vec<Tensor>,
    #[cfg(feature = "cuda")]
    visits: Vec<Visit>,
}

impl Carrier {
    /// Between processors, or different CUDA devices.
    pub fn new(devices: &[Device]) -> Result<Self> {
        Ok(Self {
            devices: devices.to_vec(),
            #[cfg(feature = "cuda")]
            links: Link::all(devices)?,
        })
    }

    /// For contiguous tensors of this shape and type.
    pub fn way(&self, shape: impl Into<Shape>, dtype: DType) -> Result<Way> {
        let shape = shape.into();
        let mut way = Way {
            rooms: Vec::new(),
            sent: Vec::new(),
            #[cfg(feature = "cuda")]
            visits: Vec::new(),
        };
        #[cfg(feature = "cuda")]
        for (link, device) in self.links.iter().zip(&self.devices) {
            way.rooms.push(Tensor::zeros(&shape, dtype, device)?);
            way.visits.push(link.visit()?);
        }
        let _ = (&mut way, shape, dtype);
        Ok(way)
    }

    /// Begins to bring a tensor to another of the devices, once what it comes of is done.
    pub fn send(&self, x: Tensor, way: &mut Way, device: &Device) -> Result<()> {
        let (from, to) = (self.number(x.device())?, self.number(device)?);
        let Some(room) = way.rooms.get(to) else {
            candle_core::bail!("no tensor goes from device {from} to {to}");
        };
        if (room.dims(), room.dtype()) != (x.dims(), x.dtype()) || !x.is_contiguous() {
            candle_core::bail!("{:?} does not fit where {:?} do", x.dims(), room.dims());
        }
        #[cfg(feature = "cuda")]
        match (self.links.get(from), self.links.get(to)) {
            (Some(from), Some(to)) => to.begin_visit(from, &mut way.visits, &x, room)?,
            _ => candle_core::bail!("devices {from} and {to} are not linked"),
        }
        way.sent.push(x);
        Ok(())
    }

    /// What was last sent to this device; what is given to the device from now on waits for it.
    pub fn receive(&self, way: &mut Way, device: &Device) -> Result<Tensor> {
        let number = self.number(device)?;
        let Some(room) = way.rooms.get(number) else {
            candle_core::bail!("nothing was sent to device {number}");
        };
        #[cfg(feature = "cuda")]
        if let (Some(link), Some(visit)) = (self.links.get(number), way.visits.get(number)) {
            link.arrive(visit)?;
        }
        // What this device sent was read before it came to the last one, and so before it came back.
        way.sent.retain(|sent| !sent.device().same_device(device));
        Ok(room.clone())
    }

    fn number(&self, wanted: &Device) -> Result<usize> {
        let mut devices = self.devices.iter();
        match devices.position(|device| device.same_device(wanted)) {
            Some(number) => Ok(number),
            None => candle_core::bail!("a device is not among those that a carrier links"),
        }
    }
}

impl Drop for Way {
    /// Whoever frees what was sent waits until it was read.
    fn drop(&mut self) {
        #[cfg(feature = "cuda")]
        for sent in &self.sent {
            for visit in &self.visits {
                visit.hold_back(sent.device());
            }
        }
    }
}
