use std::fs;
use std::path::Path;

use runtime::weights::{WeightFiles, refuse_lfs_pointer};
use serde_json::Value;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::models::wordlevel::WordLevel;
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior};

use crate::text_encoder::templates::IMAGE_PAD;
use crate::{ModelError, Result};

/// The published tokenizer.json has 7 MB.
const MAX_BYTES: u64 = 64 << 20;
/// How Qwen2 cuts text before byte-pair encoding (transformers 5.23, `models/qwen2/tokenization_qwen2.py`).
const WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The published special tokens in the order of their ids, which follow the vocabulary's.
const SPECIAL: [&str; 14] = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    IMAGE_PAD,
    "<|video_pad|>",
];

/// Qwen2's byte-level tokenizer.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    image_pad: u32,
}

impl Tokenizer {
    /// From tokenizer.json of a folder, or from its vocab.json and merges.txt.
    pub fn open(folder: &Path) -> Result<Self> {
        let whole = folder.join("tokenizer.json");
        let [vocabulary, merges] = ["vocab.json", "merges.txt"].map(|name| folder.join(name));
        let broken = |reason: String| ModelError::Tokenizer {
            path: folder.to_owned(),
            reason,
        };
        let inner = if whole.is_file() {
            check(&whole)?;
            tokenizers::Tokenizer::from_file(&whole).map_err(|error| broken(error.to_string()))?
        } else if vocabulary.is_file() && merges.is_file() {
            check(&vocabulary)?;
            check(&merges)?;
            build(&vocabulary, &merges, &special_tokens(folder))
                .map_err(|error| broken(error.to_string()))?
        } else {
            return Err(ModelError::missing(
                folder,
                "tokenizer.json, or vocab.json and merges.txt",
            ));
        };
        Self::new(inner, folder)
    }

