use crate::{BlendMode, Bounds, Locks, Pixels, Recolor, Text, Transform};

/// Identifies a layer within its document; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub u64);

#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    pub id: LayerId,
    pub name: String,
    pub visible: bool,
    pub locks: Locks,
    /// 0 (transparent) to 255 (as it is), as PSD stores it.
    pub opacity: u8,
    /// [`BlendMode::PassThrough`] only of a group.
    pub blend: BlendMode,
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
    /// What is written on it.
    pub text: Option<Text>,
}

/// Layers that are composited together before the group's opacity and blend mode apply, unless it passes through.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// Bottom first.
    pub children: Vec<Layer>,
    /// Folded away in the layer panel.
    pub collapsed: bool,
}

impl Layer {
    /// A visible, unlocked, opaque, normal layer whose pixels start at (`left`, `top`), trimmed to what is not transparent.
    pub fn raster(
        id: LayerId,
        name: impl Into<String>,
        image: image::RgbaImage,
        left: i32,
        top: i32,
    ) -> Self {
        let (pixels, bounds) = Pixels::trimmed(image, left, top);
        Self::of_pixels(id, name, pixels, bounds.left, bounds.top)
    }

    /// As [`Layer::raster`], but the pixels are shared and stay as they are, untrimmed.
    pub fn of_pixels(
        id: LayerId,
        name: impl Into<String>,
        pixels: Pixels,
        left: i32,
        top: i32,
    ) -> Self {
        let transform = Transform::at(left.into(), top.into(), pixels.width(), pixels.height());
        let content = LayerContent::Raster(Raster {
            pixels,
            transform,
            recolor: Recolor::default(),
            text: None,
        });
        Self::new(id, name.into(), content)
    }

    pub fn group(id: LayerId, name: impl Into<String>, children: Vec<Layer>) -> Self {
        let content = LayerContent::Group(Group {
            children,
            collapsed: false,
        });
        Self::new(id, name.into(), content)
    }

    fn new(id: LayerId, name: String, content: LayerContent) -> Self {
        Self {
            id,
            name,
            visible: true,
            locks: Locks::NONE,
            opacity: 255,
            blend: BlendMode::Normal,
            content,
        }
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

    /// What is written on it, where that is known.
    pub fn text(&self) -> Option<&Text> {
        self.as_raster()?.text.as_ref()
    }

    /// The layers directly inside; none for a raster.
    pub fn children(&self) -> &[Layer] {
        self.as_group().map_or(&[], |group| &group.children)
    }

    /// The layer and every layer inside it, a group before its children.
    pub fn walk(&self) -> impl Iterator<Item = &Layer> {
        let mut stack = vec![self];
        std::iter::from_fn(move || {
            let layer = stack.pop()?;
            stack.extend(layer.children().iter().rev());
            Some(layer)
        })
    }

    /// Levels of layers inside; 0 of a raster or an empty group.
    pub fn depth(&self) -> usize {
        let mut deepest = 0;
        let mut stack = vec![(0, self)];
        while let Some((depth, layer)) = stack.pop() {
            deepest = deepest.max(depth);
            stack.extend(layer.children().iter().map(|child| (depth + 1, child)));
        }
        deepest
    }

    /// Document bounds of a raster, or of all rasters in a group, shown or not.
    pub fn bounds(&self) -> Bounds {
        match &self.content {
            LayerContent::Raster(raster) => raster.bounds(),
            LayerContent::Group(group) => group
                .children
                .iter()
                .fold(Bounds::default(), |all, child| all.union(&child.bounds())),
        }
    }
}

impl Raster {
    /// Document bounds of the transformed pixels.
    pub fn bounds(&self) -> Bounds {
        self.transform
            .bounds(self.pixels.width(), self.pixels.height())
    }
}
