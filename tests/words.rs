//! The catalogue of what the program says, held against the code that says it.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

#[path = "support/said.rs"]
mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use said::{Saying, files_below, literals, sayings};

const LANGUAGES: &str = "words/languages";
const ENGLISH: &str = "en.ftl";
/// Who speaks.
const SPEAKERS: [&str; 4] = ["src", "session/src", "editor/src", "words/src"];

fn app() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The arguments of each message and attribute.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn english() -> Messages {
    messages_of(&app().join(LANGUAGES).join(ENGLISH))
}

fn messages_of(file: &Path) -> Messages {
    let source = fs::read_to_string(file).expect("the language is read");
    let resource = fluent_syntax::parser::parse(source).map_err(|(_, faults)| faults);
    let mut messages = BTreeMap::new();
    let mut add = |key: String, pattern: &Pattern<String>| {
        let mut arguments = BTreeSet::new();
        arguments_of(pattern, &mut arguments);
        let twice = messages.insert(key.clone(), arguments);
        assert!(twice.is_none(), "{}: {key} is there twice", file.display());
    };
    for entry in resource.expect("the language is Fluent").body {
        let Entry::Message(message) = entry else {
            continue;
        };
        let key = message.id.name;
        for attribute in &message.attributes {
            let key = format!("{key}.{}", attribute.id.name);
            add(key, &attribute.value);
        }
        if let Some(pattern) = &message.value {
            add(key, pattern);
        }
    }
    messages
}

fn arguments_of(pattern: &Pattern<String>, into: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        let inline = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    arguments_of(&variant.value, into);
                }
                selector
            }
        };
        if let InlineExpression::VariableReference { id } = inline {
            into.insert(id.name.clone());
        }
    }
}

fn said() -> Vec<Saying> {
    let sources = SPEAKERS.map(|folder| files_below(&app().join(folder)));
    sources
        .iter()
        .flatten()
        .flat_map(|file| sayings(file))
        .collect()
}

#[test]
fn what_the_program_says_is_in_the_catalogue_with_the_arguments_that_are_given() {
    let english = english();
    for Saying { key, arguments, at } in said() {
        let Some(wanted) = english.get(&key) else {
            panic!("{at}: {key} is not in {ENGLISH}");
        };
        assert_eq!(arguments, *wanted, "{at}: the arguments of {key}");
    }
}

/// How a language calls itself, in the list of all.
const OWN_NAME: &str = "language-name";

#[test]
fn all_of_the_catalogue_is_said() {
    let said: BTreeSet<String> = said().into_iter().map(|saying| saying.key).collect();
    let unsaid: Vec<_> = english()
        .into_keys()
        .filter(|key| key != OWN_NAME && !said.contains(key))
        .collect();
    assert!(unsaid.is_empty(), "nothing says {unsaid:?}");
}

/// A file of the user's own may lack some; one that comes with the program may not.
#[test]
fn each_language_has_all_of_english_with_its_arguments() {
    let english = english();
    let files = fs::read_dir(app().join(LANGUAGES)).expect("the languages are there");
    let mut others = 0;
    for file in files.map(|file| file.expect("a file").path()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let messages = messages_of(&file);
        for (key, arguments) in &english {
            let Some(own) = messages.get(key) else {
                panic!("{name} lacks {key}");
            };
            assert_eq!(own, arguments, "{name}: the arguments of {key}");
        }
        let unknown: Vec<_> = messages
            .keys()
            .filter(|key| !english.contains_key(*key))
            .collect();
        assert!(unknown.is_empty(), "{name}: English has no {unknown:?}");
        others += usize::from(name != ENGLISH);
    }
    assert!(others > 0, "there is no other language");
}

/// Words outside the catalogue that no user reads: names of widgets, and of the program for the system.
const UNREAD: [&str; 9] = [
    "a panel's height changed",
    "blend mode",
    "job button",
    "job progress",
    "Lamina",
    "layers and properties",
    "negative prompt that is switched off",
    "status bar",
    "top bar",
];

#[test]
fn the_window_says_nothing_that_is_not_in_the_catalogue() {
    for file in files_below(&app().join("editor/src")) {
        for (literal, at) in literals(&file) {
            let is_read = !UNREAD.contains(&literal.as_str());
            assert!(
                !(is_read && is_prose(&literal)),
                "{at}: \"{literal}\" is no message"
            );
        }
    }
}

/// Two words, or one that begins as a sentence or a label does.
fn is_prose(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let is_word = |c: &char| c.is_alphabetic() || ['{', '}'].contains(c);
    let has_words = letters
        .windows(3)
        .any(|three| is_word(&three[0]) && three[1] == ' ' && is_word(&three[2]));
    let is_label =
        matches!(letters[..], [first, second, ..] if first.is_uppercase() && second.is_lowercase());
    has_words || is_label
}

/// The language that is asked for, from the user's own folder.
#[test]
fn the_program_speaks_a_language_of_the_users_own() {
    let home = tempfile::tempdir().expect("a folder");
    let languages = home.path().join("lamina/languages");
    fs::create_dir_all(&languages).expect("a folder");
    let german = "convert-unknown-format = { $file } hat eine unbekannte Endung";
    fs::write(languages.join("de.ftl"), german).expect("a file");
    let said = |language: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_lamina"))
            .args(["convert", "in.png", "out.xyz"])
            .env("XDG_CONFIG_HOME", home.path())
            .env("LAMINA_LANGUAGE", language)
            .output()
            .expect("the program runs");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert_eq!(
        said("de-AT"),
        "lamina: out.xyz hat eine unbekannte Endung\n"
    );
    assert!(said("en").starts_with("lamina: out.xyz ends in no format"));
    assert!(said("fr").starts_with("lamina: LAMINA_LANGUAGE asks for \"fr\""));
}
