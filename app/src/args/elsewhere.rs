//! Other computers: those that serve over HTTP, and those that share jobs out by a NATS server.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use cluster::{Access, Cluster, Need};
use engine::Backend;
use remote::RemoteBackend;
use words::say;

use super::model::ModelArgs;
use super::parse::token;

/// What a NATS server knows this program by.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "NATS")]
pub struct AccessArgs {
    /// Credentials of an account of the NATS server, as nsc writes them
    #[arg(long, value_name = "FILE.creds", requires = "nats")]
    nats_credentials: Option<PathBuf>,

    /// File with the token that the NATS server asks for
    #[arg(
        long,
        value_name = "FILE",
        requires = "nats",
        conflicts_with = "nats_credentials"
    )]
    nats_token_file: Option<PathBuf>,
}

impl AccessArgs {
    pub fn connect(&self, url: &str) -> Result<Cluster> {
        let access = match (&self.nats_credentials, &self.nats_token_file) {
            (Some(file), _) => {
                let shown = file.display();
                let text = fs::read_to_string(file);
                let text = text
                    .with_context(|| say!("argument-no-credentials", file = shown.to_string()))?;
                Access::Credentials(text)
            }
            (None, Some(file)) => Access::Token(token(file)?),
            (None, None) => Access::Open,
        };
        Ok(Cluster::connect(&cluster::Server::new(url, access))?)
    }
}

/// Jobs for whichever worker takes them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "NATS")]
pub struct NatsArgs {
    /// Decompose wherever lamina worker runs, by a NATS server such as nats://desk:4222
    #[arg(long, value_name = "URL", conflicts_with_all = ["ModelArgs", "raw", "remote"])]
    nats: Option<String>,

    /// Pictures that workers have or wait for at a time, each of which takes memory here
    #[arg(long, value_name = "N", default_value_t = 16, requires = "nats", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub in_flight: u16,

    #[command(flatten)]
    access: AccessArgs,
}

impl NatsArgs {
    /// The NATS server, where one is named.
    pub fn connect(&self) -> Result<Option<Cluster>> {
        let url = self.nats.as_deref();
        url.map(|url| self.access.connect(url)).transpose()
    }
}

/// By its name.
pub fn need(name: &str) -> Result<Need, String> {
    Need::named(name).ok_or_else(|| {
        let names = Need::ALL.map(Need::name).join(", ");
        say!("argument-choose-of", names = names)
    })
}

/// Another computer that decomposes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Another computer")]
pub struct RemoteArgs {
    /// Decompose where lamina serve runs, such as http://desk:7860
    #[arg(long, value_name = "URL", conflicts_with_all = ["ModelArgs", "raw"])]
    remote: Option<String>,

    /// File with the token that the server asks for
    #[arg(long, value_name = "FILE", requires = "remote")]
    token_file: Option<PathBuf>,
}

impl RemoteArgs {
    /// Those of the other computer, where one is named.
    pub fn backends(&self) -> Result<Option<Vec<Box<dyn Backend>>>> {
        let Some(url) = &self.remote else {
            return Ok(None);
        };
        let token = self.token_file.as_deref().map(token).transpose()?;
        let server = remote::Server::new(url, token)?;
        let backends = RemoteBackend::all(&server)?.into_iter();
        Ok(Some(
            backends.map(|backend| Box::new(backend) as _).collect(),
        ))
    }
}

/// Options of `lamina worker`.
#[derive(Debug, clap::Args)]
pub struct WorkerArgs {
    /// NATS server that has jobs, such as nats://desk:4222
    #[arg(long, value_name = "URL")]
    nats: String,

    #[command(flatten)]
    access: AccessArgs,

    /// Jobs to take: embedded, 640 or 1024 [default: all that this computer can run]
    #[arg(long, value_name = "NEED,…", value_delimiter = ',', value_parser = need)]
    pub take: Vec<Need>,

    #[command(flatten)]
    pub model: ModelArgs,
}

impl WorkerArgs {
    pub fn connect(&self) -> Result<Cluster> {
        self.access.connect(&self.nats)
    }
}
