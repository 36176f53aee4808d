use document::LayerId;
use egui::{
    Align2, Color32, CornerRadius, Image, Rect, Response, Role, Sense, Stroke, StrokeKind,
    TextEdit, Ui, UiBuilder, Vec2, WidgetInfo, pos2,
};
use lucide_icons::Icon;
use session::{Row, Session};
use words::say;

use super::menu::context_menu_ui;
use crate::state::AppContext;
use crate::theme::{self, GRID, ICON_BUTTON_SIZE, INDENT, ROW_HEIGHT, THUMBNAIL};
use crate::thumbnails::Thumbnails;
use crate::widgets::{IconLook, icon_button, paint_focus};

/// What the user did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowEvent {
    Click,
    SecondaryClick,
    StartRename,
    EndRename,
    DragStart,
    Eye,
    Lock,
    Fold,
}

/// A name that is being typed.
pub struct Rename {
    pub id: LayerId,
    pub text: String,
    /// The field takes the focus in the frame in which it appears.
    pub focused: bool,
}

/// Eye, fold arrow, thumbnail, name, lock.
pub fn layer_row_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    session: &Session,
    row: Row<'_>,
    thumbnails: &Thumbnails,
    rename: Option<&mut Rename>,
) -> (Rect, Option<RowEvent>) {
    let size = Vec2::new(ui.available_width(), ROW_HEIGHT);
    let (rect, response) =
        ui.allocate_exact_size(size, Sense::CLICK | Sense::DRAG | Sense::FOCUSABLE);
    let selected = session.is_selected(row.layer.id);
    response
        .widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, &row.layer.name));
    paint_background(ui, cx, &response, rect, selected);
    let mut event = row_event(&response);
    response.context_menu(|ui| context_menu_ui(ui, cx, row.layer.id));

    let mut cells = ui.new_child(UiBuilder::new().id_salt(row.layer.id).max_rect(rect));
    let mut parts = Cells {
        left: rect.left() + GRID,
        right: rect.right() - GRID,
        rect,
    };
    event = eye_ui(&mut cells, cx, &row, parts.take_left(ICON_BUTTON_SIZE)).or(event);
    parts.left += GRID + row.depth as f32 * INDENT;
    if row.layer.as_group().is_some() {
        event = fold_ui(&mut cells, cx, &row, parts.take_left(INDENT)).or(event);
    }
    let dimmed = !session.document().is_shown(row.layer.id);
    picture_ui(
        &mut cells,
        cx,
        &row,
        thumbnails,
        parts.take_left(THUMBNAIL.x),
        dimmed,
    );
    parts.left += GRID;
    event = lock_ui(
        &mut cells,
        cx,
        session,
        &row,
        &response,
        parts.take_right(ICON_BUTTON_SIZE),
    )
    .or(event);
    event = name_ui(&mut cells, cx, &row, parts.rest(), dimmed, rename).or(event);
    (rect, event)
}

/// What is left of the row for the next cell.
struct Cells {
    left: f32,
    right: f32,
    rect: Rect,
}

impl Cells {
    fn take_left(&mut self, width: f32) -> Rect {
        let cell = Rect::from_x_y_ranges(self.left..=self.left + width, self.rect.y_range());
        self.left += width + GRID;
        cell
    }

    fn take_right(&mut self, width: f32) -> Rect {
        let cell = Rect::from_x_y_ranges(self.right - width..=self.right, self.rect.y_range());
        self.right -= width + GRID;
        cell
    }

    fn rest(&self) -> Rect {
        Rect::from_x_y_ranges(self.left..=self.right.max(self.left), self.rect.y_range())
    }
}

fn row_event(response: &Response) -> Option<RowEvent> {
    // A click elsewhere just before makes it a triple click for egui.
    if response.double_clicked() || response.triple_clicked() {
        Some(RowEvent::StartRename)
    } else if response.clicked() {
        Some(RowEvent::Click)
    } else if response.secondary_clicked() {
        Some(RowEvent::SecondaryClick)
    } else if response.drag_started_by(egui::PointerButton::Primary) {
        Some(RowEvent::DragStart)
    } else {
        None
    }
}

fn paint_background(ui: &Ui, cx: &AppContext<'_>, response: &Response, rect: Rect, selected: bool) {
    let fill = if selected {
        cx.tokens.selected
    } else if response.hovered() {
        cx.tokens.control
    } else {
        Color32::TRANSPARENT
    };
    ui.painter()
        .rect_filled(rect, CornerRadius::same(theme::CORNER), fill);
    paint_focus(ui, cx, response, rect);
}

fn button_in(ui: &mut Ui, cell: Rect, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let square = Rect::from_center_size(cell.center(), Vec2::splat(ICON_BUTTON_SIZE));
    ui.scope_builder(UiBuilder::new().max_rect(square), add)
        .inner
}

fn eye_ui(ui: &mut Ui, cx: &AppContext<'_>, row: &Row<'_>, cell: Rect) -> Option<RowEvent> {
    let layer = row.layer;
    let name = &layer.name;
    let (icon, label, look) = match layer.visible {
        true => (
            Icon::Eye,
            say!("layers-hide", name = name),
            IconLook::Normal,
        ),
        false => (
            Icon::EyeOff,
            say!("layers-show", name = name),
            IconLook::Faint,
        ),
    };
    let button = button_in(ui, cell, |ui| icon_button(ui, cx, icon, &label, look));
    let clicked = button.clicked();
    button.on_hover_text(say!("layers-eye-tooltip", label = label));
    clicked.then_some(RowEvent::Eye)
}

