//! `lamina model`: getting a model, and keeping it right.

mod here;
mod pull;

use std::path::Path;

use anyhow::{Result, bail};
use download::Server;
use engine::{Gpus, OffloadChoice, SpreadChoice, gib};
use qwen_image_layered::Placement;
use qwen_image_layered::catalogue::Published;
use qwen_image_layered::plan::Wishes;

use crate::args::{ModelsArgs, ModelsCommand};
use crate::exit::Exit;
use here::Here;
pub use here::newest;
use pull::Watching;

pub fn run(args: &ModelsArgs) -> Exit {
    match carry_out(args) {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("lamina: {error:#}");
            Exit::Failed
        }
    }
}

fn carry_out(args: &ModelsArgs) -> Result<Exit> {
    let here = Here::new(args.models.as_deref())?;
    match args.command {
        ModelsCommand::List => list(&here),
        ModelsCommand::Pull { name, modelscope } => {
            let published = match name.or_else(best) {
                Some(published) => published,
                None => bail!(
                    "there is no GPU here that a model fits; name the one to download, as `lamina model list` has them"
                ),
            };
            let server = match modelscope {
                true => Server::modelscope(),
                false => Server::from_env(),
            };
            return pull::pull(&here, published, &server);
        }
        ModelsCommand::Verify { name } => return verify(&here, name),
        ModelsCommand::Remove { name } => {
            here.remove(name)?;
            println!("{} is no longer here", name.name);
        }
    }
    Ok(Exit::Success)
}

/// For this computer's GPU, where there is one.
fn best() -> Option<&'static Published> {
    let (placement, wishes) = place().ok()?;
    (!placement.is_processor()).then(|| Published::best(&placement, &wishes))?
}

fn place() -> Result<(Placement, Wishes)> {
    let hardware = engine::Hardware::default();
    let placement = Placement::choose(hardware.device, &hardware.gpus, hardware.precision)?;
    let wishes = Wishes::of(
        &placement,
        &Gpus::One,
        SpreadChoice::Auto,
        OffloadChoice::Auto,
        None,
    );
    Ok((placement, wishes))
}

fn list(here: &Here) {
    let best = best().map(|published| published.name);
    let plans = place()
        .ok()
        .filter(|(placement, _)| !placement.is_processor());
    for published in Published::all() {
        let how = match &plans {
            Some((placement, wishes)) => match published.plan(placement, wishes) {
                Ok(plan) => plan.to_string(),
                Err(refusal) => refusal.to_string(),
            },
            None => String::new(),
        };
        let marks = [
            here.has(published).then_some("here"),
            (best == Some(published.name)).then_some("best for this computer"),
        ];
        let marks: Vec<_> = marks.into_iter().flatten().collect();
        let gigabytes = published.bytes() as f64 / 1e9;
        let line = format!(
            "{:<9} {:>5.1} GB  {}  {}  {}",
            published.name,
            gigabytes,
            published.licence,
            published.about,
            match marks.as_slice() {
                [] => String::new(),
                marks => format!("[{}]", marks.join(", ")),
            }
        );
        println!("{}", line.trim_end());
        if !how.is_empty() {
            println!("          {how}");
        }
    }
    if plans.is_none() {
        println!(
            "There is no GPU here that this program can use; `lamina plan --card all` says what each takes on those that are known."
        );
    }
    println!("Models are kept in {}", here.folder().display());
}

fn verify(here: &Here, name: Option<&'static Published>) -> Result<Exit> {
    let models = Published::all().iter().filter(|published| match name {
        Some(name) => published.name == name.name,
        None => here.has(published),
    });
    let (mut exit, mut seen) = (Exit::Success, 0);
    let watching = Watching::new()?;
    for published in models {
        let wrong = here.wrong_files(published, &watching)?;
        seen += 1;
        match wrong.as_slice() {
            [] => println!("{} is as it was published", published.name),
            wrong => {
                exit = Exit::Failed;
                for file in wrong {
                    println!("{} is damaged or missing", file.display());
                }
                println!("`lamina model pull {}` mends it", published.name);
            }
        }
    }
    if seen == 0 {
        println!("no model is here; `lamina model pull` downloads one");
    }
    Ok(exit)
}

/// "12.3 GiB".
fn size(bytes: u64) -> String {
    format!("{:.1} GiB", gib(bytes))
}

/// How a model that was downloaded is used.
fn how_to_use(folder: &Path) -> String {
    format!(
        "it is found by itself; --model {} names it",
        folder.display()
    )
}
