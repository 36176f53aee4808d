//! What the command line says of an error that a library gives: the library knows what is wrong, this catalogue which
//! option mends it. No crate below names an option.

use anyhow::Error;
use cluster::ClusterError;
use engine::EngineError;
use qwen_image_layered::{FileKind, NO_MODEL, NotOneFile};
use remote::RemoteError;
use service::ServiceError;

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
        ServiceError::Listen { .. } => Some("; choose another with --listen"),
        ServiceError::NeedsToken(_) => {
            Some("; give a file that holds one with --token-file, or listen on 127.0.0.1")
        }
        ServiceError::Tokens { .. } => Some("; give another file with --token-file"),
        ServiceError::Data { .. } => Some("; choose another with --data"),
        ServiceError::InUse(_) => Some("; end it or choose another with --data"),
        ServiceError::LaterVersion(_) => Some("; update it or choose another folder with --data"),
        ServiceError::NoToken { .. }
        | ServiceError::Database(_)
        | ServiceError::System(_)
        | ServiceError::Engine(_) => None,
    }
}

fn of_cluster(error: &ClusterError) -> Option<&'static str> {
    match error {
        ClusterError::Refused { .. } => {
            Some(" with --nats-credentials or its token with --nats-token-file")
        }
        _ => None,
    }
}

fn of_remote(error: &RemoteError) -> Option<&'static str> {
    match error {
        RemoteError::Token { .. } => Some(" (--token-file)"),
        _ => None,
    }
}

fn of_files(error: &NotOneFile) -> Option<&'static str> {
    match error.kind {
        FileKind::Transformer => Some(" with --transformer"),
        FileKind::TextEncoder => Some(" with --text-encoder"),
        FileKind::Mmproj => Some(" with --mmproj"),
        FileKind::Vae => Some(" with --vae"),
        FileKind::Lora | FileKind::OtherTransformer | FileKind::RgbVae | FileKind::Unknown => None,
    }
}

fn of_engine(error: &EngineError) -> Option<&'static str> {
    match error {
        EngineError::Unavailable { reason, .. } if reason == NO_MODEL => Some(" or with --model"),
        _ => None,
    }
}
