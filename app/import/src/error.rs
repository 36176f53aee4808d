/// Why a picture did not open: one sentence each. All of them are the input's fault (exit code 2).
#[derive(Debug, thiserror::Error)]
pub enum ImportError {}
