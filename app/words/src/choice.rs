//! Which language is the user's.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::LanguageIdentifier;

use crate::built_in;
use crate::catalogue::Catalogue;

/// Names a language before the system does.
const VARIABLE: &str = "LAMINA_LANGUAGE";

/// Why a language is not spoken, or not all of it: one sentence each.
#[derive(Debug, thiserror::Error)]
pub enum LanguageError {
    #[error(
        "LAMINA_LANGUAGE asks for \"{0}\", which no file of a language here is named; it may be {1}"
    )]
    Unknown(String, String),
    #[error("the language file {} could not be read: {source}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the language file {} is wrong in line {line}: {reason}; mend it", .path.display())]
    Wrong {
        path: PathBuf,
        line: usize,
        reason: String,
    },
}

/// The messages in the user's language: the one that `LAMINA_LANGUAGE` names, or else the system's. Files in `folder`
/// that are named after a language, such as `de.ftl`, go before those in the program. With what the user should be told.
pub fn of_user(folder: Option<&Path>) -> (Catalogue, Vec<LanguageError>) {
    let asked = env::var(VARIABLE).ok().filter(|name| !name.is_empty());
    chosen(asked.as_deref(), sys_locale::get_locales(), folder)
}

fn chosen(
    asked: Option<&str>,
    of_system: impl Iterator<Item = String>,
    folder: Option<&Path>,
) -> (Catalogue, Vec<LanguageError>) {
    let (own, mut errors) = folder.map(files_in).unwrap_or_default();
    let of_program = built_in::ALL
        .iter()
        .filter_map(|(name, _)| name.parse().ok());
    let known: BTreeSet<LanguageIdentifier> = of_program.chain(own.keys().cloned()).collect();
    let known: Vec<_> = known.into_iter().collect();
    let wanted: Vec<LanguageIdentifier> = match asked {
        Some(name) => name.parse().into_iter().collect(),
        // "C" is no language: what it stands for is English.
        None => of_system.map_while(|name| name.parse().ok()).collect(),
    };
    let found = negotiate_languages(&wanted, &known, None, NegotiationStrategy::Filtering);
    if let Some(name) = asked.filter(|_| found.is_empty()) {
        let names: Vec<_> = known.iter().map(ToString::to_string).collect();
        errors.push(LanguageError::Unknown(name.to_owned(), names.join(", ")));
    }
    let mut catalogue = Catalogue::default();
    for language in found.into_iter().rev() {
        let name = language.to_string();
        let sources = [
            built_in::messages(&name),
            own.get(language).map(String::as_str),
        ];
        for source in sources.into_iter().flatten() {
            catalogue = catalogue.preferring(&name, source);
        }
    }
    (catalogue, errors)
}

/// Those of the user. A folder that is not there has none.
fn files_in(folder: &Path) -> (BTreeMap<LanguageIdentifier, String>, Vec<LanguageError>) {
    let (mut files, mut errors) = (BTreeMap::new(), Vec::new());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_messages = path.extension().is_some_and(|end| end == "ftl");
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let Some(language) = name.parse().ok().filter(|_| is_messages) else {
            continue;
        };
        match fs::read_to_string(&path) {
            Ok(source) => {
                errors.extend(first_fault(&path, &source));
                files.insert(language, source);
            }
            Err(source) => errors.push(LanguageError::Read { path, source }),
        }
    }
    (files, errors)
}

fn first_fault(path: &Path, source: &str) -> Option<LanguageError> {
    let (_, faults) = FluentResource::try_new(source.to_owned()).err()?;
    let fault = faults.first()?;
    let before = source.get(..fault.pos.start).unwrap_or(source);
    Some(LanguageError::Wrong {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        reason: fault.kind.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What a folder with these files says of a key to a user of these languages, and what the user is told.
    fn said(asked: Option<&str>, system: &[&str], files: &[(&str, &str)]) -> (String, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, messages) in files {
            fs::write(folder.path().join(name), messages).expect("a file");
        }
        let system = system.iter().map(|name| (*name).to_owned());
        let (catalogue, errors) = chosen(asked, system, Some(folder.path()));
        let errors = errors.iter().map(ToString::to_string).collect();
        (catalogue.say("button-cancel", &[]), errors)
    }

    const GERMAN: (&str, &str) = ("de.ftl", "button-cancel = Abbrechen");
    const AUSTRIAN: (&str, &str) = ("de-AT.ftl", "button-close = Zu");

    #[test]
    fn the_language_is_the_one_asked_for_or_the_systems() {
        let system = said(None, &["de-CH", "en-US"], &[GERMAN]);
        assert_eq!(system, ("Abbrechen".to_owned(), Vec::new()));
        let asked = said(Some("en-GB"), &["de-CH"], &[GERMAN]);
        assert_eq!(asked, ("Cancel".to_owned(), Vec::new()));
        let none = said(None, &["C", "de"], &[GERMAN]);
        assert_eq!(none, ("Cancel".to_owned(), Vec::new()));
    }

    #[test]
    fn a_language_of_a_country_falls_back_on_the_language_itself() {
        let (said, _) = said(Some("de-AT"), &[], &[AUSTRIAN, GERMAN]);
        assert_eq!(said, "Abbrechen");
    }

    #[test]
    fn what_is_wrong_with_a_language_is_said() {
        let (text, errors) = said(Some("fr"), &[], &[GERMAN]);
        assert_eq!(text, "Cancel");
        assert_eq!(
            errors,
            [
                "LAMINA_LANGUAGE asks for \"fr\", which no file of a language here is named; it may be de, en"
            ]
        );
        let (text, errors) = said(
            Some("de"),
            &[],
            &[("de.ftl", "= nothing\nbutton-cancel = Nein")],
        );
        assert_eq!(text, "Nein");
        assert!(
            errors[0].contains("de.ftl is wrong in line 1"),
            "{errors:?}"
        );
    }
}
