//! The names by which Photoshop knows fonts, of families that people write.

/// On every computer that has Photoshop; what it lacks Photoshop takes from other fonts.
const ARIAL: &str = "ArialMT";
/// Longest PostScript name that fonts may have, in bytes.
const MAX_BYTES: usize = 63;
/// What PostScript gives a meaning.
const MEANINGFUL: &str = "[](){}<>/%";

/// Families whose regular font is not called as [`postscript_name`] would, spaces left out, with its name.
const OTHERWISE: &[(&str, &str)] = &[
    ("Arial", ARIAL),
    ("Arial Black", "Arial-Black"),
    ("Arial Narrow", "ArialNarrow"),
    ("Calibri", "Calibri"),
    ("Cambria", "Cambria"),
    ("Candara", "Candara"),
    ("Century Gothic", "CenturyGothic"),
    ("Comic Sans MS", "ComicSansMS"),
    ("Consolas", "Consolas"),
    ("Constantia", "Constantia"),
    ("Corbel", "Corbel"),
    ("Courier New", "CourierNewPSMT"),
    ("Futura", "Futura-Medium"),
    ("Garamond", "Garamond"),
    ("Georgia", "Georgia"),
    ("Gill Sans", "GillSans"),
    ("Helvetica", "Helvetica"),
    ("Helvetica Neue", "HelveticaNeue"),
    ("Impact", "Impact"),
    ("Malgun Gothic", "MalgunGothic"),
    ("Meiryo", "Meiryo"),
    ("Microsoft YaHei", "MicrosoftYaHei"),
    ("MS Gothic", "MS-Gothic"),
    ("MS Mincho", "MS-Mincho"),
    ("Segoe UI", "SegoeUI"),
    ("SimHei", "SimHei"),
    ("SimSun", "SimSun"),
    ("Tahoma", "Tahoma"),
    ("Times New Roman", "TimesNewRomanPSMT"),
    ("Trebuchet MS", "TrebuchetMS"),
    ("Verdana", "Verdana"),
];

/// What the names of a family's other fonts begin with after the hyphen.
const STYLES: &[&str] = &[
    "Black",
    "Bold",
    "Book",
    "Condensed",
    "Demi",
    "Extra",
    "Heavy",
    "Italic",
    "Light",
    "Medium",
    "Oblique",
    "Regular",
    "Roman",
    "Semi",
    "Thin",
    "Ultra",
];

/// Of a family's regular font: as a rule the family's without spaces and "-Regular". What has a hyphen is taken for such a
/// name already, and what ends as Monotype's do; for a name that no font can have it is Arial's.
pub fn postscript_name(family: &str) -> String {
    let joined = without_spaces(family);
    let is_possible = !joined.is_empty()
        && joined
            .chars()
            .all(|c| c.is_ascii_graphic() && !MEANINGFUL.contains(c));
    if !is_possible {
        return ARIAL.to_owned();
    }
    let is_known = |known: &str| without_spaces(known).eq_ignore_ascii_case(&joined);
    let otherwise = OTHERWISE.iter().find(|(known, _)| is_known(known));
    let name = match otherwise {
        Some((_, name)) => (*name).to_owned(),
        None if joined.contains('-') || joined.ends_with("MT") => joined,
        None => format!("{joined}-Regular"),
    };
    match name.len() {
        ..=MAX_BYTES => name,
        _ => ARIAL.to_owned(),
    }
}

/// The family of which [`postscript_name`] makes `font`; the name itself of a bold or italic font, and of others of which it
/// cannot.
pub fn font_family(font: &str) -> String {
    let otherwise = OTHERWISE.iter().find(|(_, name)| *name == font);
    let family = match (otherwise, font.strip_suffix("-Regular").unwrap_or(font)) {
        (Some((family, _)), _) => (*family).to_owned(),
        (None, styled) if styled.contains('-') => font.to_owned(),
        (None, regular) => spaced(regular),
    };
    match postscript_name(&family) == font {
        true => family,
        false => font.to_owned(),
    }
}

/// A font as programs know it that choose it by family and style.
#[derive(Debug, PartialEq, Eq)]
pub struct Face {
    pub family: String,
    pub is_bold: bool,
    pub is_italic: bool,
}

impl Face {
    /// Of what stands as a text's family: that, or a font's PostScript name.
    pub fn of(name: &str) -> Self {
        let parts = name.split_once('-');
        let parts = parts.filter(|(_, style)| STYLES.iter().any(|s| style.starts_with(s)));
        let (family, style) = match parts {
            Some((family, style)) => (spaced(family.trim_end_matches("PS")), style),
            None => (name.to_owned(), ""),
        };
        Self {
            family,
            is_bold: style.contains("Bold"),
            is_italic: is_slanted(style),
        }
    }
}

/// Adobe's own end with "It".
fn is_slanted(style: &str) -> bool {
    style.contains("Italic") || style.contains("Oblique") || style.ends_with("It")
}

fn without_spaces(family: &str) -> String {
    family.split_whitespace().collect()
}

/// Its words apart: where a capital follows a small letter, or begins a word after other capitals.
fn spaced(joined: &str) -> String {
    let letters: Vec<char> = joined.chars().collect();
    let mut apart = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                let next_is_small = letters.get(index + 1).is_some_and(|n| n.is_lowercase());
                before.is_lowercase() || before.is_uppercase() && next_is_small
            });
        if begins {
            apart.push(' ');
        }
        apart.push(*letter);
    }
    apart
}
