use candle_core::{Device, Tensor};

use super::{Matrix, Prepared, Product, add_gated_and_modulate, linear, mlp};
use crate::Result;
#[cfg(feature = "cuda")]
use crate::device::cuda::side::{self, Side};

/// Where a device does operations. Those of a side lane run while it also does what it is given next elsewhere, which helps where
/// they leave much of a GPU idle. Until [`Lane::join`], what they read has to stay as it is, and what they make is for this lane.
pub struct Lane {
    #[cfg(feature = "cuda")]
    side: Option<Side>,
}

impl Lane {
    /// In the order of all that the device is given.
    pub fn main() -> Self {
        Self {
            #[cfg(feature = "cuda")]
            side: None,
        }
    }

    /// Beside it; the same as [`Lane::main`] on a processor.
    pub fn side(device: &Device) -> Result<Self> {
        #[cfg(feature = "cuda")]
        if let Ok(device) = device.as_cuda_device() {
            return Ok(Self {
                side: Some(Side::new(device)?),
            });
        }
        let _ = device;
        Ok(Self::main())
    }

    pub fn linear(&mut self, product: &Product) -> Result<Tensor> {
        self.run(|| linear(product))
    }

    pub fn mlp(&mut self, first: &Product, second: (&Matrix, Option<&Tensor>)) -> Result<Tensor> {
        self.run(|| mlp(first, second))
    }

    pub fn add_gated_and_modulate(
        &mut self,
        sum: [&Tensor; 3],
        by: [&Tensor; 2],
        matrix: &Matrix,
    ) -> Result<(Tensor, Prepared)> {
        self.run(|| add_gated_and_modulate(sum, by, matrix))
    }

    /// What the device is given from now on waits for what was done here, and so do this lane's next operations.
    pub fn join(&mut self) {
        #[cfg(feature = "cuda")]
        drop(self.side.take());
    }

    fn run<T>(&mut self, operation: impl FnOnce() -> Result<T>) -> Result<T> {
        #[cfg(feature = "cuda")]
        if let Some(side) = self.side.take() {
            let (made, side) = side::within(side, operation);
            self.side = side;
            return made;
        }
        operation()
    }
}
