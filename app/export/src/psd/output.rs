use std::io::{BufWriter, Seek, SeekFrom, Write};

use super::Failure;

const BUFFER_BYTES: usize = 1 << 20;

/// A file that grows at its end and whose earlier parts can be filled in later.
pub struct Output<W: Write + Seek> {
    inner: BufWriter<W>,
    position: u64,
    limit: u64,
}

impl<W: Write + Seek> Output<W> {
    /// Growing past `limit` bytes fails with [`Failure::NeedsPsb`].
    pub fn new(inner: W, limit: u64) -> Self {
        Self {
            inner: BufWriter::with_capacity(BUFFER_BYTES, inner),
            position: 0,
            limit,
        }
    }

    /// Bytes written so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let end = self.position + bytes.len() as u64;
        if end > self.limit {
            return Err(Failure::NeedsPsb);
        }
        self.inner.write_all(bytes)?;
        self.position = end;
        Ok(())
    }

    /// Overwrites bytes that were appended earlier.
    pub fn patch(&mut self, at: u64, bytes: &[u8]) -> Result<(), Failure> {
        self.inner.seek(SeekFrom::Start(at))?;
        self.inner.write_all(bytes)?;
        self.inner.seek(SeekFrom::Start(self.position))?;
        Ok(())
    }

    pub fn finish(mut self) -> Result<(), Failure> {
        self.inner.flush()?;
        Ok(())
    }
}
