use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use qwen_image_layered::catalogue::Published;
use words::say;

/// Options of `lamina model`.
#[derive(Debug, clap::Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    pub command: ModelsCommand,

    /// Folder that models are in, each in one of its own [default: LAMINA_MODELS, or in the user's data folder]
    #[arg(long, value_name = "FOLDER", global = true)]
    pub models: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum ModelsCommand {
    /// What is published, what of it is here, and what suits this computer best
    List,
    /// Download a model; what an earlier download left is used
    Pull {
        /// [default: what suits this computer best]
        #[arg(value_name = "NAME", value_parser = published())]
        name: Option<&'static Published>,

        /// Take the files from ModelScope instead of Hugging Face
        #[arg(long)]
        modelscope: bool,
    },
    /// Read all files of the models that are here again and compare them with what was published
    Verify {
        /// [default: all that are here]
        #[arg(value_name = "NAME", value_parser = published())]
        name: Option<&'static Published>,
    },
    /// Delete a model that was downloaded
    Remove {
        #[arg(value_name = "NAME", value_parser = published())]
        name: &'static Published,
    },
}

fn published() -> impl TypedValueParser<Value = &'static Published> {
    let names = Published::all().iter().map(|published| published.name);
    PossibleValuesParser::new(names)
        .try_map(|name| Published::named(&name).ok_or(say!("argument-no-such-model")))
}
