/// Why a file cannot be read: what goes between the brackets of "is truncated or damaged (…)".
pub(super) struct Broken(pub String);

/// Reads a header, never past its end.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| Broken("its header ends beyond the file".into()))?;
        self.at += count;
        Ok(taken)
    }

    fn array<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], Broken> {
        let mut array = [0; SIZE];
        array.copy_from_slice(self.take(SIZE)?);
        Ok(array)
    }

    pub fn u32(&mut self) -> Result<u32, Broken> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, Broken> {
        self.array().map(u64::from_le_bytes)
    }

    /// A count or a length.
    pub fn size(&mut self) -> Result<usize, Broken> {
        let size = self.u64()?;
        usize::try_from(size)
            .map_err(|_| Broken(format!("its header asks for {size} of one thing")))
    }

    pub fn text(&mut self) -> Result<&'a str, Broken> {
        let length = self.size()?;
        std::str::from_utf8(self.take(length)?)
            .map_err(|_| Broken("its header has a text that is none".into()))
    }
}
