use std::ffi::c_void;

use super::constants::{Attribute, HandleValue, HeuristicMode, Kind};
use super::descriptor::Descriptor;
use super::error::{CudnnError, Result};
use super::graph::Finished;
use super::library::{Handle, Library};

/// Scratch memory that a kernel may ask for, in bytes; one that wants more is passed over.
const MOST_WORKSPACE: usize = 256 << 20;

/// A graph compiled for one device.
pub(super) struct Plan {
    library: &'static Library,
    plan: Descriptor,
    given: Vec<i64>,
    /// In bytes.
    workspace: usize,
    _parts: Vec<Descriptor>,
}

impl Plan {
    /// With the first engine that cuDNN recommends and that accepts the graph.
    pub fn new(library: &'static Library, handle: Handle, finished: Finished) -> Result<Self> {
        let Finished {
            graph,
            given,
            mut parts,
        } = finished;
        let heuristic = Descriptor::new(library, Kind::EngineHeuristic)?
            .with(Attribute::EngineHeurOperationGraph, &[graph.reference()])?
            .with(Attribute::EngineHeurMode, &[HeuristicMode::A])?
            .finalized()?;
        let configs = heuristic.descriptors(Attribute::EngineHeurResults, Kind::EngineConfig)?;
        parts.extend([graph, heuristic]);
        let mut refusal = CudnnError::Unsupported;
        for config in configs {
            let plan = Descriptor::new(library, Kind::ExecutionPlan)?
                .with(Attribute::ExecutionPlanEngineConfig, &[config.reference()])?
                .with(Attribute::ExecutionPlanHandle, &[HandleValue(handle)])?
                .finalized();
            let plan = match plan {
                Ok(plan) => plan,
                Err(error) => {
                    if error.is_of_memory() {
                        refusal = error;
                    }
                    continue;
                }
            };
            let workspace = plan.int64(Attribute::ExecutionPlanWorkspaceSize)?;
            let workspace = usize::try_from(workspace).unwrap_or(usize::MAX);
            if workspace <= MOST_WORKSPACE {
                parts.push(config);
                return Ok(Self {
                    library,
                    plan,
                    given,
                    workspace,
                    _parts: parts,
                });
            }
        }
        Err(refusal)
    }

    /// In bytes.
    pub fn workspace(&self) -> usize {
        self.workspace
    }

    /// Queues the kernel. `pointers`: one for each given tensor of the graph in its order.
    ///
    /// # Safety
    /// The pointers lead to what the graph says of its tensors, stay valid until the kernel has run (scalars: until this
    /// returns) and are aligned to [`super::graph::ALIGNMENT`]; `workspace` to [`Self::workspace`] bytes on the device.
    pub unsafe fn run(
        &self,
        handle: Handle,
        pointers: &[*mut c_void],
        workspace: *mut c_void,
    ) -> Result<()> {
        let pack = Descriptor::new(self.library, Kind::VariantPack)?
            .with(Attribute::VariantPackUniqueIds, &self.given)?
            .with(Attribute::VariantPackDataPointers, pointers)?
            .with(Attribute::VariantPackWorkspace, &[workspace])?
            .finalized()?;
        // SAFETY: the caller's promise; plan and pack are finalized.
        let status = unsafe { (self.library.execute)(handle, self.plan.raw(), pack.raw()) };
        self.library.check("cudnnBackendExecute", status)
    }
}
