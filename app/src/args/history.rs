use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

/// Options of `lamina history`.
#[derive(Debug, clap::Args)]
pub struct HistoryArgs {
    /// Only jobs that ended within this time, such as 12h or 7d
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub since: Option<Duration>,

    /// What jobs are compared by
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "backend,resolution,gpu"
    )]
    pub by: Vec<GroupBy>,

    /// Folder of the record [default: lamina in the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupBy {
    Backend,
    Resolution,
    Gpu,
}

impl GroupBy {
    pub const ALL: [Self; 3] = [Self::Backend, Self::Resolution, Self::Gpu];
}
