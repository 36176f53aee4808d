use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rten::{Model, NodeId, RunOptions, ThreadPool};

/// How often a running network looks whether it should stop.
const GLANCE: Duration = Duration::from_millis(20);
/// More threads than this do not make these networks faster.
const MOST_THREADS: usize = 16;

/// Numbers in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl Tensor {
    /// `values` are as many as `shape` says.
    pub fn new(shape: impl Into<Vec<usize>>, values: Vec<f32>) -> Self {
        Self {
            shape: shape.into(),
            values,
        }
    }
}

/// Why a network gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    #[error("the job was cancelled")]
    Cancelled,
    #[error("the embedded {network} network cannot be read: {reason}")]
    Unreadable {
        network: &'static str,
        reason: String,
    },
    #[error("the {network} network failed: {reason}")]
    Failed {
        network: &'static str,
        reason: String,
    },
}

/// A network, ready to run.
pub struct Network {
    name: &'static str,
    model: Model,
}

impl Network {
    pub(crate) fn read(name: &'static str, file: &'static [u8]) -> Result<Self, String> {
        let model = Model::load_static_slice(file).map_err(|error| error.to_string())?;
        Ok(Self { name, model })
    }

    /// The named outputs, in the order asked for; all of them, in the file's order, where none is named.
    pub fn run(&self, input: Tensor, outputs: &[&str]) -> Result<Vec<Tensor>, NetworkError> {
        self.calculate(input, &self.nodes(outputs)?, pool())
    }

    /// As `run`, but gives up as soon as `cancelled` says so. The runtime cannot be interrupted: what was begun is
    /// finished on a thread of its own, and forgotten.
    pub fn run_unless(
        &'static self,
        cancelled: &dyn Fn() -> bool,
        input: Tensor,
        outputs: &[&str],
    ) -> Result<Vec<Tensor>, NetworkError> {
        if cancelled() {
            return Err(NetworkError::Cancelled);
        }
        let nodes = self.nodes(outputs)?;
        let pool = pool();
        let (sender, receiver) = channel();
        std::thread::Builder::new()
            .name(format!("{} network", self.name))
            .spawn(move || sender.send(self.calculate(input, &nodes, pool)))
            .map_err(|error| self.failed(error))?;
        loop {
            match receiver.recv_timeout(GLANCE) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Timeout) if cancelled() => {
                    return Err(NetworkError::Cancelled);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.failed("its thread ended early"));
                }
            }
        }
    }

    fn nodes(&self, outputs: &[&str]) -> Result<Vec<NodeId>, NetworkError> {
        if outputs.is_empty() {
            return Ok(self.model.output_ids().to_vec());
        }
        let node = |name: &&str| self.model.node_id(name).map_err(|error| self.failed(error));
        outputs.iter().map(node).collect()
    }

    fn calculate(
        &self,
        input: Tensor,
        outputs: &[NodeId],
        pool: Arc<ThreadPool>,
    ) -> Result<Vec<Tensor>, NetworkError> {
        let [entry] = self.model.input_ids() else {
            return Err(self.failed("it has not one input"));
        };
        let input = rten_tensor::Tensor::try_from_data(&input.shape[..], input.values)
            .map_err(|error| self.failed(error))?;
        let options = RunOptions::default().with_thread_pool(Some(pool));
        let values = self
            .model
            .run(vec![(*entry, input.into())], outputs, Some(options))
            .map_err(|error| self.failed(error))?;
        values
            .into_iter()
            .map(|value| {
                let tensor: rten_tensor::Tensor<f32> =
                    value.try_into().map_err(|error| self.failed(error))?;
                let shape = rten_tensor::Layout::shape(&tensor).to_vec();
                Ok(Tensor::new(shape, tensor.into_data()))
            })
            .collect()
    }

    fn failed(&self, reason: impl ToString) -> NetworkError {
        NetworkError::Failed {
            network: self.name,
            reason: reason.to_string(),
        }
    }
}

/// The pool with as many threads as the caller's rayon pool; the runtime takes no pool of ours, so it has its own.
fn pool() -> Arc<ThreadPool> {
    static POOLS: Mutex<BTreeMap<usize, Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());
    let count = rayon::current_num_threads().min(MOST_THREADS);
    POOLS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(count)
        .or_insert_with(|| Arc::new(ThreadPool::with_num_threads(count)))
        .clone()
}
