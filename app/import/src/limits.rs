//! How much a picture file may ask of this machine, in one place.
//!
//! Sizes are read from the header and checked before anything is allocated for pixels. Within these limits opening
//! takes at most: the file (1 GiB), its samples (2 GiB at 16 bits with alpha) and the result (1 GiB), plus the
//! decoder's own buffers, which for a progressive JPEG are 2 bytes a sample and for JPEG XL, JPEG 2000 and AVIF
//! `MAX_DECODER_BYTES` at most. The first two are freed on return.

/// Longest side in pixels: Photoshop's own limit for a PSD file.
pub(crate) const MAX_SIDE: u32 = 30_000;

/// Most pixels in all, 16,384 × 16,384: 1 GiB as RGBA.
pub(crate) const MAX_PIXELS: u64 = 1 << 28;

/// Largest file in bytes: 1 GiB.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 30;

/// Most bytes a decoder may hold besides the picture itself (compressed strips, rows, tables).
pub(crate) const MAX_WORKING_BYTES: usize = 1 << 28;

/// Most bytes a decoder may hold that works on all of a picture at once, in numbers wider than its samples: 4 GiB.
pub(crate) const MAX_DECODER_BYTES: u64 = 1 << 32;

/// Largest metadata block once unpacked, in bytes. The biggest CMYK profiles in use have about 4 MB.
pub(crate) const MAX_METADATA_BYTES: usize = 16 << 20;
