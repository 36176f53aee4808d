//! The slide's shapes, lowest first.

use std::fmt::Write as _;
use std::io::{Seek, Write};
use std::path::Path;

use document::{
    Alignment, BlendMode, Bounds, Document, Layer, LayerContent, Pixels, Raster, Text, composite,
    composite_layers, render_layer,
};
use glam::DVec2;
use image::RgbaImage;
use quick_xml::escape::escape;

use super::PptxText;
use super::package::Package;
use crate::ExportError;
use crate::font_names::Face;
use crate::lettering::type_layer;
use crate::png_file::png_bytes;
use crate::progress::Progress;

/// English Metric Units, of which drawings are made.
const EMU_PER_INCH: f64 = 914_400.0;
const EMU_PER_POINT: f64 = 12_700.0;
/// PowerPoint's slides have sides of 1 to 56 inches.
const SIDES: std::ops::RangeInclusive<f64> = EMU_PER_INCH..=56.0 * EMU_PER_INCH;
/// Points that PowerPoint takes for a size of letters.
const POINTS: std::ops::RangeInclusive<f64> = 1.0..=4000.0;

pub struct Slide<'a> {
    document: &'a Document,
    text: PptxText,
    path: &'a Path,
    progress: &'a Progress<'a>,
    emu_per_pixel: f64,
    shapes: String,
    next_id: u32,
}

impl<'a> Slide<'a> {
    pub fn new(
        document: &'a Document,
        text: PptxText,
        path: &'a Path,
        progress: &'a Progress<'a>,
    ) -> Self {
        let longest = f64::from(document.width().max(document.height())).max(1.0);
        let emu_per_pixel = EMU_PER_INCH / document.pixels_per_inch();
        Self {
            document,
            text,
            path,
            progress,
            emu_per_pixel: emu_per_pixel.clamp(SIDES.start() / longest, SIDES.end() / longest),
            shapes: String::new(),
            // The tree of all shapes has the first.
            next_id: 2,
        }
    }

    /// In EMU.
    pub fn size(&self) -> (i64, i64) {
        let side = |pixels: u32| self.emu(pixels.into()).max(*SIDES.start() as i64);
        (side(self.document.width()), side(self.document.height()))
    }

    pub fn shapes(&self) -> &str {
        &self.shapes
    }

    /// `beneath`: what the layers' blend modes meet besides each other.
    pub fn draw<W: Write + Seek>(
        &mut self,
        layers: &[Layer],
        beneath: &[Layer],
        package: &mut Package<W>,
    ) -> Result<(), ExportError> {
        for (index, layer) in layers.iter().enumerate() {
            let below = [beneath, &layers[..index]].concat();
            match &layer.content {
                LayerContent::Raster(raster) => self.raster(layer, raster, &below, package)?,
                LayerContent::Group(_) if layer.bounds().is_empty() => {}
                LayerContent::Group(group)
                    if layer.opacity == 255
                        && matches!(layer.blend, BlendMode::Normal | BlendMode::PassThrough) =>
                {
                    let passes = layer.blend == BlendMode::PassThrough;
                    self.begin_group(layer);
                    self.draw(&group.children, if passes { &below } else { &[] }, package)?;
                    self.shapes.push_str("</p:grpSp>");
                }
                LayerContent::Group(_) => self.merged_group(layer, &below, package)?,
            }
        }
        Ok(())
    }

    fn begin_group(&mut self, layer: &Layer) {
        let (name, place) = (self.named(layer), self.place(layer.bounds()));
        let inside = place
            .replace("<a:off", "<a:chOff")
            .replace("<a:ext", "<a:chExt");
        let _ = write!(
            self.shapes,
            r#"<p:grpSp><p:nvGrpSpPr>{name}<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>{place}{inside}</a:xfrm></p:grpSpPr>"#
        );
    }

