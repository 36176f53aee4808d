//! Numbers with the language's decimal sign.

/// "3.10", or "3,10".
pub fn decimal(value: f64, digits: usize) -> String {
    format!("{value:.digits$}").replace('.', crate::say!("unit-decimal-sign"))
}

/// What was typed, with that sign or a point.
pub fn typed_number(text: &str) -> Option<f64> {
    let text = text.trim().replace(crate::say!("unit-decimal-sign"), ".");
    // As sliders write it.
    text.replace('−', "-").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        assert_eq!(decimal(-2.5041, 2), "-2.50");
        for text in ["-2.50", " −2.5"] {
            assert_eq!(typed_number(text), Some(-2.5));
        }
        assert_eq!(typed_number("three"), None);
    }
}
