use candle_core::Device;
use kernels::Rotation;

use crate::grid::Grid;
use crate::rotary::{frequencies, tables};
use crate::{ModelError, Result};

const THETA: f32 = 10_000.0;
/// diffusers holds tables of this length.
const MAX_POSITION: usize = 4096;

/// Rotary embedding over frame, row and column (diffusers `QwenEmbedLayer3DRope`).
#[derive(Debug, Clone)]
pub(super) struct Rope {
    axes: [usize; 3],
}

impl Rope {
    pub fn new(axes: [usize; 3]) -> Self {
        Self { axes }
    }

    /// The rotation of all tokens, text before the picture.
    ///
    /// Frames 0 (the composite) to `layers`, then the condition image at frame −1; rows and columns count from the
    /// middle. Text follows on the diagonal after whatever is largest of half the rows, half the columns and the frames.
    pub fn rotation(
        &self,
        layers: usize,
        grid: Grid,
        text_tokens: usize,
        device: &Device,
    ) -> Result<Rotation> {
        let frames = layers + 1;
        let first_text = (grid.rows / 2).max(grid.columns / 2).max(frames);
        if first_text + text_tokens > MAX_POSITION {
            return Err(ModelError::Request(
                "the prompt is too long for this picture; shorten it".into(),
            ));
        }
        let centred = |index: usize, count: usize| index as f32 - (count - count / 2) as f32;
        let mut positions: Vec<_> = (first_text..first_text + text_tokens)
            .map(|position| [position as f32; 3])
            .collect();
        positions.reserve((frames + 1) * grid.tokens());
        for frame in (0..frames).map(|frame| frame as f32).chain([-1.0]) {
            for row in 0..grid.rows {
                for column in 0..grid.columns {
                    positions.push([
                        frame,
                        centred(row, grid.rows),
                        centred(column, grid.columns),
                    ]);
                }
            }
        }
        self.turn(&positions, device)
    }

    fn turn(&self, positions: &[[f32; 3]], device: &Device) -> Result<Rotation> {
        let frequencies: Vec<(usize, f32)> = self
            .axes
            .iter()
            .enumerate()
            .flat_map(|(axis, size)| frequencies(THETA, *size).map(move |f| (axis, f)))
            .collect();
        let [cos, sin] = tables(positions, &frequencies, device)?;
        Ok(Rotation { cos, sin })
    }
}
