use candle_core::Tensor;

use crate::Result;

/// Rows and columns of a picture's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    pub rows: usize,
    pub columns: usize,
}

impl Grid {
    pub fn tokens(self) -> usize {
        self.rows * self.columns
    }
}

/// A token covers this many latents in each direction.
pub(crate) const PATCH: usize = 2;

/// Latents [frames, channels, 2·rows, 2·columns] as tokens [frames · rows · columns, channels · 4]: frame by frame, row
/// by row; within a token channel by channel, then the 2 × 2 latents.
pub(crate) fn pack(latents: &Tensor) -> Result<Tensor> {
    let (frames, channels, height, width) = latents.dims4()?;
    let (rows, columns) = (height / PATCH, width / PATCH);
    Ok(latents
        .reshape((frames, channels, rows, PATCH, columns, PATCH))?
        .permute((0, 2, 4, 1, 3, 5))?
        .reshape((frames * rows * columns, channels * PATCH * PATCH))?)
}

/// The inverse of [`pack`].
pub(crate) fn unpack(tokens: &Tensor, grid: Grid) -> Result<Tensor> {
    let (count, values) = tokens.dims2()?;
    let (frames, channels) = (count / grid.tokens(), values / (PATCH * PATCH));
    let Grid { rows, columns } = grid;
    Ok(tokens
        .reshape((frames, rows, columns, channels, PATCH, PATCH))?
        .permute((0, 3, 1, 4, 2, 5))?
        .reshape((frames, channels, rows * PATCH, columns * PATCH))?)
}
