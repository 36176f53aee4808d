/// Long names are shortened: only the beginning of the words must be there.
const BEGINNING: usize = 20;

/// How much of the beginning of `words` is found in a layer's name, 0..1; case, spaces and punctuation do not count.
pub fn held(name: &str, words: &str) -> f64 {
    let cut = name.trim_end().ends_with(['…', '.']);
    let (name, mut words) = (letters(name), letters(words));
    words.truncate(if cut {
        name.len().clamp(8, BEGINNING)
    } else {
        BEGINNING
    });
    if words.is_empty() {
        return 0.0;
    }
    1.0 - edits(&words, &name) as f64 / words.len() as f64
}

fn letters(text: &str) -> Vec<char> {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// The fewest edits that make `pattern` of any part of `text` (Sellers, 1980).
fn edits(pattern: &[char], text: &[char]) -> usize {
    let mut above = vec![0; text.len() + 1];
    for (n, p) in pattern.iter().enumerate() {
        let mut row = vec![n + 1];
        for (j, t) in text.iter().enumerate() {
            let changed = above[j] + usize::from(p != t);
            row.push(changed.min(above[j + 1] + 1).min(row[j] + 1));
        }
        above = row;
    }
    above.into_iter().min().unwrap_or(pattern.len())
}

#[cfg(test)]
mod tests {
    use super::held;

    #[test]
    fn names_hold_words_though_shortened_or_misread_a_little() {
        assert_eq!(held("Happy Halloween!", "HAPPY  HALLOWEEN"), 1.0);
        assert_eq!(held("Text: summer fair", "Summer Fair"), 1.0);
        assert_eq!(held("Saturday 14…", "Saturday 14 June, 10 am to 4 pm"), 1.0);
        assert!(held("Summcr Fair", "Summer Fair") >= 0.8);
        assert!(held("Text 2", "Summer Fair") < 0.5);
        assert!(held("S…", "Summer Fair") < 0.5);
        assert_eq!(held("春季促销", "春季 促销"), 1.0);
        assert!(held("", "Hot") == 0.0);
    }
}
