/// Text tokens that a prompt is taken for: as many as captions usually have.
const PROMPT_TOKENS: usize = 256;
/// Of a picture's token in each direction.
const TOKEN_PIXELS: usize = 16;

/// What of a request decides memory and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Of the picture at the model's size.
    pub pixels: usize,
    pub layers: u32,
    pub steps: u32,
    /// Forward passes in a step.
    pub passes: u32,
    /// Whether the picture is captioned first.
    pub caption: bool,
    /// Whether each pass keeps what its last computed step did.
    pub step_cache: bool,
}

impl Task {
    /// So many layers at 640.
    pub(super) fn smaller(&self, layers: u32) -> Self {
        Self {
            pixels: self.pixels.min(640 * 640),
            layers,
            ..*self
        }
    }

    /// The layers', the composite's and the picture's own.
    pub fn image_tokens(&self) -> usize {
        self.pixels / (TOKEN_PIXELS * TOKEN_PIXELS) * (self.layers as usize + 2)
    }

    pub fn tokens(&self) -> usize {
        self.image_tokens() + PROMPT_TOKENS
    }
}
