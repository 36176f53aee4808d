//! Small pieces that several panels are made of.

use document::Edit;
use egui::{
    Align2, Button, Color32, CornerRadius, DragValue, Label, Rect, Response, RichText, Role, Sense,
    Slider, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};
use lucide_icons::Icon;
use session::GestureId;
use words::{decimal, typed_number};

use crate::action::Action;
use crate::command::LayersCommand;
use crate::state::AppContext;
use crate::theme::{self, GRID, ICON, ICON_BUTTON_SIZE, LABEL_WIDTH, VALUE_WIDTH};

/// An icon as text, for buttons and labels.
pub fn icon(icon: Icon) -> RichText {
    RichText::new(char::from(icon)).font(theme::icon_font(ICON))
}

/// A square button that is only an icon. `label` is what a screen reader says; the caller adds a tooltip.
pub fn icon_button(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    icon: Icon,
    label: &str,
    look: IconLook,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(ICON_BUTTON_SIZE), Sense::click());
    response.widget_info(|| match look {
        IconLook::On | IconLook::Off => {
            WidgetInfo::selected(Role::Button, ui.is_enabled(), look == IconLook::On, label)
        }
        IconLook::Normal | IconLook::Faint => {
            WidgetInfo::labeled(Role::Button, ui.is_enabled(), label)
        }
    });
    let color = icon_color(ui, cx, &response, look);
    if let Some(fill) = icon_fill(ui, cx, &response, look) {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(theme::CORNER), fill);
    }
    paint_focus(ui, cx, &response, rect);
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        char::from(icon),
        theme::icon_font(ICON),
        color,
    );
    response
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconLook {
    Normal,
    /// Greyed until hovered: what is off or only for whom looks for it.
    Faint,
    /// A switch.
    On,
    Off,
}

fn icon_color(ui: &Ui, cx: &AppContext<'_>, response: &Response, look: IconLook) -> Color32 {
    if !ui.is_enabled() {
        cx.tokens.text_disabled
    } else if look == IconLook::On {
        cx.tokens.on_accent
    } else if response.hovered() {
        cx.tokens.text_strong
    } else if look == IconLook::Faint {
        cx.tokens.text_disabled
    } else {
        cx.tokens.text
    }
}

fn icon_fill(ui: &Ui, cx: &AppContext<'_>, response: &Response, look: IconLook) -> Option<Color32> {
    if look == IconLook::On {
        Some(cx.tokens.accent)
    } else if !ui.is_enabled() {
        None
    } else if response.is_pointer_button_down_on() {
        Some(cx.tokens.control_pressed)
    } else if response.hovered() {
        Some(cx.tokens.control_hovered)
    } else {
        None
    }
}

/// A ring for whoever walks the window by keyboard.
pub fn paint_focus(ui: &Ui, cx: &AppContext<'_>, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, cx.tokens.accent);
        ui.painter().rect_stroke(
            rect,
            CornerRadius::same(theme::CORNER),
            stroke,
            StrokeKind::Inside,
        );
    }
}

/// An icon button for an action, greyed when there is nothing to act on.
pub fn action_icon(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    action: impl Into<Action>,
    look: IconLook,
) -> Response {
    let action = action.into();
    let info = action.info();
    let enabled = cx.state.can(action);
    let response = ui
        .add_enabled_ui(enabled, |ui| {
            icon_button(ui, cx, info.icon, info.tooltip, look)
        })
        .inner;
    if response.clicked() {
        cx.commands.action(action);
    }
    action_tooltip(response, action)
}

/// An action's row in a menu.
pub fn action_item(ui: &mut Ui, cx: &AppContext<'_>, action: impl Into<Action>) -> Response {
    let action = action.into();
    action_item_named(ui, cx, action, action.info().text)
}

/// The same under another name ("Undo Move layer").
pub fn action_item_named(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    action: impl Into<Action>,
    text: &str,
) -> Response {
    let action = action.into();
    let info = action.info();
    let mut button = Button::selectable(cx.state.is_on(action), (icon(info.icon), text))
        .min_size(Vec2::new(theme::MENU_WIDTH, 0.0));
    if let Some(shortcut) = action.shortcut_text(ui.ctx()) {
        button = button.shortcut_text(shortcut);
    }
    let response = ui.add_enabled(cx.state.can(action), button);
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, ui.is_enabled(), text));
    if response.clicked() {
        cx.commands.action(action);
        ui.close();
    }
    response.on_hover_text(info.tooltip)
}

/// The action's sentence with its shortcut, also while it is greyed.
pub fn action_tooltip(response: Response, action: impl Into<Action>) -> Response {
    let action = action.into();
    let text = |ui: &mut Ui| {
        ui.horizontal(|ui| {
            ui.add(Label::new(action.info().tooltip).extend());
            if let Some(shortcut) = action.shortcut_text(ui.ctx()) {
                ui.label(RichText::new(shortcut).weak());
            }
        });
    };
    response.on_hover_ui(text).on_disabled_hover_ui(text)
}

/// The heading of a panel's section.
pub fn heading(ui: &mut Ui, cx: &AppContext<'_>, text: &str) {
    heading_row(ui, cx, text, |_| ());
}

