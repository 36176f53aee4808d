/// Longest name part in bytes. Common file systems allow 255 for the whole name; encrypted ones about 140.
const MAX_NAME_BYTES: usize = 100;

/// The file name of layer `index` of `count`: `layer_03_Text_top.png`. Valid on every common file system.
pub fn layer_file_name(index: usize, count: usize, layer_name: &str) -> String {
    let digits = count.saturating_sub(1).to_string().len().max(2);
    let name = safe_name(layer_name);
    let separator = if name.is_empty() { "" } else { "_" };
    format!("layer_{index:0digits$}{separator}{name}.png")
}

/// Keeps letters, digits, marks and emoji of every script. What some file system or shell gives a meaning, and
/// space, becomes one `_`; what cannot be seen is left out. May be empty.
fn safe_name(name: &str) -> String {
    let mut safe = String::new();
    for character in name.chars().filter(|&c| !is_invisible(c)) {
        let unsafe_here = character.is_whitespace()
            || character.is_control()
            || (character.is_ascii_punctuation() && !"-.+()".contains(character));
        let character = if unsafe_here { '_' } else { character };
        if safe.len() + character.len_utf8() > MAX_NAME_BYTES {
            break;
        }
        if !(character == '_' && (safe.is_empty() || safe.ends_with('_'))) {
            safe.push(character);
        }
    }
    safe.trim_matches(['_', '.']).to_string()
}

/// Characters that take no space and would only mislead in a file name: direction marks and the like. The joiners
/// U+200C and U+200D stay; words of some scripts and some emoji need them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
    )
}
