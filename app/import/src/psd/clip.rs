//! Layers that Photoshop clips to the one beneath: cut to its shape, or taken into it where they recolour it.

use image::RgbaImage;

use super::adjustment::Adjustment;
use super::mask::product;
use super::{PsdContent, PsdLayer};

const NORMAL: [u8; 4] = *b"norm";

/// A layer before it is known what it does to the one beneath.
pub struct Unclipped {
    pub layer: PsdLayer,
    pub is_clipped: bool,
    /// Does nothing but this, to all of what it is clipped to.
    pub adjustment: Option<Adjustment>,
}

/// The layers of a group, bottom first, with nothing left to clip.
pub fn clipped(layers: Vec<Unclipped>) -> Vec<PsdLayer> {
    let mut done: Vec<PsdLayer> = Vec::new();
    let mut layers = layers.into_iter().peekable();
    while let Some(Unclipped { layer: base, .. }) = layers.next() {
        let mut base = base;
        let mut above = Vec::new();
        while let Some(next) = layers.next_if(|next| next.is_clipped) {
            let is_taken = above.is_empty()
                && next
                    .adjustment
                    .is_some_and(|change| take(&mut base, change, &next.layer));
            if !is_taken {
                above.push(next.layer);
            }
        }
        for layer in &mut above {
            cut(layer, &base);
            layer.visible &= base.visible;
        }
        let is_normal = |layer: &PsdLayer| layer.blend_mode == NORMAL;
        let meets_beneath = base.opacity == 255 && is_normal(&base) && above.iter().all(is_normal);
        if above.is_empty() || meets_beneath {
            done.push(base);
            done.append(&mut above);
        } else {
            done.push(together(base, above));
        }
    }
    done
}

/// Whether the layer now recolours itself in this way.
fn take(base: &mut PsdLayer, change: Adjustment, by: &PsdLayer) -> bool {
    let PsdContent::Pixels { recolour, .. } = &mut base.content else {
        return false;
    };
    if !by.visible || recolour.tint.is_some() {
        return false;
    }
    match change {
        Adjustment::HueSaturation(change)
            if by.opacity == 255 && recolour.hue_saturation == [0; 3] =>
        {
            recolour.hue_saturation = change;
        }
        Adjustment::SolidColour(colour) => recolour.tint = Some((colour, by.opacity)),
        Adjustment::HueSaturation(_) => return false,
    }
    true
}

/// The opacity and the blend mode of the lowest hold for all that is clipped to it, which meets only the lowest.
fn together(mut base: PsdLayer, above: Vec<PsdLayer>) -> PsdLayer {
    let (name, visible, locks) = (base.name.clone(), base.visible, base.locks);
    let opacity = std::mem::replace(&mut base.opacity, 255);
    let blend_mode = std::mem::replace(&mut base.blend_mode, NORMAL);
    base.visible = true;
    let children = std::iter::once(base).chain(above).collect();
    let content = PsdContent::Group {
        children,
        is_open: true,
    };
    PsdLayer {
        name,
        visible,
        locks,
        opacity,
        blend_mode,
        content,
    }
}

/// Leaves of the layer what lies over `base`.
fn cut(layer: &mut PsdLayer, base: &PsdLayer) {
    match &mut layer.content {
        PsdContent::Pixels {
            image, left, top, ..
        } => {
            let shape = coverage(base, *left, *top, image.width(), image.height());
            for (pixel, shown) in image.pixels_mut().zip(shape) {
                pixel.0[3] = product(pixel.0[3], shown);
            }
        }
        PsdContent::Group { children, .. } => {
            children.iter_mut().for_each(|child| cut(child, base));
        }
    }
}

/// How much the layer covers of each pixel of an area, without its own opacity.
fn coverage(layer: &PsdLayer, left: i32, top: i32, width: u32, height: u32) -> Vec<u8> {
    let mut covered = vec![0; width as usize * height as usize];
    match &layer.content {
        PsdContent::Pixels {
            image,
            left: image_left,
            top: image_top,
            ..
        } => {
            let offset = |from: i32, to: i32| i64::from(from) - i64::from(to);
            let (across, down) = (offset(left, *image_left), offset(top, *image_top));
            for (index, covered) in covered.iter_mut().enumerate() {
                let (x, y) = (index as u32 % width, index as u32 / width);
                *covered = alpha_at(image, across + i64::from(x), down + i64::from(y));
            }
        }
        PsdContent::Group { children, .. } => {
            for child in children.iter().filter(|child| child.visible) {
                let above = coverage(child, left, top, width, height);
                for (covered, above) in covered.iter_mut().zip(above) {
                    let above = product(above, child.opacity);
                    *covered = 255 - product(255 - *covered, 255 - above);
                }
            }
        }
    }
    covered
}

fn alpha_at(image: &RgbaImage, x: i64, y: i64) -> u8 {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
        return 0;
    };
    image.get_pixel_checked(x, y).map_or(0, |pixel| pixel.0[3])
}
