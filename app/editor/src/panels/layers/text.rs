use document::{Layer, Text};
use egui::{Color32, CornerRadius, Label, RichText, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::session::Session;
use crate::theme::{CONTROL_HEIGHT, GRID};
use crate::widgets::row_label;

/// What is written on the only selected layer.
pub struct LayerText<'a> {
    text: &'a Text,
    /// In the document.
    size: f64,
}

impl<'a> LayerText<'a> {
    /// Height of its two rows.
    pub const HEIGHT: f32 = 2.0 * (CONTROL_HEIGHT + GRID);

    pub fn of(session: &'a Session) -> Option<Self> {
        let layer: &Layer = session.only_selected()?;
        let (text, raster) = (layer.text()?, layer.as_raster()?);
        let size = f64::from(text.size) * raster.transform.scale.y.abs();
        Some(Self { text, size })
    }

    /// The words, and how they are set.
    pub fn ui(&self, ui: &mut Ui) {
        let words = &self.text.words;
        ui.horizontal(|ui| {
            row_label(ui, "Text");
            let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
            let label = ui.add(Label::new(line).truncate().selectable(false));
            let name = format!("Text on the layer: {words}");
            label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
            label.on_hover_text(words);
        });
        ui.horizontal(|ui| {
            row_label(ui, "Letters");
            let [r, g, b] = self.text.colour;
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(3.0 * GRID), Sense::hover());
            ui.painter()
                .rect_filled(rect, CornerRadius::same(2), Color32::from_rgb(r, g, b));
            let setting = format!(
                "{:.0} px, #{r:02X}{g:02X}{b:02X}, {:.0} % sure",
                self.size,
                100.0 * self.text.confidence
            );
            let label = ui.label(RichText::new(setting).small().weak());
            label.on_hover_text("Height, colour as it was found, and how sure the reading is");
        });
    }
}
