use crate::{Pixels, Recolor, Transform};

/// Identifies a layer within its document; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub u64);

#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    pub id: LayerId,
    pub name: String,
    pub visible: bool,
    pub locked: bool,
    /// 0 (transparent) to 255 (as it is), as PSD stores it.
    pub opacity: u8,
    pub content: LayerContent,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LayerContent {
    Raster(Raster),
    Group(Group),
}

/// A picture layer. The pixels never change: `transform` and `recolor` are applied when it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    pub pixels: Pixels,
    pub transform: Transform,
    pub recolor: Recolor,
}

/// Layers composited together before the group's own opacity applies (isolated, Photoshop's "Normal" group).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// Bottom first.
    pub children: Vec<Layer>,
    /// Folded away in the layer panel.
    pub collapsed: bool,
}

impl Layer {
    /// A visible, unlocked, opaque layer whose pixels start at (`left`, `top`), trimmed to what is not transparent.
    pub fn raster(id: LayerId, name: impl Into<String>, image: image::RgbaImage, left: i32, top: i32) -> Self {
        todo!()
    }

    pub fn group(id: LayerId, name: impl Into<String>, children: Vec<Layer>) -> Self {
        let content = LayerContent::Group(Group { children, collapsed: false });
        Self { id, name: name.into(), visible: true, locked: false, opacity: 255, content }
    }

    pub fn as_raster(&self) -> Option<&Raster> {
        match &self.content {
            LayerContent::Raster(raster) => Some(raster),
            LayerContent::Group(_) => None,
        }
    }

    pub fn as_group(&self) -> Option<&Group> {
        match &self.content {
            LayerContent::Group(group) => Some(group),
            LayerContent::Raster(_) => None,
        }
    }
}

impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        self.ptr_eq(other) || self.image() == other.image()
    }
}
