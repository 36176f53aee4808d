use std::collections::HashMap;
use std::path::Path;

use download::{RemoteFile, Server, Wanted};

use super::Published;
use super::error::Result;
use crate::ModelError;

/// Files of a repository.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub repository: &'static str,
    /// A folder, which its name ends with a slash, or the end of one file's path.
    what: &'static str,
    /// The folder of the model's that it goes into.
    to: &'static str,
}

pub(super) const fn part(repository: &'static str, what: &'static str, to: &'static str) -> Part {
    Part {
        repository,
        what,
        to,
    }
}

impl Published {
    /// Its files as a server has them, each with where it goes in a folder.
    pub(super) fn files(&self, server: &Server, folder: &Path) -> Result<Vec<Wanted>> {
        let mut lists: HashMap<&str, Vec<RemoteFile>> = HashMap::new();
        let mut wanted = Vec::new();
        for part in self.parts {
            let list = match lists.remove(part.repository) {
                Some(list) => list,
                None => server.list(part.repository)?,
            };
            let found = part.files(&list);
            if found.is_empty() {
                let reason = format!(
                    "{} has no {} any more; update this program",
                    part.repository, part.what
                );
                return Err(ModelError::Request(reason).into());
            }
            wanted.extend(found.into_iter().map(|(file, name)| Wanted {
                repository: part.repository.to_owned(),
                to: folder.join(part.to).join(name),
                file,
            }));
            lists.insert(part.repository, list);
        }
        Ok(wanted)
    }

    /// Where its files are published: "owner/name", each once.
    pub(crate) fn repositories(&self) -> impl Iterator<Item = &'static str> {
        let mut seen = std::collections::HashSet::new();
        let names = self.parts.iter().map(|part| part.repository);
        names.filter(move |name| seen.insert(*name))
    }
}

impl Part {
    /// Each with its name below the part's folder.
    fn files(&self, list: &[RemoteFile]) -> Vec<(RemoteFile, String)> {
        let is_plain = |name: &str| !name.is_empty() && !name.contains(['/', '\\']);
        let found = list.iter().filter_map(|file| {
            let name = match self.what.ends_with('/') {
                true => file.path.strip_prefix(self.what)?,
                false => {
                    let name = file.path.rsplit('/').next()?;
                    name.to_lowercase()
                        .ends_with(&self.what.to_lowercase())
                        .then_some(name)?
                }
            };
            // Nothing outside the folder is written.
            is_plain(name).then(|| (file.clone(), name.to_owned()))
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> RemoteFile {
        RemoteFile {
            path: path.into(),
            size: 1,
            sha256: None,
        }
    }

    #[test]
    fn files_are_found_by_folder_or_by_the_end_of_their_names() {
        let list = [
            "tokenizer/vocab.json",
            "tokenizer/../../etc",
            "a/x-Q8_0.gguf",
            "README.md",
        ]
        .map(file);
        let names = |part: Part| -> Vec<String> {
            part.files(&list)
                .into_iter()
                .map(|(_, name)| name)
                .collect()
        };
        assert_eq!(names(part("", "tokenizer/", "")), ["vocab.json"]);
        assert_eq!(names(part("", "q8_0.gguf", "")), ["x-Q8_0.gguf"]);
        assert_eq!(names(part("", "vae.safetensors", "")), [""; 0]);
    }
}