    /// The one in a text encoder's GGUF.
    pub(crate) fn of_gguf(files: &WeightFiles) -> Result<Option<Self>> {
        for (path, metadata, file) in files.described() {
            let texts = |name: &str| metadata.texts(&format!("tokenizer.ggml.{name}"), file);
            let (Some(tokens), Some(merges)) = (texts("tokens"), texts("merges")) else {
                continue;
            };
            let kinds = metadata.numbers("tokenizer.ggml.token_type", file);
            let inner = build_of_gguf(&tokens, &merges, &kinds.unwrap_or_default());
            let inner = inner.map_err(|error| ModelError::Tokenizer {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
            return Self::new(inner, path).map(Some);
        }
        Ok(None)
    }

    fn new(mut inner: tokenizers::Tokenizer, path: &Path) -> Result<Self> {
        let broken = |reason: String| ModelError::Tokenizer {
            path: path.to_owned(),
            reason,
        };
        inner
            .with_truncation(None)
            .map_err(|error| broken(error.to_string()))?;
        inner.with_padding(None);
        let image_pad = inner
            .token_to_id(IMAGE_PAD)
            .ok_or_else(|| broken(format!("it has no {IMAGE_PAD}")))?;
        Ok(Self { inner, image_pad })
    }

    /// For random weights: every word, sign and line break is one unknown token, which makes the templates about as long
    /// as the model's own tokenizer does.
    pub fn of_words() -> Result<Self> {
        let broken = |error: tokenizers::Error| ModelError::Tokenizer {
            path: "the tokenizer of words".into(),
            reason: error.to_string(),
        };
        let inner = build_of_words().map_err(broken)?;
        let image_pad = inner.token_to_id(IMAGE_PAD).unwrap_or_default();
        Ok(Self { inner, image_pad })
    }

    /// Special tokens written out in `text` become their ids.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self
            .inner
            .encode_fast(text, true)
            .map_err(|error| ModelError::Request(format!("the prompt cannot be read: {error}")))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Without special tokens; bytes that make no character become U+FFFD.
    pub fn decode(&self, tokens: &[u32]) -> Result<String> {
        self.inner
            .decode(tokens, true)
            .map_err(|error| ModelError::Request(format!("the caption cannot be read: {error}")))
    }

    pub fn image_pad(&self) -> u32 {
        self.image_pad
    }
}

fn check(path: &Path) -> Result<()> {
    let length = fs::metadata(path)
        .map_err(|error| ModelError::io(path, error))?
        .len();
    if length > MAX_BYTES {
        return Err(ModelError::config(path, "the file is too large"));
    }
    refuse_lfs_pointer(path)
}

fn build(
    vocabulary: &Path,
    merges: &Path,
    special: &[String],
) -> tokenizers::Result<tokenizers::Tokenizer> {
    let [vocabulary, merges] = [vocabulary, merges].map(|path| path.to_string_lossy().into_owned());
    assemble(BPE::from_file(&vocabulary, &merges).build()?, special)
}

/// `kinds` by ggml's numbers (ggml-org/llama.cpp, `gguf-py/gguf/constants.py`, `TokenType`).
fn build_of_gguf(
    tokens: &[&str],
    merges: &[&str],
    kinds: &[f64],
) -> tokenizers::Result<tokenizers::Tokenizer> {
    const CONTROL: f64 = 3.0;
    const USER_DEFINED: f64 = 4.0;
    const UNUSED: f64 = 5.0;
    let kind = |index: usize| kinds.get(index).copied().unwrap_or_default();
    let used = tokens.iter().zip(0u32..);
    let used = used.filter(|(_, id)| kind(*id as usize) != UNUSED);
    let vocabulary: Vocab = used.map(|(token, id)| ((*token).to_owned(), id)).collect();
    let pairs = merges.iter().filter_map(|merge| merge.split_once(' '));
    let pairs = pairs.map(|(first, second)| (first.to_owned(), second.to_owned()));
    let special = tokens.iter().enumerate();
    let special = special.filter(|(index, _)| [CONTROL, USER_DEFINED].contains(&kind(*index)));
    let special: Vec<_> = special.map(|(_, token)| (*token).to_owned()).collect();
    let model = BPE::builder().vocab_and_merges(vocabulary, pairs.collect::<Vec<_>>());
    assemble(model.build()?, &special)
}

/// Qwen2's way around its vocabulary.
fn assemble(model: BPE, special: &[String]) -> tokenizers::Result<tokenizers::Tokenizer> {
    let split = Split::new(
        SplitPattern::Regex(WORDS.into()),
        SplitDelimiterBehavior::Isolated,
        false,
    )?;
    let bytes = ByteLevel::new(false, false, false);
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    tokenizer
        .with_normalizer(Some(NFC))?
        .with_pre_tokenizer(Some(Sequence::new(vec![split.into(), bytes.into()])))
        .with_decoder(Some(bytes));
    let special: Vec<_> = special
        .iter()
        .map(|token| AddedToken::from(token.as_str(), true))
        .collect();
    tokenizer.add_special_tokens(special)?;
    Ok(tokenizer)
}

fn build_of_words() -> tokenizers::Result<tokenizers::Tokenizer> {
    const UNKNOWN: &str = "<unk>";
    let model = WordLevel::builder()
        .vocab([(UNKNOWN.to_owned(), 0)].into_iter().collect())
        .unk_token(UNKNOWN.into())
        .build()?;
    let split = Split::new(
        SplitPattern::Regex(r"\n|\w+|[^\w\s]".into()),
        SplitDelimiterBehavior::Removed,
        true,
    )?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(split));
    tokenizer.add_special_tokens(SPECIAL.map(|token| AddedToken::from(token, true)))?;
    Ok(tokenizer)
}

/// In the order of their ids: tokenizer_config.json's list, or the published one.
fn special_tokens(folder: &Path) -> Vec<String> {
    listed(&folder.join("tokenizer_config.json"))
        .unwrap_or_else(|| SPECIAL.map(str::to_owned).to_vec())
}

fn listed(config: &Path) -> Option<Vec<String>> {
    check(config).ok()?;
    let json: Value = serde_json::from_str(&fs::read_to_string(config).ok()?).ok()?;
    let mut tokens: Vec<(u32, String)> = json
        .get("added_tokens_decoder")?
        .as_object()?
        .iter()
        .filter_map(|(id, token)| {
            Some((id.parse().ok()?, token.get("content")?.as_str()?.to_owned()))
        })
        .collect();
    tokens.sort();
    Some(tokens.into_iter().map(|(_, token)| token).collect())
}
