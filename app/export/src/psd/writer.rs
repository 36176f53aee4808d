use std::io::{Seek, Write};

use image::RgbaImage;

use super::bytes::PutBytes;
use super::layer_record::{Extent, Place, RecordKind, put_record};
use super::output::Output;
use super::planes::{LAYER, MERGED, MERGED_WITH_ALPHA, append_planes};
use super::resources::resources;
use super::{Failure, File, Version};
use crate::ExportError;
use crate::progress::Progress;

const RGB: u16 = 3;
const BITS_PER_CHANNEL: u16 = 8;

/// Writes a file front to back, holding one layer at a time: the list of layers comes before their pixels, so it is
/// written once to reserve its place and again when sizes are known.
pub struct Writer<'a, W: Write + Seek> {
    output: Output<W>,
    version: Version,
    file: &'a File<'a>,
    transparent: bool,
    layer_section_at: u64,
    /// Of the records whose pixels are written.
    extents: Vec<Extent>,
}

impl<'a, W: Write + Seek + Send> Writer<'a, W> {
    pub fn begin(out: W, version: Version, file: &'a File) -> Result<Self, Failure> {
        Self::with_limit(out, version, file, version.max_file_bytes())
    }

    pub(super) fn with_limit(
        out: W,
        version: Version,
        file: &'a File,
        limit: u64,
    ) -> Result<Self, Failure> {
        check(version, file)?;
        let transparent =
            !file.records.is_empty() && file.merged.pixels().any(|pixel| pixel.0[3] < 255);
        let mut writer = Self {
            output: Output::new(out, limit),
            version,
            file,
            transparent,
            layer_section_at: 0,
            extents: Vec::with_capacity(file.records.len()),
        };
        writer.output.append(&writer.header())?;
        writer.layer_section_at = writer.output.position();
        let reserved = writer.layer_section_head(0, 0);
        writer.output.append(&reserved)?;
        Ok(writer)
    }

    /// Writes the pixels of the next record, bottom first. Must be called for every record; `None` stands for groups
    /// and empty layers. A pixel counts four times in `progress`.
    pub fn layer(
        &mut self,
        pixels: Option<(&RgbaImage, i32, i32)>,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let Some((image, left, top)) = pixels.filter(|(image, ..)| !image.is_empty()) else {
            for _channel in LAYER {
                self.output.append(&0_u16.to_be_bytes())?; // raw, of no pixels
            }
            self.extents.push(Extent::EMPTY);
            return Ok(());
        };
        let (width, height) = image.dimensions();
        self.check_layer_size(width, height)?;
        let mut channel_bytes = [0; 4];
        for (bytes, plane) in channel_bytes.iter_mut().zip(LAYER) {
            *bytes = append_planes(&mut self.output, self.version, image, &[plane], progress)?;
        }
        self.extents.push(Extent {
            left,
            top,
            right: left.saturating_add_unsigned(width),
            bottom: top.saturating_add_unsigned(height),
            channel_bytes,
        });
        Ok(())
    }

    /// Fills in the list of layers and appends the merged picture.
    pub fn finish(mut self, progress: &Progress) -> Result<(), Failure> {
        let section_at = self.layer_section_at;
        let lengths_bytes = 2 * self.version.section_length_bytes() as u64;
        let unpadded = self.output.position() - section_at - lengths_bytes;
        let info_bytes = unpadded.next_multiple_of(4);
        self.output
            .append(&[0; 4][..(info_bytes - unpadded) as usize])?;
        self.output.append(&0_u32.to_be_bytes())?; // no global mask

        let mask_bytes = 4;
        let section_bytes = self.version.section_length_bytes() as u64 + info_bytes + mask_bytes;
        let head = self.layer_section_head(section_bytes, info_bytes);
        self.output.patch(section_at, &head)?;

        let planes = if self.transparent {
            &MERGED_WITH_ALPHA[..]
        } else {
            &MERGED[..]
        };
        append_planes(
            &mut self.output,
            self.version,
            self.file.merged,
            planes,
            progress,
        )?;
        self.output.finish()
    }

    /// All that precedes the layers: the header, no palette, the resources.
    fn header(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.put(b"8BPS");
        out.put_u16(self.version.number());
        out.put(&[0; 6]);
        out.put_u16(if self.transparent { 4 } else { 3 });
        out.put_u32(self.file.height);
        out.put_u32(self.file.width);
        out.put_u16(BITS_PER_CHANNEL);
        out.put_u16(RGB);
        out.put_len(0);
        let resources = resources(self.file, self.transparent);
        out.put_len(resources.len());
        out.put(&resources);
        out
    }

    /// The lengths of the section and of the layer info, then the list of layers: always the same number of bytes.
    fn layer_section_head(&self, section_bytes: u64, info_bytes: u64) -> Vec<u8> {
        let mut out = Vec::new();
        out.put_section_length(self.version, section_bytes);
        out.put_section_length(self.version, info_bytes);
        if self.file.records.is_empty() {
            return out;
        }
        let count = self.file.records.len() as i16; // `check` bounds it
        // Below zero: the fourth channel of the merged picture is its transparency.
        out.put_i16(if self.transparent { -count } else { count });
        let mut place = Place {
            id: 1,
            text_index: 0,
        };
        for (index, record) in self.file.records.iter().enumerate() {
            let extent = self.extents.get(index).unwrap_or(&Extent::EMPTY);
            put_record(&mut out, self.version, record, extent, place);
            place.id += 1;
            place.text_index += i32::from(matches!(record.kind, RecordKind::Text(_)));
        }
        out
    }

    fn check_layer_size(&self, width: u32, height: u32) -> Result<(), Failure> {
        let limit = self.version.max_side();
        if width.max(height) <= limit {
            return Ok(());
        }
        match self.version {
            Version::Psd => Err(Failure::NeedsPsb),
            Version::Psb => {
                let name = self
                    .file
                    .records
                    .get(self.extents.len())
                    .map_or("", |record| &record.name);
                Err(ExportError::LayerSize {
                    name: name.to_string(),
                    width,
                    height,
                    limit,
                }
                .into())
            }
        }
    }
}

/// What no version can hold.
fn check(version: Version, file: &File) -> Result<(), Failure> {
    let (width, height) = (file.width, file.height);
    let most_records = i16::MAX as usize;
    if file.records.len() > most_records {
        return Err(ExportError::TooManyLayers {
            count: file.records.len(),
            limit: most_records,
        }
        .into());
    }
    let limit = Version::Psb.max_side();
    if width == 0 || height == 0 || width.max(height) > limit {
        return Err(ExportError::CanvasSize {
            width,
            height,
            format: "PSD",
            limit,
        }
        .into());
    }
    if width.max(height) > version.max_side() {
        return Err(Failure::NeedsPsb);
    }
    Ok(())
}
