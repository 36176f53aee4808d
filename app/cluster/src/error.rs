use engine::EngineError;

/// Why the NATS server did not do as it was asked, as one sentence with what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClusterError {
    #[error("\"{0}\" is no address of a NATS server; write one such as nats://desk:4222")]
    Address(String),
    #[error(
        "the NATS server {url} cannot be reached ({error}); look whether nats-server runs there"
    )]
    Unreachable { url: String, error: String },
    #[error("the NATS server {url} does not let this program in; give its credentials")]
    Refused { url: String },
    #[error(
        "the NATS server {url} has no JetStream; start it with nats-server --jetstream, or let this account use it"
    )]
    NoJetStream { url: String },
    #[error(
        "the credentials cannot be used ({0}); give the file that \"nsc generate creds\" writes"
    )]
    Credentials(String),
    /// May pass by itself.
    #[error(
        "the NATS server {url} does not do as it is asked ({error}); look whether it runs and its disk has room"
    )]
    Away { url: String, error: String },
    #[error(
        "no worker is there that takes jobs of {need}; start lamina worker where one can run them"
    )]
    NoWorker { need: &'static str },
    #[error("no worker that takes jobs of {need} answers in time; try again")]
    Silent { need: &'static str },
    #[error(
        "a job or its end is larger than a message of the NATS server {url} may be; raise its max_payload"
    )]
    TooLarge { url: String },
    #[error(
        "what lies on the NATS server cannot be read ({0}); use the same version of this program on all computers"
    )]
    Strange(String),
    #[error("the system gives no more threads ({0}); end other programs")]
    System(String),
}

impl ClusterError {
    /// Whether the same question may be answered later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Away { .. })
    }
}

impl From<ClusterError> for EngineError {
    fn from(error: ClusterError) -> Self {
        Self::Backend(error.to_string())
    }
}
