use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use engine::Backend;
use remote::{RemoteBackend, Server};

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
        let server = Server::new(url, self.token()?)?;
        let backends = RemoteBackend::all(&server)?.into_iter();
        Ok(Some(
            backends.map(|backend| Box::new(backend) as _).collect(),
        ))
    }

    /// The first in the file.
    fn token(&self) -> Result<Option<String>> {
        let Some(file) = &self.token_file else {
            return Ok(None);
        };
        let shown = file.display();
        let text = fs::read_to_string(file)
            .with_context(|| format!("cannot read the token in {shown}; give another file"))?;
        let mut lines = text.lines().map(str::trim);
        let token = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        let token = token.with_context(|| format!("{shown} holds no token; write one there"))?;
        Ok(Some(token.to_owned()))
    }
}
