//! Which of several algorithms does a kind of product. The library's guess is up to a tenth slower than the best of its
//! others, more so where a card draws all its power (H200, 9600 x 3072 x 9216 in bf16: 847 and 780 us in a row of many).

use std::sync::Arc;

use candle_core::Error;
use candle_core::cuda_backend::cudarc::cublaslt::sys;
use candle_core::cuda_backend::cudarc::driver::sys::CUevent_flags;
use candle_core::cuda_backend::cudarc::driver::{CudaEvent, CudaStream};

use crate::Result;

/// Products before the first trial: by then the card draws what it draws in a long run.
const WARMING_UP: usize = 64;
/// Products by which each algorithm is timed, after a first one, which may load it.
const ROUNDS: usize = 4;

#[derive(Clone, Copy)]
pub(super) struct Algorithm {
    pub algorithm: sys::cublasLtMatmulAlgo_t,
    /// In bytes.
    pub workspace: usize,
}

/// All algorithms take their turn for a while, in products whose results are wanted anyway; then only the fastest stays.
/// Nothing ever waits for a time.
pub(super) struct Choice {
    /// Never none; the one expected to be the best comes first.
    algorithms: Vec<Algorithm>,
    warming_up: usize,
    /// Of the products that are timed, in their order, the beginning and the end on the device.
    trials: Vec<[CudaEvent; 2]>,
}

impl Choice {
    /// None where there is no algorithm. The first is expected to be the best.
    pub fn new(algorithms: Vec<Algorithm>) -> Option<Self> {
        (!algorithms.is_empty()).then_some(Self {
            algorithms,
            warming_up: WARMING_UP,
            trials: Vec::new(),
        })
    }

    /// Does a product, which `queue` gives the stream.
    pub fn run(
        &mut self,
        stream: impl FnOnce() -> Result<Arc<CudaStream>>,
        queue: impl FnOnce(&Algorithm) -> Result<()>,
    ) -> Result<()> {
        let count = self.algorithms.len();
        if count == 1 {
            return queue(&self.algorithms[0]);
        }
        if self.warming_up > 0 {
            self.warming_up -= 1;
            return queue(&self.algorithms[0]);
        }
        if self.trials.len() == count * (ROUNDS + 1) {
            let is_done = |[_, end]: &[CudaEvent; 2]| end.is_complete();
            if self.trials.iter().all(is_done) {
                self.algorithms.swap(0, fastest(&self.trials, count)?);
                self.algorithms.truncate(1);
                self.trials.clear();
            }
            return queue(&self.algorithms[0]);
        }
        let stream = stream()?;
        let event = || {
            let flags = Some(CUevent_flags::CU_EVENT_DEFAULT);
            stream.context().new_event(flags).map_err(Error::wrap)
        };
        let [begin, end] = [event()?, event()?];
        begin.record(&stream).map_err(Error::wrap)?;
        queue(&self.algorithms[self.trials.len() % count])?;
        end.record(&stream).map_err(Error::wrap)?;
        self.trials.push([begin, end]);
        Ok(())
    }
}

/// Of so many that took turns; what else the device did only makes them slower.
fn fastest(trials: &[[CudaEvent; 2]], count: usize) -> Result<usize> {
    let mut best = (0, f32::INFINITY);
    for (index, [begin, end]) in trials.iter().enumerate().skip(count) {
        let time = begin.elapsed_ms(end).map_err(Error::wrap)?;
        if time < best.1 {
            best = (index % count, time);
        }
    }
    Ok(best.0)
}