/// The same with something beside it.
pub fn heading_row(ui: &mut Ui, cx: &AppContext<'_>, text: &str, beside: impl FnOnce(&mut Ui)) {
    let text = RichText::new(text)
        .size(theme::TEXT_HEADING)
        .strong()
        .color(cx.tokens.text_strong);
    ui.horizontal(|ui| {
        ui.label(text);
        beside(ui);
    });
}

/// A hairline over the panel's full width, with air.
pub fn divider(ui: &mut Ui, cx: &AppContext<'_>) {
    let (rect, _) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), GRID * 2.0), Sense::hover());
    let margin = f32::from(theme::PANEL_MARGIN);
    let line = rect.x_range().expand(margin);
    ui.painter().hline(
        line,
        rect.center().y.round() + 0.5,
        Stroke::new(1.0, cx.tokens.separator),
    );
}

/// The left column of a row of controls. Returns the label, for `labelled_by`.
pub fn row_label(ui: &mut Ui, text: &str) -> Response {
    ui.allocate_ui_with_layout(
        Vec2::new(LABEL_WIDTH, theme::CONTROL_HEIGHT),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_min_width(LABEL_WIDTH);
            ui.add(Label::new(text).truncate())
        },
    )
    .inner
}

/// What a slider shows of its number.
pub struct SliderLook {
    pub range: std::ops::RangeInclusive<f64>,
    pub decimals: usize,
    pub suffix: &'static str,
    pub tooltip: &'static str,
}

/// Label, slider and digits in one row; both controls carry the label's name.
pub fn slider_row(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    text: &str,
    value: &mut f64,
    look: SliderLook,
) -> Response {
    ui.horizontal(|ui| {
        let label = row_label(ui, text);
        slider_cells(ui, cx, &label, value, look)
    })
    .inner
}

/// The row without its label.
pub fn slider_cells(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    label: &Response,
    value: &mut f64,
    look: SliderLook,
) -> Response {
    let slider = bare_slider(ui, cx, value, &look).labelled_by(label.id);
    let digits = DragValue::new(value)
        .range(look.range)
        .fixed_decimals(look.decimals)
        .custom_formatter(|value, _| decimal(value, look.decimals))
        .custom_parser(typed_number)
        .suffix(look.suffix)
        .speed(10f64.powi(-(look.decimals as i32)).max(0.1))
        .update_while_editing(false);
    let digits = ui.add_sized([VALUE_WIDTH, theme::CONTROL_HEIGHT], digits);
    slider.on_hover_text(look.tooltip) | digits.labelled_by(label.id).on_hover_text(look.tooltip)
}

/// As wide as the row allows beside the digits. The rail is filled where the range starts at nothing.
fn bare_slider(ui: &mut Ui, cx: &AppContext<'_>, value: &mut f64, look: &SliderLook) -> Response {
    let fills = *look.range.start() >= 0.0;
    let slider = Slider::new(value, look.range.clone())
        .show_value(false)
        .step_by(10f64.powi(-(look.decimals as i32)))
        .trailing_fill(fills);
    ui.scope(|ui| {
        let spacing = ui.spacing_mut();
        spacing.interact_size.y = theme::SLIDER_HEIGHT;
        let width = ui.available_width() - VALUE_WIDTH - ui.spacing().item_spacing.x;
        ui.spacing_mut().slider_width = width.max(GRID * 8.0);
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = cx.tokens.accent;
        visuals.widgets.inactive.fg_stroke.color = cx.tokens.text_weak;
        visuals.widgets.inactive.bg_fill = cx.tokens.control_pressed;
        ui.add(slider)
    })
    .inner
}

/// A button over the row's full width, its text in the middle.
pub fn wide_button(ui: &mut Ui, enabled: bool, button: Button<'_>, label: &str) -> Response {
    let size = Vec2::new(ui.available_width(), theme::CONTROL_HEIGHT + GRID * 2.0);
    let response = ui
        .vertical_centered(|ui| ui.add_enabled(enabled, button.min_size(size)))
        .inner;
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, label));
    response
}

/// Makes one undo step of everything a widget changes while it is held, and one of each change by keyboard.
/// `held`: the pointer is down on the widget (or on what it popped up).
pub fn gesture(
    cx: &AppContext<'_>,
    response: &Response,
    held: bool,
    label: &'static str,
    edits: Vec<Edit>,
) {
    let open = cx
        .state
        .session
        .as_ref()
        .and_then(|session| session.gesture())
        == Some(GestureId(response.id.value()));
    if response.changed() {
        if open {
            cx.commands.send(LayersCommand::EditGesture(edits));
        } else if held {
            cx.commands.send(LayersCommand::BeginGesture(
                GestureId(response.id.value()),
                label,
            ));
            cx.commands.send(LayersCommand::EditGesture(edits));
        } else {
            cx.commands.send(LayersCommand::Edit(label, edits));
        }
    }
    if open && !held {
        cx.commands.send(LayersCommand::EndGesture);
    }
}

/// With one decimal, where there is one.
pub fn shortest(value: f64) -> String {
    let tenths = (value * 10.0).round();
    match tenths % 10.0 == 0.0 {
        // Not "-0".
        true => format!("{:.0}", tenths / 10.0 + 0.0),
        false => decimal(value, 1),
    }
}

/// With a capital letter.
pub fn sentence_start(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase());
    first.into_iter().flatten().chain(letters).collect()
}
