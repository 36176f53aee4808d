use download::DownloadError;
use engine::EngineError;
use runtime::ModelError;

pub(crate) type Result<T, E = CatalogueError> = std::result::Result<T, E>;

/// What keeps a model from being fetched, looked at or removed. Each message is one sentence for the user, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Download(#[from] DownloadError),
}

impl From<CatalogueError> for EngineError {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Model(error) => error.into(),
            CatalogueError::Download(DownloadError::Cancelled) => Self::Cancelled,
            CatalogueError::Download(error) => Self::UnusableModel(error.to_string()),
        }
    }
}
