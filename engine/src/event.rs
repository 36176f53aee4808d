use std::sync::Arc;
use std::time::Duration;

use image::RgbaImage;
use serde::{Deserialize, Serialize};

use crate::{BackendStatus, Decomposition, EngineError, Estimate, ModelStatus, RunPlan};

/// Numbers jobs, commands to models and questions in the order they were submitted; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId(pub u64);

/// What a job says. It reads and writes as text, which has all of it but pixels: those of previews, layers and the
/// picture stay with whoever holds the event, and are empty in one that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub job: JobId,
    pub kind: EventKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The job has left the queue; this backend runs it, for this reason.
    Started(Box<BackendStatus>),
    /// How the backend will run it; again where it has to begin anew.
    Planned(RunPlan),
    /// What the model writes of the picture in place of a prompt, so far.
    Caption(String),
    Progress {
        stage: Stage,
        /// Completed steps of this stage.
        step: u32,
        steps: u32,
        /// Since the job left the queue.
        elapsed: Duration,
        /// Of this stage, from its completed steps only; `None` until two are done.
        left: Option<Duration>,
    },
    /// A sentence for the user about how the job runs; its report has it too.
    Note(String),
    /// Unfinished layers, bottom first.
    Preview {
        #[serde(skip)]
        layers: Arc<Vec<RgbaImage>>,
    },
    /// The last event of a job.
    Finished(Result<Box<Decomposition>, EngineError>),
    /// The last event of a command to a model: how the model is now, or why nothing was done.
    Model(Result<ModelStatus, EngineError>),
    /// The last event of a question what a job would take.
    Estimated(Result<Estimate, EngineError>),
    /// The last event of a change of guests: they are among the backends now.
    Joined,
}

/// In the order they run; a backend reports those it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Opening the device, compiling its kernels, reading the model's headers and planning.
    Prepare,
    Load,
    Caption,
    Encode,
    Denoise,
    Decode,
    /// The quick backend's: finding objects, shapes and text, and filling what they hide.
    Segment,
    Inpaint,
    Rebuild,
    /// Reading the words on layers; a backend that reads by itself does so after `Segment`.
    Read,
}

impl Stage {
    /// "Denoise", for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Prepare => "Prepare",
            Self::Load => "Load",
            Self::Caption => "Caption",
            Self::Encode => "Encode",
            Self::Denoise => "Denoise",
            Self::Decode => "Decode",
            Self::Segment => "Segment",
            Self::Inpaint => "Inpaint",
            Self::Rebuild => "Rebuild",
            Self::Read => "Read text",
        }
    }
}
