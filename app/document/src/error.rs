use crate::LayerId;

/// Why an edit was refused. The document is unchanged when one is returned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DocumentError {
    #[error("there is no layer {0:?} in this document")]
    NoSuchLayer(LayerId),
    #[error("layer {0:?} is not a group, so it cannot hold other layers")]
    NotAGroup(LayerId),
    #[error("layer {0:?} is a group, which has no pixels of its own")]
    NotARaster(LayerId),
    #[error("a group cannot be moved into itself")]
    IntoItself(LayerId),
    #[error("layer {0:?} is already in this document")]
    DuplicateId(LayerId),
    #[error("position {index} is past the end of a group of {len}")]
    IndexOutOfRange { index: usize, len: usize },
    /// Names the number; its range is documented where it is declared.
    #[error("{0} is not a number in its allowed range")]
    InvalidNumber(&'static str),
    #[error("a transaction is already open")]
    TransactionOpen,
    #[error("no transaction is open")]
    NoTransaction,
}
