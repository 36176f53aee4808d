use crate::{BlendMode, Layer, LayerContent, Raster};

/// One thing to draw over those before it. What a stack of layers comes to once all is left out that changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing<'a> {
    /// 1 to 255.
    pub opacity: u8,
    /// Never [`BlendMode::PassThrough`].
    pub blend: BlendMode,
    pub content: DrawingContent<'a>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum DrawingContent<'a> {
    Raster(&'a Raster),
    /// Drawn over nothing, and the outcome over what lies beneath.
    Isolated(Vec<Drawing<'a>>),
    /// Drawn over a copy of what lies beneath, which then takes its place as far as it is opaque.
    PassThrough(Vec<Drawing<'a>>),
}

/// What shows of `layers`, bottom first.
///
/// A group is a thing of its own only where that makes a difference: where its opacity applies to several layers at
/// once, where it meets what is beneath in a mode of its own, or keeps its layers' modes from it.
pub fn drawings(layers: &[Layer]) -> Vec<Drawing<'_>> {
    let shown = layers
        .iter()
        .filter(|layer| layer.visible && layer.opacity > 0);
    shown.flat_map(drawings_of).collect()
}

fn drawings_of(layer: &Layer) -> Vec<Drawing<'_>> {
    let passes = layer.blend == BlendMode::PassThrough;
    let blend = if passes {
        BlendMode::Normal
    } else {
        layer.blend
    };
    let one = |content| {
        vec![Drawing {
            opacity: layer.opacity,
            blend,
            content,
        }]
    };
    let group = match &layer.content {
        LayerContent::Raster(raster) => return one(DrawingContent::Raster(raster)),
        LayerContent::Group(group) => group,
    };
    let mut inside = drawings(&group.children);
    // Source-over is associative.
    let joins = inside.iter().all(Drawing::is_normal);
    if layer.opacity == 255 && (passes || blend == BlendMode::Normal && joins) {
        return inside;
    }
    if passes && !joins {
        return one(DrawingContent::PassThrough(inside));
    }
    match inside.as_mut_slice() {
        [] => inside,
        // Over nothing there is nothing to meet.
        [single] if !single.passes_through() && single.opacity.max(layer.opacity) == 255 => {
            single.opacity = single.opacity.min(layer.opacity);
            single.blend = blend;
            inside
        }
        _ => one(DrawingContent::Isolated(inside)),
    }
}

impl Drawing<'_> {
    /// Source-over, and no more.
    fn is_normal(&self) -> bool {
        self.blend == BlendMode::Normal && !self.passes_through()
    }

    fn passes_through(&self) -> bool {
        matches!(self.content, DrawingContent::PassThrough(_))
    }

    /// Source-over all the way in.
    pub fn is_plain(&self) -> bool {
        self.is_normal()
            && match &self.content {
                DrawingContent::Raster(_) => true,
                DrawingContent::Isolated(inside) | DrawingContent::PassThrough(inside) => {
                    inside.iter().all(Self::is_plain)
                }
            }
    }
}
