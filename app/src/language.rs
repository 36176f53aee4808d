//! The language that the program speaks.

use session::Settings;

/// Before anything is said. What is wrong with a language's file is said, and stops nothing.
pub fn choose() {
    let folder = Settings::user_file().map(|file| file.with_file_name("languages"));
    let (catalogue, problems) = words::of_user(folder.as_deref());
    words::speak(catalogue);
    for problem in problems {
        eprintln!("lamina: {problem}");
    }
}
