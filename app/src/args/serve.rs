use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use cluster::Cluster;
use engine::DecomposeRequest;
use service::Limits;

use super::elsewhere::AccessArgs;
use super::model::ModelArgs;
use super::place::gib;
use super::settings::defaults;

/// Options of `lamina serve`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Address and port; one that other computers reach needs --token-file
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7860")]
    pub listen: SocketAddr,

    /// File of the tokens that clients may prove themselves with, one a line
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// Folder of the queue, the pictures and the results [default: lamina in the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    #[command(flatten)]
    pub nats: ServeNatsArgs,

    #[command(flatten)]
    pub limits: LimitArgs,

    #[command(flatten)]
    pub model: ModelArgs,
}

impl ServeArgs {
    /// What a client's settings stand in place of: the model card's, where this command line says.
    pub fn defaults(&self) -> DecomposeRequest {
        DecomposeRequest {
            hardware: self.model.hardware(),
            ..defaults()
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "NATS")]
pub struct ServeNatsArgs {
    /// Let lamina worker do the jobs wherever it runs, by a NATS server such as nats://desk:4222
    #[arg(long, value_name = "URL", conflicts_with = "ModelArgs")]
    nats: Option<String>,

    #[command(flatten)]
    access: AccessArgs,
}

impl ServeNatsArgs {
    /// The NATS server, where one is named.
    pub fn connect(&self) -> Result<Option<Cluster>> {
        let url = self.nats.as_deref();
        url.map(|url| self.access.connect(url)).transpose()
    }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Jobs that may wait
    #[arg(long, value_name = "N", default_value_t = Limits::default().queue)]
    queue: usize,

    /// MiB of a picture's file
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().body >> 20, value_parser = clap::value_parser!(u64).range(1..=1024))]
    max_upload: u64,

    /// Millions of a picture's pixels
    #[arg(long, value_name = "MILLIONS", default_value_t = Limits::default().pixels / 1_000_000, value_parser = clap::value_parser!(u64).range(1..=268))]
    max_pixels: u64,

    /// Pictures received at a time
    #[arg(long, value_name = "N", default_value_t = Limits::default().uploads as u64, value_parser = clap::value_parser!(u64).range(1..=1024))]
    uploads: u64,

    /// How long a picture may take to arrive, such as 2m
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = humantime::parse_duration)]
    upload_time: Duration,

    /// Open connections
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections as u64, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    connections: u64,

    /// How long ended jobs and their results are kept, such as 7d
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = humantime::parse_duration)]
    keep_for: Duration,

    /// GiB of results to keep at most
    #[arg(long, value_name = "GIB", default_value = "20", value_parser = gib)]
    keep: u64,
}

impl LimitArgs {
    pub fn limits(&self) -> Limits {
        Limits {
            body: self.max_upload << 20,
            pixels: self.max_pixels * 1_000_000,
            queue: self.queue,
            uploads: self.uploads as usize,
            upload_time: self.upload_time,
            connections: self.connections as usize,
            keep_for: self.keep_for,
            keep_bytes: self.keep,
        }
    }
}
