//! The languages that there are, and which is the user's.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fluent_bundle::FluentResource;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::LanguageIdentifier;

use crate::built_in;
use crate::catalogue::Catalogue;

/// Names a language before the settings and the system do.
const VARIABLE: &str = "LAMINA_LANGUAGE";

/// The message in which a language calls itself.
const OWN_NAME: &str = "language-name";

/// Those in the program, and those of the user's files.
#[derive(Debug, Default)]
pub struct Languages {
    own: BTreeMap<LanguageIdentifier, String>,
    /// By [`VARIABLE`].
    asked: Option<String>,
    all: OnceLock<Vec<Language>>,
}

/// One that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// As its file is named: "de", "pt-BR".
    pub id: String,
    /// As it calls itself: "Deutsch".
    pub name: String,
}

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

impl Languages {
    /// Files in `folder` that are named after a language, such as `de.ftl`, go before those in the program, and
    /// `LAMINA_LANGUAGE` before each choice. With what the user should be told.
    pub fn of_user(folder: Option<&Path>) -> (Self, Vec<LanguageError>) {
        let asked = env::var(VARIABLE).ok().filter(|name| !name.is_empty());
        Self::found(asked, folder)
    }

    /// The same where `asked` stands for what `LAMINA_LANGUAGE` names.
    pub fn found(asked: Option<String>, folder: Option<&Path>) -> (Self, Vec<LanguageError>) {
        let (own, mut errors) = folder.map(files_in).unwrap_or_default();
        let languages = Self {
            own,
            asked,
            all: OnceLock::new(),
        };
        if let Some(name) = &languages.asked
            && languages.like([name.clone()]).is_empty()
        {
            let names: Vec<_> = languages.known().iter().map(ToString::to_string).collect();
            errors.push(LanguageError::Unknown(name.clone(), names.join(", ")));
        }
        (languages, errors)
    }

    /// What `LAMINA_LANGUAGE` names; nothing else is spoken then.
    pub fn asked(&self) -> Option<&str> {
        self.asked.as_deref()
    }

    /// In the order of their own names.
    pub fn all(&self) -> &[Language] {
        self.all.get_or_init(|| self.by_name())
    }

    fn by_name(&self) -> Vec<Language> {
        let named = |language: &LanguageIdentifier| {
            let id = language.to_string();
            let mut alone = Catalogue::empty();
            for source in self.sources(language) {
                alone = alone.preferring(&id, source);
            }
            let name = alone.message(OWN_NAME, &[]).unwrap_or_else(|| id.clone());
            Language { id, name }
        };
        let mut all: Vec<_> = self.known().iter().map(named).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The messages in the language that `LAMINA_LANGUAGE` names, or else the `chosen` one, or without one that is here
    /// the system's.
    pub fn catalogue(&self, chosen: Option<&str>) -> Catalogue {
        self.spoken(chosen, sys_locale::get_locales())
    }

    fn spoken(&self, chosen: Option<&str>, of_system: impl Iterator<Item = String>) -> Catalogue {
        let chosen = self.like(chosen.map(ToOwned::to_owned));
        let found = match &self.asked {
            Some(name) => self.like([name.clone()]),
            None if chosen.is_empty() => self.like(of_system),
            None => chosen,
        };
        let mut catalogue = Catalogue::default();
        for language in found.iter().rev() {
            for source in self.sources(language) {
                catalogue = catalogue.preferring(&language.to_string(), source);
            }
        }
        catalogue
    }

    fn known(&self) -> Vec<LanguageIdentifier> {
        let of_program = built_in::ALL
            .iter()
            .filter_map(|(name, _)| name.parse().ok());
        let known: BTreeSet<_> = of_program.chain(self.own.keys().cloned()).collect();
        known.into_iter().collect()
    }

    /// Those that suit whoever speaks `wanted`, the best first.
    fn like(&self, wanted: impl IntoIterator<Item = String>) -> Vec<LanguageIdentifier> {
        // "C" is no language: what it stands for is English.
        let wanted = wanted.into_iter().map_while(|name| name.parse().ok());
        let wanted: Vec<LanguageIdentifier> = wanted.collect();
        let known = self.known();
        let found = negotiate_languages(&wanted, &known, None, NegotiationStrategy::Filtering);
        found.into_iter().cloned().collect()
    }

    /// Of one language, the user's own last.
    fn sources(&self, language: &LanguageIdentifier) -> impl Iterator<Item = &str> {
        let own = self.own.get(language).map(String::as_str);
        let of_program = built_in::messages(&language.to_string());
        of_program.into_iter().chain(own)
    }
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

    /// With a folder of these files, and what the user is told of them.
    fn languages(asked: Option<&str>, files: &[(&str, &str)]) -> (Languages, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, messages) in files {
            fs::write(folder.path().join(name), messages).expect("a file");
        }
        let asked = asked.map(ToOwned::to_owned);
        let (languages, errors) = Languages::found(asked, Some(folder.path()));
        (languages, errors.iter().map(ToString::to_string).collect())
    }

