use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use cluster::{Access, Cluster, Need, Server};

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
                let text = text.with_context(|| {
                    format!("cannot read the credentials in {shown}; give another file")
                })?;
                Access::Credentials(text)
            }
            (None, Some(file)) => Access::Token(token(file)?),
            (None, None) => Access::Open,
        };
        Ok(Cluster::connect(&Server::new(url, access))?)
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
        format!("choose of: {names}")
    })
}
