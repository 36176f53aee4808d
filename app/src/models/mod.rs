//! `lamina model`: getting a model, and keeping it right.

mod pull;

use std::path::Path;

use anyhow::{Result, bail};
use download::Server;
use engine::{PublishedModel, gib};
use qwen_image_layered::Library;
use qwen_image_layered::catalogue::{Here, Published};

use crate::args::{ModelsArgs, ModelsCommand};
use crate::exit::Exit;
use pull::DownloadProgress;
use words::say;

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
        ModelsCommand::List => list(here)?,
        ModelsCommand::Pull { name, modelscope } => {
            let published = match name {
                Some(published) => published,
                None => best(&here)?,
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
            println!("{}", say!("pull-removed", model = name.name));
        }
    }
    Ok(Exit::Success)
}

/// For this computer's GPU.
fn best(here: &Here) -> Result<&'static Published> {
    let catalogue = Library::new(here.clone(), Server::from_env()).list()?;
    let best = catalogue.models.iter().find(|model| model.is_best);
    match best.and_then(|best| Published::named(&best.name)) {
        Some(published) => Ok(published),
        None => bail!(say!("pull-nothing-fits")),
    }
}

fn list(here: Here) -> Result<()> {
    let catalogue = Library::new(here, Server::from_env()).list()?;
    for model in &catalogue.models {
        println!("{}", line(model));
        if let Some(Ok(how) | Err(how)) = &model.fit {
            println!("          {how}");
        }
    }
    if catalogue.models.iter().all(|model| model.fit.is_none()) {
        println!("{}", say!("pull-no-gpu"));
    }
    println!(
        "{}",
        say!(
            "pull-kept-in",
            folder = catalogue.folder.display().to_string()
        )
    );
    Ok(())
}

fn line(model: &PublishedModel) -> String {
    let marks = [
        model.is_here.then_some(say!("pull-here")),
        model.is_begun.then_some(say!("pull-partly-here")),
        model.is_best.then_some(say!("pull-best")),
    ];
    let marks: Vec<_> = marks.into_iter().flatten().collect();
    let line = format!(
        "{:<9} {:>5.1} GB  {}  {}  {}",
        model.name,
        model.bytes as f64 / 1e9,
        model.licence,
        model.about,
        match marks.as_slice() {
            [] => String::new(),
            marks => format!("[{}]", marks.join(", ")),
        }
    );
    line.trim_end().to_owned()
}

fn verify(here: &Here, name: Option<&'static Published>) -> Result<Exit> {
    let models = Published::all().iter().filter(|published| match name {
        Some(name) => published.name == name.name,
        None => here.has(published),
    });
    let (mut exit, mut seen) = (Exit::Success, 0);
    let watching = DownloadProgress::new()?;
    for published in models {
        let wrong = here.wrong_files(published, &watching)?;
        seen += 1;
        match wrong.as_slice() {
            [] => println!("{}", say!("pull-as-published", model = published.name)),
            wrong => {
                exit = Exit::Failed;
                for file in wrong {
                    println!(
                        "{}",
                        say!("pull-file-damaged", file = file.display().to_string())
                    );
                }
                println!("{}", say!("pull-mends", model = published.name));
            }
        }
    }
    if seen == 0 {
        println!("{}", say!("pull-no-model"));
    }
    Ok(exit)
}

/// "12.3 GiB".
fn size(bytes: u64) -> String {
    format!("{} GiB", words::decimal(gib(bytes), 1))
}

/// How a model that was downloaded is used.
fn how_to_use(folder: &Path) -> String {
    say!(
        "pull-found-by-itself",
        folder = folder.display().to_string()
    )
}
