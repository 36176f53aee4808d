//! The folders besides its own that a ComfyUI is told of (Comfy-Org/ComfyUI, `utils/extra_config.py`).

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{ModelError, Result};

const NAME: &str = "extra_model_paths.yaml";
const BASE: &str = "base_path";
/// ComfyUI's example has 1 KB.
const MOST_BYTES: u64 = 1 << 20;

/// By the name of a group, which means nothing, and by that of a kind of models.
type Groups = BTreeMap<String, Option<BTreeMap<String, Entry>>>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    /// A folder in each line.
    Text(String),
    List(Vec<String>),
    /// `is_default` and whatever else says nothing of a folder.
    Other(IgnoredAny),
}

/// Whether there is such a list for a ComfyUI.
pub(super) fn is_at(folder: &Path) -> bool {
    file(folder).is_some()
}

/// The folders that are listed for a ComfyUI, or for the one that has this folder of models, each with the name of its kind
/// ("vae"); none where there is no list.
pub(super) fn extra_folders(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let Some(file) = file(folder) else {
        return Ok(Vec::new());
    };
    let unreadable = |reason: String| ModelError::WrongModel {
        path: file.clone(),
        reason: format!("cannot be read as ComfyUI reads it ({reason}); mend it or take it away"),
    };
    let length = file
        .metadata()
        .map_err(|error| ModelError::io(&file, error))?
        .len();
    if length > MOST_BYTES {
        return Err(unreadable("it is too large".into()));
    }
    let text = fs::read_to_string(&file).map_err(|error| ModelError::io(&file, error))?;
    let beside = file.parent().unwrap_or(folder);
    folders(&text, beside).map_err(unreadable)
}

fn file(folder: &Path) -> Option<PathBuf> {
    let is_models = folder.file_name() == Some("models".as_ref());
    let above = folder.parent().filter(|_| is_models);
    let above = above.map(|above| above.join(NAME));
    let own = [Some(folder.join(NAME)), above].into_iter().flatten();
    own.into_iter().find(|file| file.is_file())
}

/// `beside`: the folder of the list, which relative paths begin at.
fn folders(text: &str, beside: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let groups: Option<Groups> = serde_saphyr::from_str(text).map_err(|error| {
        // Its other lines show the place.
        let text = error.to_string();
        text.lines().next().unwrap_or_default().to_owned()
    })?;
    let mut found = Vec::new();
    for mut group in groups.unwrap_or_default().into_values().flatten() {
        let base = match group.remove(BASE) {
            Some(Entry::Text(base)) => beside.join(expanded(base.trim())),
            _ => beside.to_owned(),
        };
        for (kind, entry) in group {
            let lines = match &entry {
                Entry::Text(text) => text.lines().collect(),
                Entry::List(lines) => lines.iter().map(String::as_str).collect(),
                Entry::Other(_) => Vec::new(),
            };
            let lines = lines.into_iter().map(str::trim);
            let paths = lines.filter(|line| !line.is_empty());
            found.extend(paths.map(|path| (kind.clone(), base.join(expanded(path)))));
        }
    }
    Ok(found)
}

/// With the home folder for a "~" at its start, and variables' values for their names.
fn expanded(path: &str) -> PathBuf {
    let variable = |name: &str| env::var(name).ok();
    let mut whole = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('$') {
        whole.push_str(before);
        let (name, next) = match after
            .strip_prefix('{')
            .and_then(|after| after.split_once('}'))
        {
            Some((name, next)) => (name, next),
            None => {
                let end = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
                after.split_at(end.unwrap_or(after.len()))
            }
        };
        match variable(name) {
            Some(value) => whole.push_str(&value),
            None => whole.push_str(&rest[before.len()..rest.len() - next.len()]),
        }
        rest = next;
    }
    whole.push_str(rest);
    match (whole.strip_prefix('~'), env::home_dir()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => whole.into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<(String, String)> {
        let found = folders(text, Path::new("/comfy")).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        found
            .into_iter()
            .map(|(kind, path)| (kind, text(path)))
            .collect()
    }

    fn pair(kind: &str, path: &str) -> (String, String) {
        (kind.to_owned(), path.to_owned())
    }

    #[test]
    fn several_roots_and_lists_in_lines_are_read() {
        let text = "
# a comment
a111:
    base_path: path/to/webui/
    checkpoints: models/Stable-diffusion
    loras: |
         models/Lora
         models/LyCORIS

other:
    base_path: /mnt/models
    is_default: true
    vae: vae
    diffusion_models: [a, /elsewhere/b]
empty:
rootless:
    clip: clip
";
        assert_eq!(
            listed(text),
            [
                pair(
                    "checkpoints",
                    "/comfy/path/to/webui/models/Stable-diffusion"
                ),
                pair("loras", "/comfy/path/to/webui/models/Lora"),
                pair("loras", "/comfy/path/to/webui/models/LyCORIS"),
                pair("diffusion_models", "/mnt/models/a"),
                pair("diffusion_models", "/elsewhere/b"),
                pair("vae", "/mnt/models/vae"),
                pair("clip", "/comfy/clip"),
            ]
        );
        assert_eq!(listed("# all is a comment\n"), []);
    }

    #[test]
    fn home_and_variables_stand_for_what_they_are() {
        let home = env::home_dir().unwrap();
        assert_eq!(expanded("~/models"), home.join("models"));
        assert_eq!(expanded("~models"), Path::new("~models"));
        let path = env::var("PATH").unwrap();
        assert_eq!(
            expanded("/a/$PATH/b"),
            PathBuf::from(format!("/a/{path}/b"))
        );
        assert_eq!(expanded("${PATH}x"), PathBuf::from(format!("{path}x")));
        assert_eq!(expanded("/$no such_one/$"), Path::new("/$no such_one/$"));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["a: [", "- 1", "a: b: c", "\t- x\n\0"] {
            assert!(folders(text, Path::new("/")).is_err(), "{text}");
        }
    }
}
