use std::path::PathBuf;

/// Options of many pictures.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Many pictures")]
pub struct BatchArgs {
    /// Also the pictures in the folders below a folder; results get the same folders
    #[arg(long)]
    pub recursive: bool,

    /// Wait for more pictures in the folders, until Ctrl-C
    #[arg(long, requires = "inputs")]
    pub watch: bool,

    /// Pass over a picture whose report in the output folder is of the same content and the same request, with what
    /// --also names beside it
    #[arg(long)]
    pub skip_done: bool,

    /// Pictures with settings of their own, a JSON object a line: {"picture": "a.png", "layers": 4, "prompt": "…"}
    #[arg(long, value_name = "LIST.jsonl")]
    pub jobs_file: Option<PathBuf>,

    /// Where to write what became of each picture, as JSON
    #[arg(long, value_name = "FILE.json")]
    pub summary: Option<PathBuf>,
}
