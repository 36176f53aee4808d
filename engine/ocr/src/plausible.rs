/// Whether a reading is text, and not a petal taken for a letter.
pub fn is_text(words: &str, confidence: f32, score: f32) -> bool {
    let letters: Vec<char> = words.chars().filter(|c| c.is_alphanumeric()).collect();
    match letters[..] {
        [] => false,
        // Rings and strokes read as these.
        [only] => {
            !"0OoIl1ICcUuVvJ一丨〇口へノ人".contains(only) && confidence > 0.9 && score > 0.75
        }
        [_, _] => confidence > 0.8 && score > 0.65,
        // Fancy lettering reads badly, but the map is sure of it.
        _ => confidence > 0.6 || (confidence > 0.5 && score > 0.85 && letters.len() > 4),
    }
}
