//! A PNG's rows in bands, which any thread filters and compresses on its own: a band's first row is predicted from the one
//! above it, and what a band is compressed to refers to no other.

use std::cell::RefCell;
use std::ops::Range;

use simd_adler32::Adler32;

use super::deflate;
use super::filter::{Filter, distance};
use super::placed::Placed;

/// A band's bytes as they are filtered, about: few enough to stay in a core's cache, and many beside a block's codes.
const BAND_BYTES: usize = 1 << 18;
/// Of each so many rows one is tried with every filter, where there are several.
const TRIED: usize = 8;

pub struct Band {
    /// One block or more of a zlib stream.
    pub deflated: Vec<u8>,
    pub checksum: Checksum,
}

/// Adler-32 (RFC 1950) of so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    pub value: u32,
    bytes: usize,
}

/// The rows of each band of a picture, from the top.
pub fn rows_of_bands(picture: &Placed) -> impl Iterator<Item = Range<u32>> {
    let height = picture.canvas_height;
    let rows = (BAND_BYTES / picture.row_bytes().max(1)).max(1);
    (0..height)
        .step_by(rows)
        .map(move |top| top..height.min(top.saturating_add(rows as u32)))
}

/// Each band has the best of the filters.
pub fn compressed(picture: &Placed, rows: Range<u32>, filters: &[Filter]) -> Band {
    thread_local! {
        // Fresh memory for each band would take a tenth of the time.
        static SPACE: RefCell<Space> = RefCell::default();
    }
    SPACE.with_borrow_mut(|space| space.compress(picture, rows, filters))
}

#[derive(Default)]
struct Space {
    row: Vec<u8>,
    above: Vec<u8>,
    filtered: Vec<u8>,
    deflated: Vec<u8>,
}

impl Space {
    fn compress(&mut self, picture: &Placed, rows: Range<u32>, filters: &[Filter]) -> Band {
        let row_bytes = picture.row_bytes();
        self.row.resize(row_bytes, 0);
        self.above.resize(row_bytes, 0);
        self.filtered.resize((row_bytes + 1) * rows.len(), 0);
        let filter = self.best_filter(picture, &rows, filters);
        for (y, out) in rows
            .clone()
            .zip(self.filtered.chunks_exact_mut(row_bytes + 1))
        {
            let row = picture.row(y, &mut self.row);
            filter.apply(row, picture.row_above(y, &mut self.above), out);
        }
        Band {
            checksum: Checksum::of(&self.filtered),
            deflated: deflate::blocks(&self.filtered, row_bytes + 1, &mut self.deflated).to_vec(),
        }
    }

    fn best_filter(&mut self, picture: &Placed, rows: &Range<u32>, of: &[Filter]) -> Filter {
        if let [only] = of {
            return *only;
        }
        let mut best = (Filter::Up, u64::MAX);
        for &filter in of {
            let distance = self.distance(picture, rows, filter);
            if distance < best.1 {
                best = (filter, distance);
            }
            if best.1 == 0 {
                break;
            }
        }
        best.0
    }

    fn distance(&mut self, picture: &Placed, rows: &Range<u32>, filter: Filter) -> u64 {
        let out = &mut self.filtered[..=picture.row_bytes()];
        let tried = rows.clone().step_by(TRIED);
        let distances = tried.map(|y| {
            let row = picture.row(y, &mut self.row);
            filter.apply(row, picture.row_above(y, &mut self.above), out);
            distance(&out[1..])
        });
        distances.sum()
    }
}

impl Checksum {
    pub const EMPTY: Self = Self { value: 1, bytes: 0 };

    fn of(bytes: &[u8]) -> Self {
        let mut value = Adler32::new();
        value.write(bytes);
        Self {
            value: value.finish(),
            bytes: bytes.len(),
        }
    }

    /// Of these bytes and then the others.
    pub fn then(self, next: Self) -> Self {
        const MODULUS: u64 = 65_521;
        let halves = |value: u32| (u64::from(value & 0xFFFF), u64::from(value >> 16));
        let ((sum, sums), (next_sum, next_sums)) = (halves(self.value), halves(next.value));
        // Both sums begin at 1, which counts once.
        let before = sum + MODULUS - 1;
        let low = (before + next_sum) % MODULUS;
        let high = (sums + next_sums + next.bytes as u64 % MODULUS * before) % MODULUS;
        Self {
            value: (high << 16 | low) as u32,
            bytes: self.bytes + next.bytes,
        }
    }
}
