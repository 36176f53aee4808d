/// A capital's height in ems, as in Arial.
const CAPITAL: f64 = 0.716;
/// The height of an ideograph or a syllable of Hangul in ems, and what of it lies under the baseline.
const IDEOGRAPH: f64 = 0.92;
const UNDER_IDEOGRAPH: f64 = 0.08;
/// How far letters reach under the baseline, in ems, as in Arial.
const DESCENDER: f64 = 0.21;

/// How tall the letters of some words are, in ems: by that a [`Text`](crate::Text)'s size becomes that of a font, and back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letters {
    /// Of a capital, or an ideograph where most are such.
    pub height: f64,
    /// Of that, under the baseline.
    pub under: f64,
    /// What of the last line reaches further down.
    pub under_last: f64,
}

impl Letters {
    pub fn of(words: &str) -> Self {
        let (ideographs, others): (Vec<char>, Vec<char>) = words
            .chars()
            .filter(|c| c.is_alphanumeric())
            .partition(|c| is_ideograph(*c));
        if ideographs.len() > others.len() {
            return Self {
                height: IDEOGRAPH,
                under: UNDER_IDEOGRAPH,
                under_last: 0.0,
            };
        }
        let last = words.lines().next_back().unwrap_or_default();
        let descends = last.chars().any(|c| "gjpqyQ,;()[]{}".contains(c));
        Self {
            height: CAPITAL,
            under: 0.0,
            under_last: if descends { DESCENDER } else { 0.0 },
        }
    }
}

/// A letter of Chinese, Japanese or Korean.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{20000}'..='\u{3FFFF}')
}
