//! What Photoshop shows of a file and Lamina does not, in sentences.

use super::mask::MaskRecord;
use super::record::{Record, Section};

/// Of a layer, and of a group.
const PLAIN: [&[u8; 4]; 2] = [b"norm", b"pass"];

impl Record {
    /// Shows all of itself, over all that is beneath.
    pub fn is_plain(&self) -> bool {
        PLAIN.contains(&&self.blend_mode)
            && !self.blends_by_range
            && !self.has_effects
            && !self.has_vector_mask
    }

    /// An adjustment that Lamina has, clipped to one layer, as far as one can tell before that is known.
    fn is_taken(&self) -> bool {
        self.is_clipped && self.adjustment.is_some() && self.mask.is_none() && self.is_plain()
    }

    /// Photoshop writes the pixels of a shape cut already, and how again as a mask.
    pub fn mask_repeats_shape(&self) -> bool {
        let repeats = |mask: MaskRecord| match mask.is_combined {
            true => mask.area == self.area,
            // Some programs trim the pixels.
            false => mask.area.contains(&self.area),
        };
        let mask = self.mask.filter(|mask| mask.is_rendered);
        self.is_fill && self.has_vector_mask && mask.is_some_and(repeats)
    }

    fn is_empty(&self) -> bool {
        let has_colour = self.channels.iter().any(|(id, _)| *id == 0);
        self.area.width() == 0 || self.area.height() == 0 || !has_colour
    }
}

/// Each once.
pub fn notes(records: &[Record]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |is_there: &dyn Fn(&Record) -> bool, what: &str| {
        let count = records.iter().filter(|record| is_there(record)).count();
        if count > 0 {
            let layers = if count == 1 { "layer" } else { "layers" };
            notes.push(format!("{count} {layers} {what}"));
        }
    };
    note(
        &|r| r.has_effects,
        "shown without effects, which Lamina does not read",
    );
    // Photoshop keeps the pixels of shapes, and of other vector masks where they are drawn as masks.
    let is_drawn = |r: &Record| r.is_fill || r.mask.is_some_and(|mask| mask.is_rendered);
    note(
        &|r| r.has_vector_mask && !is_drawn(r),
        "shown without a vector mask",
    );
    note(
        &|r| r.is_adjustment && !r.is_taken(),
        "without pixels that adjust others have no effect here",
    );
    note(
        &|r| r.is_fill && r.is_empty() && (r.adjustment.is_none() || r.has_vector_mask),
        "of a fill without pixels shown as empty",
    );
    note(
        &|r| r.blends_by_range,
        "shown in full that blend only where it is dark or light",
    );
    note(
        &|r| r.knocks_out,
        "shown without cutting through what is beneath",
    );
    note(
        &|r| r.mask.is_some_and(|mask| mask.is_softened) && !r.mask_repeats_shape(),
        "shown without the softness or density of their masks",
    );
    note(
        &|r| r.is_clipped && !PLAIN.contains(&&r.blend_mode),
        "clipped with a blend mode, which here mixes with all that is beneath",
    );
    let on_groups = clipped_to_groups(records);
    note(
        &|r| on_groups.binary_search(&std::ptr::from_ref(r)).is_ok(),
        "clipped to a group, which here mixes with all that is beneath",
    );
    note(
        &|r| r.text.is_some(),
        "of text with plain edges, where Photoshop blends those by a gamma",
    );
    note(
        &|r| r.is_artboard,
        "shown without being an artboard, which has a ground and cuts what is in it",
    );
    notes
}

/// In the order of the list, and so of their addresses.
fn clipped_to_groups(records: &[Record]) -> Vec<*const Record> {
    let mut base_is_group = false;
    let mut found = Vec::new();
    for record in records {
        if !record.is_clipped {
            base_is_group = matches!(record.section, Section::Group { .. });
        } else if base_is_group {
            found.push(std::ptr::from_ref(record));
        }
    }
    found
}
