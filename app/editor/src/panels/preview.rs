use egui::{
    Align, CornerRadius, Frame, Layout, Margin, Rect, RichText, Stroke, Ui, UiBuilder, Vec2,
};
use lucide_icons::Icon;
use words::say;

use crate::command::JobCommand;
use crate::preview::Preview;
use crate::state::AppContext;
use crate::theme::{self, GRID};
use crate::widgets::{IconLook, icon_button};

/// Of a layer's small picture, in points.
const SMALL_SIDE: f32 = 40.0;
const BADGE_SIZE: Vec2 = Vec2::new(240.0, 32.0);

/// Says that what the canvas shows is unfinished, at the top of `space`, and hides it or brings it back.
pub fn preview_badge_ui(ui: &mut Ui, cx: &AppContext<'_>, preview: &Preview, space: Rect) {
    let hidden = cx.state.preview_hidden;
    let corner = space.center_top() + Vec2::new(-BADGE_SIZE.x / 2.0, GRID * 2.0);
    let layout = Layout::top_down(Align::Center);
    let place = UiBuilder::new()
        .max_rect(Rect::from_min_size(corner, BADGE_SIZE))
        .layout(layout);
    ui.scope_builder(place, |ui| {
        let frame = Frame::new()
            .fill(cx.tokens.popup)
            .stroke(Stroke::new(1.0, cx.tokens.outline))
            .corner_radius(CornerRadius::same(theme::CORNER))
            .inner_margin(Margin::symmetric(8, 2));
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                let text = if hidden {
                    say!("preview-hidden").to_owned()
                } else {
                    let moment = preview.moment;
                    say!("preview-step", step = moment.step, steps = moment.steps)
                };
                ui.label(RichText::new(text).color(cx.tokens.text_strong));
                let (symbol, label, tooltip) = if hidden {
                    (
                        Icon::Eye,
                        say!("preview-show"),
                        say!("preview-show".tooltip),
                    )
                } else {
                    (
                        Icon::EyeOff,
                        say!("preview-hide"),
                        say!("preview-hide".tooltip),
                    )
                };
                let toggle = icon_button(ui, cx, symbol, label, IconLook::Normal);
                if toggle.on_hover_text(tooltip).clicked() {
                    cx.commands.send(JobCommand::HidePreview(!hidden));
                }
            });
        });
    });
}

/// The unfinished layers one by one, bottom first.
pub fn preview_strip_ui(ui: &mut Ui, preview: &Preview) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(GRID);
        for (index, layer) in preview.layers.iter().enumerate() {
            let name = say!("preview-layer", number = index + 1);
            let image = egui::Image::new(layer)
                .fit_to_exact_size(Vec2::splat(SMALL_SIDE))
                .alt_text(&name);
            ui.add(image).on_hover_text(name);
        }
    });
}
