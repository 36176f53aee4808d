//! What the command line says of an error that a library gives: the library knows what is wrong, this catalogue which
//! option mends it. No crate below names an option.

use anyhow::Error;
use cluster::ClusterError;
use engine::EngineError;
use qwen_image_layered::{FileKind, NO_MODEL, NotOneFile};
use remote::RemoteError;
use service::ServiceError;
use words::say;

/// The error as one sentence, with what to do.
pub fn sentence(error: &Error) -> String {
    format!("{error:#}{}", advice(error).unwrap_or_default())
}

/// How the sentence goes on where an option mends the error.
fn advice(error: &Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        let of_service = || cause.downcast_ref().and_then(of_service);
        let of_cluster = || cause.downcast_ref().and_then(of_cluster);
        let of_remote = || cause.downcast_ref().and_then(of_remote);
        let of_files = || cause.downcast_ref().and_then(of_files);
        let of_engine = || cause.downcast_ref().and_then(of_engine);
        of_service()
            .or_else(of_cluster)
            .or_else(of_remote)
            .or_else(of_files)
            .or_else(of_engine)
    })
}

fn of_service(error: &ServiceError) -> Option<&'static str> {
    match error {
        ServiceError::Listen { .. } => Some(say!("mend-listen")),
        ServiceError::NeedsToken(_) => Some(say!("mend-needs-token")),
        ServiceError::Tokens { .. } => Some(say!("mend-tokens")),
        ServiceError::Data { .. } => Some(say!("mend-data")),
        ServiceError::InUse(_) => Some(say!("mend-data-in-use")),
        ServiceError::LaterVersion(_) => Some(say!("mend-later-version")),
        ServiceError::NoToken { .. }
        | ServiceError::Database(_)
        | ServiceError::System(_)
        | ServiceError::Engine(_) => None,
    }
}

fn of_cluster(error: &ClusterError) -> Option<&'static str> {
    match error {
        ClusterError::Refused { .. } => Some(say!("mend-nats")),
        _ => None,
    }
}

fn of_remote(error: &RemoteError) -> Option<&'static str> {
    match error {
        RemoteError::Token { .. } => Some(say!("mend-token-file")),
        _ => None,
    }
}

fn of_files(error: &NotOneFile) -> Option<&'static str> {
    match error.kind {
        FileKind::Transformer => Some(say!("mend-transformer")),
        FileKind::TextEncoder => Some(say!("mend-text-encoder")),
        FileKind::Mmproj => Some(say!("mend-mmproj")),
        FileKind::Vae => Some(say!("mend-vae")),
        FileKind::Lora | FileKind::OtherTransformer | FileKind::RgbVae | FileKind::Unknown => None,
    }
}

fn of_engine(error: &EngineError) -> Option<&'static str> {
    match error {
        EngineError::Unavailable { reason, .. } if reason == NO_MODEL => Some(say!("mend-model")),
        _ => None,
    }
}
