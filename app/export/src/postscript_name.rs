//! The names by which Photoshop knows fonts, of families that people write.

/// On every computer that has Photoshop; what it lacks Photoshop takes from other fonts.
const ARIAL: &str = "ArialMT";
/// Longest PostScript name that fonts may have, in bytes.
const MAX_BYTES: usize = 63;
/// What PostScript gives a meaning.
const MEANINGFUL: &str = "[](){}<>/%";

/// Families whose regular font is not called as [`postscript_name`] would, spaces left out, with its name.
const OTHERWISE: &[(&str, &str)] = &[
    ("arial", ARIAL),
    ("arialblack", "Arial-Black"),
    ("arialnarrow", "ArialNarrow"),
    ("calibri", "Calibri"),
    ("cambria", "Cambria"),
    ("candara", "Candara"),
    ("centurygothic", "CenturyGothic"),
    ("comicsansms", "ComicSansMS"),
    ("consolas", "Consolas"),
    ("constantia", "Constantia"),
    ("corbel", "Corbel"),
    ("couriernew", "CourierNewPSMT"),
    ("futura", "Futura-Medium"),
    ("garamond", "Garamond"),
    ("georgia", "Georgia"),
    ("gillsans", "GillSans"),
    ("helvetica", "Helvetica"),
    ("helveticaneue", "HelveticaNeue"),
    ("impact", "Impact"),
    ("malgungothic", "MalgunGothic"),
    ("meiryo", "Meiryo"),
    ("microsoftyahei", "MicrosoftYaHei"),
    ("msgothic", "MS-Gothic"),
    ("msmincho", "MS-Mincho"),
    ("segoeui", "SegoeUI"),
    ("simhei", "SimHei"),
    ("simsun", "SimSun"),
    ("tahoma", "Tahoma"),
    ("timesnewroman", "TimesNewRomanPSMT"),
    ("trebuchetms", "TrebuchetMS"),
    ("verdana", "Verdana"),
];

/// Of a family's regular font: as a rule the family's without spaces and "-Regular". What has a hyphen is taken for such a
/// name already; for a name that no font can have it is Arial's.
pub fn postscript_name(family: &str) -> String {
    let joined: String = family.split_whitespace().collect();
    let is_possible = !joined.is_empty()
        && joined
            .chars()
            .all(|c| c.is_ascii_graphic() && !MEANINGFUL.contains(c));
    if !is_possible {
        return ARIAL.to_owned();
    }
    let lower = joined.to_ascii_lowercase();
    let otherwise = OTHERWISE.iter().find(|(known, _)| *known == lower);
    let name = match otherwise {
        Some((_, name)) => (*name).to_owned(),
        None if joined.contains('-') => joined,
        None => format!("{joined}-Regular"),
    };
    match name.len() {
        ..=MAX_BYTES => name,
        _ => ARIAL.to_owned(),
    }
}
