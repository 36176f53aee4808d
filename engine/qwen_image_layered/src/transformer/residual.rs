use candle_core::{Device, Tensor};
use kernels::{Carrier, Prepared, Way, add_gated};

use crate::Result;
use crate::linear::Linear;

/// A stream [tokens, inner] between two layers. Its last change waits for whoever reads the stream next, who adds it in the
/// same pass over memory.
pub(super) struct Residual {
    x: Tensor,
    /// And the gate [1, inner] that it is multiplied with.
    change: Option<[Tensor; 2]>,
}

impl Residual {
    pub fn of(x: Tensor) -> Self {
        Self { x, change: None }
    }

    /// x + change · gate
    pub fn gated(x: Tensor, change: Tensor, gate: &Tensor) -> Self {
        Self {
            x,
            change: Some([change, gate.clone()]),
        }
    }

    /// The stream itself, and modulated by shift and scale as the layer takes it.
    pub fn modulated(&self, by: [&Tensor; 2], layer: &Linear) -> Result<(Tensor, Prepared)> {
        match &self.change {
            Some([change, gate]) => layer.sum_and_modulated([&self.x, change, gate], by),
            None => Ok((self.x.clone(), layer.modulated(&self.x, by)?)),
        }
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
