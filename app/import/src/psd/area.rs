//! Where a layer or a mask lies.

use super::cursor::Cursor;
use crate::error::Problem;

/// In pixels of the canvas; may lie outside, and be empty or upside down in a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub top: i32,
    pub left: i32,
    pub bottom: i32,
    pub right: i32,
}

impl Area {
    pub fn read(cursor: &mut Cursor) -> Result<Self, Problem> {
        Ok(Self {
            top: cursor.i32()?,
            left: cursor.i32()?,
            bottom: cursor.i32()?,
            right: cursor.i32()?,
        })
    }

    pub fn width(&self) -> usize {
        usize::try_from(i64::from(self.right) - i64::from(self.left)).unwrap_or(0)
    }

    pub fn height(&self) -> usize {
        usize::try_from(i64::from(self.bottom) - i64::from(self.top)).unwrap_or(0)
    }
}
