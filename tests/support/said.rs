//! What Rust sources say to a user, found in their tokens.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};

/// One place that says a message.
pub struct Saying {
    /// With its attribute: "action-quit.tooltip".
    pub key: String,
    pub arguments: BTreeSet<String>,
    /// For a person.
    pub at: String,
}

/// The Rust files below a folder, without those of unit tests.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is read");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.flat_map(|path| match path.is_dir() {
        true => files_below(&path),
        false => vec![path],
    });
    let is_source = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".rs") && !name.ends_with("tests.rs")
    };
    files.filter(is_source).collect()
}

pub fn sayings(file: &Path) -> Vec<Saying> {
    let mut found = Vec::new();
    walk(
        tokens(file),
        &mut |name, inside| {
            match name {
                // Whose arguments may be said in turn.
                "say" | "key" => {
                    found.extend(saying(inside, file));
                    return false;
                }
                "actions" => found.extend(actions(inside, file)),
                _ => return false,
            }
            true
        },
        &mut |_| (),
    );
    found
}

/// All text that is no message's key, and where it is.
pub fn literals(file: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let is_catalogue = &mut |name: &str, _: TokenStream| ["say", "key", "actions"].contains(&name);
    walk(tokens(file), is_catalogue, &mut |literal| {
        found.extend(text(literal).map(|text| (text, place(file, literal))));
    });
    found
}

fn tokens(file: &Path) -> TokenStream {
    let source = fs::read_to_string(file).expect("a source is text");
    source.parse().expect("a source is Rust")
}

/// Goes through all but attributes, with them comments, and modules of tests. `on_macro` is told of each that is called
/// and says whether it is done with what is inside.
fn walk(
    tokens: TokenStream,
    on_macro: &mut dyn FnMut(&str, TokenStream) -> bool,
    on_literal: &mut dyn FnMut(&Literal),
) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut is_test = false;
    for (index, token) in tokens.iter().enumerate() {
        let before = |back: usize| index.checked_sub(back).map(|at| &tokens[at]);
        let is_punct = |token: Option<&TokenTree>, sign: char| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
        match token {
            TokenTree::Literal(literal) => on_literal(literal),
            TokenTree::Group(group) => {
                let inside = group.stream();
                let follows_hash = is_punct(before(1), '#')
                    || is_punct(before(1), '!') && is_punct(before(2), '#');
                if group.delimiter() == Delimiter::Bracket && follows_hash {
                    let attribute = inside.to_string().replace(' ', "");
                    is_test |= attribute == "cfg(test)";
                    continue;
                }
                if group.delimiter() == Delimiter::Brace && std::mem::take(&mut is_test) {
                    continue;
                }
                let called = match before(2) {
                    Some(TokenTree::Ident(name)) if is_punct(before(1), '!') => name.to_string(),
                    _ => String::new(),
                };
                if !on_macro(&called, inside.clone()) {
                    walk(inside, on_macro, on_literal);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// `None` where a macro passes a key on.
fn saying(inside: TokenStream, file: &Path) -> Option<Saying> {
    let tokens: Vec<TokenTree> = inside.into_iter().collect();
    let Some(TokenTree::Literal(literal)) = tokens.first() else {
        return None;
    };
    let mut key = text(literal)?;
    let is_sign = |token: &TokenTree, sign: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
    if let [_, dot, attribute, ..] = &tokens[..]
        && is_sign(dot, '.')
    {
        key = format!("{key}.{attribute}");
    }
    let named = tokens.windows(3).filter_map(|three| match three {
        [comma, TokenTree::Ident(name), equals] if is_sign(comma, ',') && is_sign(equals, '=') => {
            Some(name.to_string())
        }
        _ => None,
    });
    Some(Saying {
        key,
        arguments: named.collect(),
        at: place(file, literal),
    })
}

/// The table's literals are keys, each with a tooltip.
fn actions(inside: TokenStream, file: &Path) -> Vec<Saying> {
    let mut found = Vec::new();
    walk(inside, &mut |_, _| false, &mut |literal| {
        let both = |key: String| [format!("{key}.tooltip"), key];
        found.extend(text(literal).into_iter().flat_map(both).map(|key| Saying {
            key,
            arguments: BTreeSet::new(),
            at: place(file, literal),
        }));
    });
    found
}

fn text(literal: &Literal) -> Option<String> {
    let text = literal.to_string();
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    Some(inside.to_owned())
}

fn place(file: &Path, literal: &Literal) -> String {
    format!("{}:{}", file.display(), literal.span().start().line)
}
