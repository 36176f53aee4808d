use std::path::PathBuf;

use anyhow::Result;
use engine::Backend;
use remote::{RemoteBackend, Server};

use super::parse::token;

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
        let server = Server::new(url, token)?;
        let backends = RemoteBackend::all(&server)?.into_iter();
        Ok(Some(
            backends.map(|backend| Box::new(backend) as _).collect(),
        ))
    }
}
