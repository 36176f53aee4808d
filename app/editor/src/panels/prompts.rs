use egui::{Align, Checkbox, Id, Layout, Response, RichText, ScrollArea, TextEdit, Ui};
use engine::{CaptionLanguage, Controls, DecomposeRequest};
use lucide_icons::Icon;
use words::say;

use super::controls::choice_ui;
use crate::command::JobCommand;
use crate::state::AppContext;
use crate::theme::CONTROL_HEIGHT;
use crate::widgets::{IconLook, icon_button};

/// Of a text that is longer, in points; it scrolls.
const TEXT_HEIGHT: f32 = 120.0;

pub fn prompts_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    request: &mut DecomposeRequest,
    controls: &Controls,
) -> bool {
    let mut changed = controls.prompt.is_some() && prompt_ui(ui, cx, request);
    if let Some(control) = &controls.caption_language
        && is_automatic(request)
    {
        let language = &mut request.diffusion.caption_language;
        let tooltip = say!("prompt-language".tooltip);
        changed |= choice_ui(
            ui,
            say!("prompt-language"),
            language,
            control,
            language_name,
            tooltip,
        );
    }
    if let Some(control) = &controls.negative_prompt {
        changed |= negative_ui(ui, request, &control.default);
    }
    changed
}

fn language_name(language: CaptionLanguage) -> String {
    match language {
        CaptionLanguage::English => say!("prompt-language".english),
        CaptionLanguage::Chinese => say!("prompt-language".chinese),
    }
    .to_owned()
}

/// The backend captions the picture.
fn is_automatic(request: &DecomposeRequest) -> bool {
    request.diffusion.prompt.trim().is_empty()
}

/// The user's words, or the backend's until they are edited.
fn prompt_ui(ui: &mut Ui, cx: &AppContext<'_>, request: &mut DecomposeRequest) -> bool {
    let automatic = is_automatic(request);
    let caption = cx.state.caption().filter(|_| automatic);
    let (label, cleared) = ui
        .horizontal(|ui| {
            let label = ui.label(say!("prompt-label"));
            let layout = Layout::right_to_left(Align::Center);
            let cleared = ui.with_layout(layout, |ui| {
                // As high with the button as without.
                ui.set_min_height(CONTROL_HEIGHT);
                if caption.is_some() {
                    ui.label(RichText::new(say!("prompt-automatic")).small().weak())
                        .on_hover_text(say!("prompt-automatic".tooltip));
                }
                !automatic && clear_ui(ui, cx)
            });
            (label, cleared.inner)
        })
        .inner;
    if cleared {
        request.diffusion.prompt.clear();
        cx.commands.send(JobCommand::ShowCaption(true));
        return true;
    }
    let mut text = caption.unwrap_or(&request.diffusion.prompt).to_owned();
    let hint = say!("prompt-label".hint);
    if !text_area(ui, &label, &mut text, hint, 3).changed() {
        return false;
    }
    if text.trim().is_empty() {
        text.clear();
        cx.commands.send(JobCommand::ShowCaption(false));
    }
    request.diffusion.prompt = text;
    true
}

fn clear_ui(ui: &mut Ui, cx: &AppContext<'_>) -> bool {
    icon_button(ui, cx, Icon::X, say!("prompt-clear"), IconLook::Normal)
        .on_hover_text(say!("prompt-clear".tooltip))
        .clicked()
}

/// `none`: what stands for no text.
fn negative_ui(ui: &mut Ui, request: &mut DecomposeRequest, none: &str) -> bool {
    let switched_off = Id::unique("negative prompt that is switched off");
    let mut on = request.diffusion.negative_prompt.is_some();
    let switch = ui
        .add(Checkbox::new(&mut on, say!("prompt-negative")))
        .on_hover_text(say!("prompt-negative".tooltip));
    let mut changed = switch.changed();
    if changed {
        let kept = request.diffusion.negative_prompt.take();
        request.diffusion.negative_prompt = ui.data_mut(|data| match kept {
            Some(text) => {
                data.insert_temp(switched_off, text);
                None
            }
            None => Some(
                data.get_temp(switched_off)
                    .unwrap_or_else(|| none.to_owned()),
            ),
        });
    }
    if let Some(negative) = &mut request.diffusion.negative_prompt {
        let mut text = if negative == none {
            String::new()
        } else {
            negative.clone()
        };
        if text_area(ui, &switch, &mut text, say!("prompt-negative".hint), 2).changed() {
            *negative = if text.is_empty() {
                none.to_owned()
            } else {
                text
            };
            changed = true;
        }
    }
    changed
}

fn text_area(
    ui: &mut Ui,
    label: &Response,
    text: &mut String,
    hint: &str,
    rows: usize,
) -> Response {
    let edit = TextEdit::multiline(text)
        .hint_text(hint)
        .desired_rows(rows)
        .desired_width(f32::INFINITY);
    ScrollArea::vertical()
        .id_salt(label.id)
        .max_height(TEXT_HEIGHT)
        .show(ui, |ui| ui.add(edit))
        .inner
        .labelled_by(label.id)
        .on_hover_text(hint)
}
