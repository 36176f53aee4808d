//! Layers that two pictures show, their own and that of the whole canvas, drawn once for both.

use std::collections::HashMap;

use document::{Document, Layer, LayerContent, Pixels, Recolor, Transform};

use crate::pictures::{Pictures, Shows};

/// Most pixels that are kept until both have been written (256 MiB).
const MOST_PIXELS: u64 = 1 << 26;

/// Pixels and where their corner lies, by a picture's index.
pub struct Drawn(HashMap<usize, (Pixels, i32, i32)>);

impl Drawn {
    /// `is_wanted`: whether a picture has to be drawn at all.
    pub fn of(
        document: &Document,
        pictures: &Pictures,
        mut is_wanted: impl FnMut(&Shows) -> bool,
    ) -> Self {
        let mut drawn = HashMap::new();
        let mut room = MOST_PIXELS;
        for (_, layer) in document.walk() {
            let picture = pictures.layers.get(&layer.id);
            let (Some(raster), Some((index, _))) = (layer.as_raster(), picture) else {
                continue;
            };
            let shows = &pictures.all[*index];
            let area = raster.bounds().area();
            let is_shared = matches!(shows, Shows::Appearance(..)) && document.is_shown(layer.id);
            if is_shared && area <= room && !drawn.contains_key(index) && is_wanted(shows) {
                room -= area;
                drawn.insert(*index, shows.draw());
            }
        }
        Self(drawn)
    }

    pub fn picture(&self, index: usize) -> Option<(Pixels, i32, i32)> {
        self.0.get(&index).cloned()
    }

    /// Layers that look the same, with what was drawn as their pixels.
    pub fn in_place(&self, layers: &[Layer], pictures: &Pictures) -> Vec<Layer> {
        let in_place = |layer: &Layer| {
            let mut layer = layer.clone();
            match &mut layer.content {
                LayerContent::Group(group) => {
                    group.children = self.in_place(&group.children, pictures);
                }
                LayerContent::Raster(raster) => {
                    let index = pictures.layers.get(&layer.id).map(|(index, _)| *index);
                    if let Some((pixels, left, top)) = index.and_then(|index| self.picture(index)) {
                        let (width, height) = (pixels.width(), pixels.height());
                        raster.transform = Transform::at(left.into(), top.into(), width, height);
                        raster.recolor = Recolor::default();
                        raster.pixels = pixels;
                    }
                }
            }
            layer
        };
        layers.iter().map(in_place).collect()
    }
}