    fn raster<W: Write + Seek>(
        &mut self,
        layer: &Layer,
        raster: &Raster,
        below: &[Layer],
        package: &mut Package<W>,
    ) -> Result<(), ExportError> {
        self.progress.advance(raster.bounds().area())?;
        let mirrored = raster.transform.scale.x * raster.transform.scale.y < 0.0;
        match &raster.text {
            Some(text) if self.text == PptxText::Boxes && !mirrored => {
                self.text_box(layer, raster, text);
                Ok(())
            }
            _ => {
                let (pixels, left, top) = render_layer(raster, self.document.canvas());
                let pixels = blended(layer, pixels, left, top, below);
                self.picture(layer, &pixels, left, top, package)
            }
        }
    }

    /// A group whose layers together are translucent, or blend.
    fn merged_group<W: Write + Seek>(
        &mut self,
        layer: &Layer,
        below: &[Layer],
        package: &mut Package<W>,
    ) -> Result<(), ExportError> {
        let alone = Layer {
            opacity: 255,
            visible: true,
            blend: BlendMode::Normal,
            ..layer.clone()
        };
        let size = (self.document.width(), self.document.height());
        let Ok(group) = Document::restored(size, None, 72.0, vec![alone]) else {
            return Ok(()); // its layers were a document's already
        };
        let (pixels, bounds) = Pixels::trimmed(composite(&group), 0, 0);
        let pixels = blended(layer, pixels, bounds.left, bounds.top, below);
        self.picture(layer, &pixels, bounds.left, bounds.top, package)
    }

