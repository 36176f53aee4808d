/// Why an export wrote nothing: one sentence each.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {}
