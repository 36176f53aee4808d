use canvas::{Canvas, CanvasInput, Compare};
use egui::{Align, Button, Color32, Layout, RichText, Stroke, StrokeKind, Ui, UiBuilder, Vec2};
use lucide_icons::Icon;
use words::say;

use super::preview::preview_badge_ui;
use crate::action::{Action, FileAction};
use crate::state::AppContext;
use crate::theme::{self, CONTROL_HEIGHT, GRID};
use crate::widgets::{action_tooltip, icon};

/// The canvas, or what to do while there is no picture.
pub struct Center {
    canvas: Canvas,
}

impl Center {
    pub fn new(canvas: Canvas) -> Self {
        Self { canvas }
    }

    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    pub fn canvas_mut(&mut self) -> &mut Canvas {
        &mut self.canvas
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &AppContext<'_>) {
        let space = ui.max_rect();
        match &cx.state.session {
            Some(session) => {
                let compare = if cx.state.source_button || cx.state.source_key {
                    Compare::Before
                } else {
                    cx.state.compare
                };
                let style = cx.tokens.canvas_style();
                let preview = cx.state.shown_preview();
                let input = CanvasInput {
                    document: session.document(),
                    selection: session.selection(),
                    compare,
                    preview: preview.map(|preview| preview.picture.id()),
                    colors: cx.state.screen.table(),
                    style: &style,
                };
                for action in self.canvas.ui(ui, &input) {
                    cx.commands.send(action);
                }
                let job = cx.state.job();
                if let Some(preview) = job.and_then(|job| job.preview.as_ref())
                    && compare != Compare::Before
                {
                    preview_badge_ui(ui, cx, preview, space);
                }
            }
            None => empty_ui(ui, cx),
        }
        if ui.input(|input| !input.raw.hovered_files.is_empty()) {
            drop_hint_ui(ui, cx, space);
        }
    }
}

fn empty_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let space = ui.max_rect();
    ui.painter().rect_filled(space, 0.0, cx.tokens.backdrop);
    let size = Vec2::new(360.0, 216.0).min(space.size());
    let card = egui::Rect::from_center_size(space.center(), size);
    let layout = Layout::top_down(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(card).layout(layout), |ui| {
        let color = cx.tokens.text_weak;
        ui.label(
            icon(Icon::ImagePlus)
                .font(theme::icon_font(theme::ICON_LARGE))
                .color(color),
        );
        ui.add_space(GRID * 2.0);
        let what_to_do = if cx.state.takes_drops {
            say!("canvas-empty")
        } else {
            say!("canvas-empty-without-drops")
        };
        ui.label(RichText::new(what_to_do).color(cx.tokens.text_strong));
        ui.label(RichText::new(import::FORMATS).small().color(color));
        ui.add_space(GRID * 3.0);
        let action = Action::from(FileAction::Open);
        let info = action.info();
        let white = cx.tokens.on_accent;
        let text = (
            icon(info.icon).color(white),
            RichText::new(say!("canvas-open")).color(white),
        );
        let button = Button::new(text)
            .fill(cx.tokens.accent)
            .min_size(Vec2::new(160.0, CONTROL_HEIGHT + GRID * 2.0));
        let response = ui.add_enabled(cx.state.opening.is_none(), button);
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, true, say!("canvas-open"))
        });
        if response.clicked() {
            cx.commands.action(action);
        }
        action_tooltip(response, action);
    });
}

fn drop_hint_ui(ui: &Ui, cx: &AppContext<'_>, space: egui::Rect) {
    let painter = ui.painter();
    painter.rect_filled(space, 0.0, Color32::from_black_alpha(0x80));
    let stroke = Stroke::new(2.0, cx.tokens.accent);
    painter.rect_stroke(
        space.shrink(GRID * 2.0),
        f32::from(theme::CORNER),
        stroke,
        StrokeKind::Inside,
    );
    let font = egui::FontId::proportional(theme::TEXT_TITLE);
    let text = say!("canvas-drop");
    painter.text(
        space.center(),
        egui::Align2::CENTER_CENTER,
        text,
        font,
        Color32::WHITE,
    );
}
