//! What is written on the only selected layer, as data: the pixels stay.

use document::{Edit, LayerId, Property, Raster, Text};
use egui::{DragValue, Id, Key, Response, RichText, Role, TextEdit, Ui, Vec2, WidgetInfo};
use lucide_icons::Icon;
use session::Session;
use words::{key, say, typed_number};

use crate::color_button::color_button;
use crate::command::LayersCommand;
use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID, ICON_BUTTON_SIZE, VALUE_WIDTH};
use crate::widgets::{IconLook, gesture, icon_button, row_label, shortest};

/// Of a letter, in pixels of the canvas.
const MAX_SIZE: f64 = 30_000.0;

pub struct LayerText<'a> {
    id: LayerId,
    text: &'a Text,
    /// Of the layer's pixels in the document.
    scale: f64,
    is_locked: bool,
}

impl<'a> LayerText<'a> {
    /// Of its rows.
    pub const HEIGHT: f32 = 3.0 * CONTROL_HEIGHT + 3.0 * GRID;

    pub fn of(session: &'a Session) -> Option<Self> {
        let layer = session.only_selected()?;
        let (text, raster): (_, &Raster) = (layer.text()?, layer.as_raster()?);
        Some(Self {
            id: layer.id,
            text,
            scale: raster.transform.scale.y.abs(),
            is_locked: session.is_locked(layer.id),
        })
    }

    pub fn ui(&self, ui: &mut Ui, cx: &AppContext<'_>) {
        ui.add_enabled_ui(!self.is_locked, |ui| {
            ui.horizontal(|ui| self.words_ui(ui, cx));
            ui.horizontal(|ui| self.letters_ui(ui, cx));
        });
    }

    fn words_ui(&self, ui: &mut Ui, cx: &AppContext<'_>) {
        row_label(ui, say!("text-label"));
        let spacing = ui.spacing().item_spacing.x;
        let width = ui.available_width() - ICON_BUTTON_SIZE - spacing;
        let size = Vec2::new(width, 2.0 * CONTROL_HEIGHT);
        let words = &self.text.words;
        let sure = 100.0 * self.text.confidence;
        let field = Field {
            id: Id::unique(("text", self.id.0)),
            label: say!("text-words"),
            hint: say!("text-words".hint),
            size,
            rows: 2,
        };
        let (response, typed) = field.ui(ui, words);
        response.on_hover_text(say!(
            "text-sure",
            words = words,
            sure = format!("{sure:.0}")
        ));
        if let Some(words) = typed {
            self.send(cx, |text| text.words = words);
        }
        let remove = icon_button(ui, cx, Icon::X, say!("text-remove"), IconLook::Faint);
        if remove.on_hover_text(say!("text-remove".tooltip)).clicked() {
            let edit = Edit::Set(self.id, Property::Text(None));
            cx.commands
                .send(LayersCommand::Edit(key!("step-remove-text"), vec![edit]));
        }
    }

    fn letters_ui(&self, ui: &mut Ui, cx: &AppContext<'_>) {
        row_label(ui, say!("text-letters"));
        let mut size = f64::from(self.text.size) * self.scale;
        let digits = DragValue::new(&mut size)
            .range(1.0..=MAX_SIZE)
            .max_decimals(1)
            .custom_formatter(|value, _| shortest(value))
            .custom_parser(typed_number)
            .suffix(say!("unit-pixels"))
            .update_while_editing(false);
        let digits = ui.add_sized([VALUE_WIDTH, CONTROL_HEIGHT], digits);
        digits.widget_info(|| {
            let mut info = WidgetInfo::drag_value(ui.is_enabled(), size);
            info.label = Some(say!("text-height").to_owned());
            info
        });
        let held = digits.is_pointer_button_down_on();
        self.drag(cx, &digits, held, |text| {
            text.size = (size / self.scale) as f32
        });
        digits.on_hover_text(say!("text-height"));

        let mut color = self.text.colour;
        let (button, shown) = color_button(ui, &cx.state.screen, &mut color);
        // Picked in a popup, so what is held is not the button itself.
        let held = ui.input(|input| input.pointer.any_down());
        self.drag(cx, &button, held, |text| text.colour = color);
        let [r, g, b] = shown;
        let label = say!(
            "text-color",
            r = format!("{r:02X}"),
            g = format!("{g:02X}"),
            b = format!("{b:02X}")
        );
        button.widget_info(|| WidgetInfo::labeled(Role::ColorWell, ui.is_enabled(), &label));
        button.on_hover_text(&label);

        let field = Field {
            id: Id::unique(("family", self.id.0)),
            label: say!("text-family"),
            hint: say!("text-family".hint),
            size: Vec2::new(ui.available_width(), CONTROL_HEIGHT),
            rows: 1,
        };
        let (response, typed) = field.ui(ui, self.text.family.as_deref().unwrap_or(""));
        response.on_hover_text(say!("text-family".tooltip));
        if let Some(family) = typed {
            let family = Some(family.trim().to_owned()).filter(|family| !family.is_empty());
            self.send(cx, |text| text.family = family);
        }
    }

    /// Typed by a person, it is sure.
    fn edit(&self, change: impl FnOnce(&mut Text)) -> Edit {
        let mut text = self.text.clone();
        change(&mut text);
        text.confidence = 1.0;
        Edit::Set(self.id, Property::Text(Some(text)))
    }

    fn send(&self, cx: &AppContext<'_>, change: impl FnOnce(&mut Text)) {
        let edit = self.edit(change);
        cx.commands
            .send(LayersCommand::Edit(key!("step-edit-text"), vec![edit]));
    }

    fn drag(
        &self,
        cx: &AppContext<'_>,
        response: &Response,
        held: bool,
        change: impl FnOnce(&mut Text),
    ) {
        gesture(
            cx,
            response,
            held,
            key!("step-edit-text"),
            vec![self.edit(change)],
        );
    }
}

/// A field whose text is taken when it is left, and as it was after Esc.
struct Field {
    id: Id,
    label: &'static str,
    hint: &'static str,
    size: Vec2,
    rows: usize,
}

impl Field {
    fn ui(&self, ui: &mut Ui, value: &str) -> (Response, Option<String>) {
        let kept = ui.data_mut(|data| data.remove_temp::<String>(self.id));
        let mut typed = kept.unwrap_or_else(|| value.to_owned());
        let (role, edit) = match self.rows {
            1 => (Role::TextInput, TextEdit::singleline(&mut typed)),
            _ => (Role::MultilineTextInput, TextEdit::multiline(&mut typed)),
        };
        let edit = edit
            .id(self.id)
            .hint_text(RichText::new(self.hint).weak())
            .desired_rows(self.rows);
        let response = ui.add_sized(self.size, edit);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(role, ui.is_enabled(), self.label);
            info.current_text_value = Some(typed.clone());
            info
        });
        if response.lost_focus() {
            let is_taken = typed != value && !ui.input(|input| input.key_pressed(Key::Escape));
            return (response, is_taken.then_some(typed));
        }
        if response.has_focus() {
            ui.data_mut(|data| data.insert_temp(self.id, typed));
        }
        (response, None)
    }
}