fn fold_ui(ui: &mut Ui, cx: &AppContext<'_>, row: &Row<'_>, cell: Rect) -> Option<RowEvent> {
    let collapsed = row.layer.as_group().is_some_and(|group| group.collapsed);
    let name = &row.layer.name;
    let (icon, label) = if collapsed {
        (Icon::ChevronRight, say!("layers-unfold", name = name))
    } else {
        (Icon::ChevronDown, say!("layers-fold", name = name))
    };
    let button = button_in(ui, cell, |ui| {
        icon_button(ui, cx, icon, &label, IconLook::Normal)
    });
    let clicked = button.clicked();
    button.on_hover_text(label);
    clicked.then_some(RowEvent::Fold)
}

fn picture_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    row: &Row<'_>,
    thumbnails: &Thumbnails,
    cell: Rect,
    dimmed: bool,
) {
    let room = Rect::from_center_size(cell.center(), THUMBNAIL);
    let shade = if dimmed {
        Color32::from_white_alpha(0x60)
    } else {
        Color32::WHITE
    };
    if row.layer.as_group().is_some() {
        let color = if dimmed {
            cx.tokens.text_disabled
        } else {
            cx.tokens.text
        };
        let icon = char::from(Icon::Folder);
        ui.painter().text(
            room.center(),
            Align2::CENTER_CENTER,
            icon,
            theme::icon_font(theme::ICON),
            color,
        );
    } else if let Some(texture) = thumbnails.get(row.layer.id) {
        let size = texture.size_vec2() / (texture.size_vec2() / THUMBNAIL).max_elem();
        let fitted = Rect::from_center_size(room.center(), size.max(Vec2::splat(1.0)).round());
        Image::new(texture).tint(shade).paint_at(ui, fitted);
        ui.painter().rect_stroke(
            fitted,
            0.0,
            Stroke::new(1.0, cx.tokens.outline),
            StrokeKind::Outside,
        );
    } else {
        ui.painter().rect_filled(room, 0.0, cx.tokens.control);
    }
}

fn lock_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    session: &Session,
    row: &Row<'_>,
    response: &Response,
    cell: Rect,
) -> Option<RowEvent> {
    let layer = row.layer;
    let own = layer.locks.is_any();
    let inherited = !own && session.is_locked(layer.id);
    let name = &layer.name;
    let (icon, label) = match own || inherited {
        true => (Icon::Lock, say!("layers-unlock", name = name)),
        false => (Icon::LockOpen, say!("layers-lock", name = name)),
    };
    // Faint too where it is locked in part.
    let look = match session.is_locked(layer.id) {
        true => IconLook::Normal,
        false => IconLook::Faint,
    };
    let pointed = response.contains_pointer() || response.has_focus();
    let button = button_in(ui, cell, |ui| {
        // The open lock shows only where it may be wanted; it is there for keyboards and screen readers all the same.
        if !own && !inherited && !pointed {
            ui.set_opacity(0.0);
        }
        ui.add_enabled_ui(!inherited, |ui| icon_button(ui, cx, icon, &label, look))
            .inner
    });
    let clicked = button.clicked();
    button
        .on_hover_text(&label)
        .on_disabled_hover_text(say!("layers-group-locked"));
    clicked.then_some(RowEvent::Lock)
}

fn name_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    row: &Row<'_>,
    cell: Rect,
    dimmed: bool,
    rename: Option<&mut Rename>,
) -> Option<RowEvent> {
    let Some(rename) = rename else {
        let color = if dimmed {
            cx.tokens.text_weak
        } else {
            cx.tokens.text_strong
        };
        let font = egui::FontId::proportional(theme::TEXT);
        let mut job = egui::text::LayoutJob::simple_singleline(row.layer.name.clone(), font, color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(cell.width());
        let galley = ui.painter().layout_job(job);
        let top = cell.center().y - galley.size().y / 2.0;
        ui.painter()
            .galley(pos2(cell.left(), top.round()), galley, color);
        return None;
    };
    let field = Rect::from_center_size(
        cell.center(),
        Vec2::new(cell.width(), theme::CONTROL_HEIGHT),
    );
    let edit = TextEdit::singleline(&mut rename.text)
        .id_salt("name")
        .margin(egui::Margin::symmetric(4, 4));
    let response = ui.put(field, edit);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, say!("layers-name")));
    if !rename.focused {
        rename.focused = true;
        response.request_focus();
        select_all(ui, &response, &rename.text);
    }
    response.lost_focus().then_some(RowEvent::EndRename)
}

fn select_all(ui: &Ui, response: &Response, text: &str) {
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), response.id).unwrap_or_default();
    let all = egui::text::CCursorRange::two(
        egui::text::CCursor::new(0),
        egui::text::CCursor::new(text.chars().count()),
    );
    state.cursor.set_char_range(Some(all));
    state.store(ui.ctx(), response.id);
}
