use super::Version;

/// Big-endian numbers appended to a buffer.
pub trait PutBytes {
    fn put(&mut self, bytes: &[u8]);

    fn put_u8(&mut self, value: u8) {
        self.put(&[value]);
    }

    fn put_u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }

    fn put_i16(&mut self, value: i16) {
        self.put(&value.to_be_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    fn put_i32(&mut self, value: i32) {
        self.put(&value.to_be_bytes());
    }

    /// The length of a buffer made in memory, which never nears 4 GB.
    fn put_len(&mut self, length: usize) {
        self.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    }

    /// The length of a packed row. A side of 300,000 px packs to less than 2^32, one of 30,000 px to less than 2^16.
    fn put_row_length(&mut self, version: Version, length: usize) {
        let bytes = (length as u64).to_be_bytes();
        self.put(&bytes[8 - version.row_length_bytes()..]);
    }

    /// The length of a section or channel. In a PSD it fits because [`super::output::Output`] refuses to grow past 2 GB.
    fn put_section_length(&mut self, version: Version, length: u64) {
        let bytes = length.to_be_bytes();
        self.put(&bytes[8 - version.section_length_bytes()..]);
    }
}

impl PutBytes for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}