    fn picture<W: Write + Seek>(
        &mut self,
        layer: &Layer,
        pixels: &Pixels,
        left: i32,
        top: i32,
        package: &mut Package<W>,
    ) -> Result<(), ExportError> {
        let (width, height) = (pixels.width(), pixels.height());
        if width == 0 || height == 0 {
            return Ok(());
        }
        let failed = |error| ExportError::io(self.path, error);
        let png = png_bytes(pixels.image(), self.document.metadata()).map_err(failed)?;
        let relation = package.picture(&png).map_err(failed)?;
        let name = self.named(layer);
        let place = self.place(Bounds::new(left, top, width, height));
        let opacity = match layer.opacity {
            255 => String::new(),
            some => format!(r#"<a:alphaModFix amt="{}"/>"#, thousandths(some)),
        };
        let _ = write!(
            self.shapes,
            r#"<p:pic><p:nvPicPr>{name}<p:cNvPicPr><a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:embed="{relation}">{opacity}</a:blip><a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr><a:xfrm>{place}</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>"#
        );
        Ok(())
    }

    fn text_box(&mut self, layer: &Layer, raster: &Raster, text: &Text) {
        let set = type_layer(text, raster);
        let [a, b, c, d, e, f] = set.transform;
        let [left, top, right, bottom] = set.bounds;
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let middle = DVec2::new(a * x + c * y + e, b * x + d * y + f);
        let size = DVec2::new(right - left, bottom - top).max(DVec2::ONE);
        let corner = middle - size / 2.0;
        let place = format!(
            r#"<a:off x="{}" y="{}"/><a:ext cx="{}" cy="{}"/>"#,
            self.emu(corner.x),
            self.emu(corner.y),
            self.emu(size.x),
            self.emu(size.y)
        );
        // In 60,000ths of a degree, clockwise.
        let rotation = (b.atan2(a).to_degrees().rem_euclid(360.0) * 60_000.0).round() as i64;
        let points = |pixels: f64| {
            let points = pixels * self.emu_per_pixel / EMU_PER_POINT;
            (points.clamp(*POINTS.start(), *POINTS.end()) * 100.0).round() as i64
        };
        let leading = points(set.leading.unwrap_or(set.size * 1.2));
        let shown = raster
            .recolor
            .apply(set.colour.map(|value| f32::from(value) / 255.0));
        let [red, green, blue] = shown.map(|value| (value * 255.0).round() as u8);
        let face = Face::of(text.family.as_deref().unwrap_or("Arial"));
        let bold = if face.is_bold { r#" b="1""# } else { "" };
        let italic = if face.is_italic { r#" i="1""# } else { "" };
        let style = format!(
            r#"<a:rPr lang="en-US" sz="{}"{bold}{italic} dirty="0"><a:solidFill><a:srgbClr val="{red:02X}{green:02X}{blue:02X}"><a:alpha val="{}"/></a:srgbClr></a:solidFill><a:latin typeface="{}"/></a:rPr>"#,
            points(set.size),
            thousandths(layer.opacity),
            escape(cleaned(&face.family).as_str())
        );
        let name = self.named(layer);
        let _ = write!(
            self.shapes,
            r#"<p:sp><p:nvSpPr>{name}<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm rot="{rotation}">{place}</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/></p:spPr><p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" anchor="ctr"><a:noAutofit/></a:bodyPr>"#
        );
        let align = match set.alignment {
            Alignment::Left => "l",
            Alignment::Center => "ctr",
            Alignment::Right => "r",
        };
        for line in set.text.lines() {
            let words = cleaned(line);
            let _ = write!(
                self.shapes,
                r#"<a:p><a:pPr algn="{align}"><a:lnSpc><a:spcPts val="{leading}"/></a:lnSpc></a:pPr><a:r>{style}<a:t>{}</a:t></a:r></a:p>"#,
                escape(words.as_str())
            );
        }
        self.shapes.push_str("</p:txBody></p:sp>");
    }

    fn named(&mut self, layer: &Layer) -> String {
        let id = self.next_id;
        self.next_id += 1;
        let hidden = if self.document.is_shown(layer.id) {
            ""
        } else {
            r#" hidden="1""#
        };
        format!(
            r#"<p:cNvPr id="{id}" name="{}"{hidden}/>"#,
            escape(cleaned(&layer.name).as_str())
        )
    }

    fn place(&self, bounds: Bounds) -> String {
        format!(
            r#"<a:off x="{}" y="{}"/><a:ext cx="{}" cy="{}"/>"#,
            self.emu(bounds.left.into()),
            self.emu(bounds.top.into()),
            self.emu(bounds.width().into()),
            self.emu(bounds.height().into())
        )
    }

    fn emu(&self, pixels: f64) -> i64 {
        (pixels * self.emu_per_pixel).round() as i64
    }
}

/// The layer's pixels in the colours that its blend mode makes of them over what is below, so that they look the same as a
/// normal layer.
fn blended(layer: &Layer, pixels: Pixels, left: i32, top: i32, below: &[Layer]) -> Pixels {
    let is_normal = matches!(layer.blend, BlendMode::Normal | BlendMode::PassThrough);
    if is_normal || !layer.visible {
        return pixels;
    }
    let with_alpha = |colours: &RgbaImage, alpha: &dyn Fn(u8) -> u8| {
        let mut image = colours.clone();
        for (pixel, shape) in image.pixels_mut().zip(pixels.image().pixels()) {
            pixel.0[3] = alpha(shape.0[3]);
        }
        image
    };
    // Opaque, so that no more than the mode and the opacity of what is below decide the colour.
    let opaque = with_alpha(pixels.image(), &|_| 255);
    let (width, height) = opaque.dimensions();
    let above = Layer {
        blend: layer.blend,
        ..Layer::of_pixels(layer.id, "", Pixels::new(opaque), left, top)
    };
    let stack = [below, &[above]].concat();
    let met = composite_layers(&stack, Bounds::new(left, top, width, height));
    Pixels::new(with_alpha(&met, &|alpha| alpha))
}

/// An opacity in thousandths of a percent.
fn thousandths(opacity: u8) -> u32 {
    (u32::from(opacity) * 100_000 + 127) / 255
}

/// XML has no place for control characters, not even escaped.
fn cleaned(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
