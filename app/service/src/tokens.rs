use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::ServiceError;

/// What clients prove themselves with. Only hashes are kept.
#[derive(Clone, Default)]
pub struct Tokens(Vec<[u8; 32]>);

impl Tokens {
    /// Shorter ones could be guessed.
    pub const SHORTEST: usize = 16;

    /// One a line; blank lines and such that begin with `#` are none.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no token, or one that is too short.
    pub fn read(path: &Path) -> Result<Self, ServiceError> {
        let text = fs::read_to_string(path).map_err(|error| ServiceError::Tokens {
            path: path.to_owned(),
            error,
        })?;
        let lines = text.lines().map(str::trim);
        let tokens: Vec<_> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        if tokens.is_empty() || tokens.iter().any(|token| token.len() < Self::SHORTEST) {
            return Err(ServiceError::NoToken {
                path: path.to_owned(),
                shortest: Self::SHORTEST,
            });
        }
        Ok(Self(tokens.into_iter().map(hash).collect()))
    }

    /// Whether clients need one.
    pub fn are_needed(&self) -> bool {
        !self.0.is_empty()
    }

    /// Takes the same time for a wrong token however much of it is right: all hashes are compared whole.
    pub fn accept(&self, token: &str) -> bool {
        let given = hash(token);
        let known = self.0.iter().map(|known| known.ct_eq(&given));
        known.fold(Choice::from(0), |any, one| any | one).into()
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_of_a_token_is_accepted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(
            &file,
            "# of the shop\n0123456789abcdef\n\nanother-long-token \n",
        )
        .unwrap();
        let tokens = Tokens::read(file.path()).unwrap();
        assert!(tokens.accept("0123456789abcdef") && tokens.accept("another-long-token"));
        for wrong in ["", "0123456789abcde", "0123456789abcdef0", "# of the shop"] {
            assert!(!tokens.accept(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_file_without_a_good_token_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in ["", "# nothing\n", "0123456789abcdef\nshort\n"] {
            fs::write(&file, text).unwrap();
            assert!(Tokens::read(file.path()).is_err(), "{text:?}");
        }
    }
}
