use crate::{Backend, BackendId, BackendStatus, CancelToken, DecomposeRequest, EngineError, ModelLayer, Progress};

/// A scripted backend for tests: the layers, the number of steps, the pace and the failure are given beforehand.
pub struct FakeBackend {}

impl Backend for FakeBackend {
    fn id(&self) -> BackendId {
        todo!()
    }

    fn status(&self) -> BackendStatus {
        todo!()
    }

    fn decompose(
        &mut self,
        _request: &DecomposeRequest,
        _progress: &mut dyn Progress,
        _cancel: &CancelToken,
    ) -> Result<Vec<ModelLayer>, EngineError> {
        todo!()
    }
}
