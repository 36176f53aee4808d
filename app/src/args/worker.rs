use anyhow::Result;
use cluster::{Cluster, Need};

use super::model::ModelArgs;
use super::nats::{AccessArgs, need};

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