    /// What a button says to whoever chose so, or else on such a system.
    fn said(languages: &Languages, chosen: Option<&str>, system: &[&str]) -> String {
        let system = system.iter().map(|name| (*name).to_owned());
        languages.spoken(chosen, system).say("button-cancel", &[])
    }

    const FRENCH: (&str, &str) = (
        "fr.ftl",
        "language-name = Français\nbutton-cancel = Annuler",
    );
    const CANADIAN: (&str, &str) = ("fr-CA.ftl", "button-close = Fermer");

    #[test]
    fn the_language_is_the_one_asked_for_or_chosen_or_the_systems() {
        let (free, _) = languages(None, &[FRENCH]);
        assert_eq!(said(&free, None, &["fr-CH", "en-US"]), "Annuler");
        assert_eq!(said(&free, None, &["C", "fr"]), "Cancel");
        assert_eq!(said(&free, Some("en"), &["fr-CH"]), "Cancel");
        assert_eq!(said(&free, Some("fr"), &["en"]), "Annuler");
        assert_eq!(said(&free, Some("gone"), &["fr"]), "Annuler");
        let (asked, _) = languages(Some("en-GB"), &[FRENCH]);
        assert_eq!(said(&asked, Some("fr"), &["fr"]), "Cancel");
    }

    #[test]
    fn languages_are_listed_by_their_own_names() {
        let listed = |files: &[(&str, &str)]| {
            let (languages, _) = languages(None, files);
            let all = languages.all().iter();
            all.map(|language| (language.id.clone(), language.name.clone()))
                .collect::<Vec<_>>()
        };
        let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let without = listed(&[]);
        assert!(without.contains(&pair("en", "English")), "{without:?}");
        let with = listed(&[FRENCH, CANADIAN]);
        assert!(with.contains(&pair("fr", "Français")), "{with:?}");
        assert!(with.contains(&pair("fr-CA", "fr-CA")), "{with:?}");
        assert_eq!(with.len(), without.len() + 2);
    }

    #[test]
    fn a_language_of_a_country_falls_back_on_the_language_itself() {
        let (languages, _) = languages(Some("fr-CA"), &[CANADIAN, FRENCH]);
        assert_eq!(said(&languages, None, &[]), "Annuler");
    }

    #[test]
    fn what_is_wrong_with_a_language_is_said() {
        let (unknown, errors) = languages(Some("tlh"), &[FRENCH]);
        assert_eq!(said(&unknown, None, &["fr"]), "Cancel");
        let [error] = &errors[..] else {
            panic!("{errors:?}");
        };
        assert!(error.starts_with("LAMINA_LANGUAGE asks for \"tlh\""));
        assert!(error.contains("en, fr"), "{error}");
        let (damaged, errors) = languages(Some("fr"), &[("fr.ftl", "= rien\nbutton-cancel = Non")]);
        assert_eq!(said(&damaged, None, &[]), "Non");
        assert!(
            errors[0].contains("fr.ftl is wrong in line 1"),
            "{errors:?}"
        );
    }
}
