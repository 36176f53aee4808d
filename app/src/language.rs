//! The language that the program speaks.

use session::Settings;
use words::Languages;

/// Before anything is said; gives all that there are. What is wrong with a language's file is said, and stops nothing.
pub fn choose() -> Languages {
    let folder = Settings::user_file().map(|file| file.with_file_name("languages"));
    let (languages, problems) = Languages::of_user(folder.as_deref());
    let chosen = Settings::load().language;
    words::speak(languages.catalogue(chosen.as_deref()));
    for problem in problems {
        eprintln!("lamina: {problem}");
    }
    languages
}
