use candle_core::{Device, Tensor};
use kernels::{Carrier, Lane, Prepared, Way, add_gated};
use runtime::Linear;

use crate::Result;

/// What goes through the blocks.
pub(super) struct Streams {
    pub image: Residual,
    /// A rank may have none.
    pub text: Option<Residual>,
}

/// A stream [tokens, inner] between two layers. Its last change waits for whoever reads the stream next, who adds it in the
/// same pass over memory.
#[derive(Clone)]
pub(super) struct Residual {
    x: Tensor,
    /// And the gate [1, inner] that it is multiplied with.
    change: Option<[Tensor; 2]>,
}

impl Residual {
    pub fn of(x: Tensor) -> Self {
        Self { x, change: None }
    }

    pub fn tokens(&self) -> Result<usize> {
        Ok(self.x.dim(0)?)
    }

    pub fn device(&self) -> &Device {
        self.x.device()
    }

    /// Adds what waits, and modulates by shift and scale as the layer takes it.
    pub fn modulate(
        &mut self,
        by: [&Tensor; 2],
        layer: &Linear,
        lane: &mut Lane,
    ) -> Result<Prepared> {
        let Some([change, gate]) = self.change.take() else {
            return layer.modulated(&self.x, by);
        };
        let (sum, rows) = layer.sum_and_modulated([&self.x, &change, &gate], by, lane)?;
        self.x = sum;
        Ok(rows)
    }

    /// x + change · gate
    pub fn change(&mut self, change: Tensor, gate: &Tensor) {
        self.change = Some([change, gate.clone()]);
    }

    /// Adds what waits. The stream itself is returned.
    pub fn add(&mut self) -> Result<Tensor> {
        if let Some([change, gate]) = self.change.take() {
            self.x = add_gated(&self.x, &change, &gate)?;
        }
        Ok(self.x.clone())
    }

    /// Begins to go to another device.
    pub fn leave(&mut self, device: &Device, carrier: &Carrier, way: &mut Way) -> Result<()> {
        if !self.x.device().same_device(device) {
            carrier.send(self.add()?, way, device)?;
        }
        Ok(())
    }

    /// Is on the device that it left for.
    pub fn arrive(&mut self, device: &Device, carrier: &Carrier, way: &mut Way) -> Result<()> {
        if !self.x.device().same_device(device) {
            self.x = carrier.receive(way, device)?;
        }
        Ok(())
    }
}
