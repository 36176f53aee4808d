use std::path::PathBuf;

use egui::{Checkbox, RichText, TextEdit, Ui};
use export::PngExtent;
use lucide_icons::Icon;
use project::ExportFormat;
use words::say;

use super::frame::{buttons, entered, primary, secondary, title};
use crate::command::FileCommand;
use crate::question::ExportQuestion;
use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID};
use crate::widgets::icon;

pub fn export_ui(ui: &mut Ui, cx: &AppContext<'_>, question: &mut ExportQuestion) -> bool {
    title(ui, say!("export-title"));
    format_ui(ui, question);
    options_ui(ui, question);
    ui.add_space(GRID);
    let path = path_ui(ui, question);
    if path == PathAnswer::Browse {
        cx.commands
            .send(FileCommand::BrowseExport(question.clone()));
        return true;
    }
    if question.would_replace {
        ui.horizontal(|ui| {
            ui.label(icon(Icon::TriangleAlert).color(cx.tokens.error));
            ui.label(RichText::new(replace_warning(question)).color(cx.tokens.text_strong));
        });
    }
    buttons(ui, |ui| {
        let text = if question.would_replace {
            say!("button-replace")
        } else {
            say!("button-export")
        };
        let ready = question.plan.path.file_name().is_some();
        let agreed = ui.add_enabled_ui(ready, |ui| primary(ui, cx, text)).inner;
        if agreed.clicked() || ready && path == PathAnswer::Entered {
            let mut question = question.clone();
            question.plan.replace |= question.would_replace;
            cx.commands.send(FileCommand::Export(question));
            return true;
        }
        secondary(ui, say!("button-cancel")).clicked()
    })
}

fn replace_warning(question: &ExportQuestion) -> String {
    let name = question
        .plan
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    match question.plan.format {
        ExportFormat::PngLayers => {
            say!("export-folder-not-empty", name = name)
        }
        _ => say!("save-is-there", name = name),
    }
}

fn format_ui(ui: &mut Ui, question: &mut ExportQuestion) {
    ui.horizontal(|ui| {
        for format in ExportFormat::ALL {
            let (text, tooltip) = described(format);
            let chosen = ui
                .selectable_label(question.plan.format == format, text)
                .on_hover_text(tooltip);
            if chosen.clicked() && question.plan.format != format {
                question.plan = question.plan.clone().with_format(format);
                question.would_replace = false;
            }
        }
    });
}

fn described(format: ExportFormat) -> (&'static str, &'static str) {
    match format {
        ExportFormat::Psd => (say!("export-psd"), say!("export-psd".tooltip)),
        ExportFormat::OpenRaster => (say!("export-openraster"), say!("export-openraster".tooltip)),
        ExportFormat::Pptx => (say!("export-pptx"), say!("export-pptx".tooltip)),
        ExportFormat::Svg => (say!("export-svg"), say!("export-svg".tooltip)),
        ExportFormat::PngLayers => (say!("export-png-layers"), say!("export-png-layers".tooltip)),
        ExportFormat::FlattenedPng => (say!("export-flattened"), say!("export-flattened".tooltip)),
    }
}

fn options_ui(ui: &mut Ui, question: &mut ExportQuestion) {
    let options = &mut question.plan.options;
    match question.plan.format {
        ExportFormat::Psd => {
            let option = Checkbox::new(&mut options.include_source, say!("export-keep-original"));
            ui.add(option)
                .on_hover_text(say!("export-keep-original".tooltip));
            ui.add(Checkbox::new(&mut options.live2d, say!("export-live2d")))
                .on_hover_text(say!("export-live2d".tooltip));
            ui.add_enabled_ui(!options.live2d, |ui| {
                text_ui(
                    ui,
                    &mut options.editable_text,
                    say!("export-text-editable".update),
                );
            });
        }
        ExportFormat::PngLayers => {
            ui.horizontal(|ui| {
                ui.radio_value(
                    &mut options.extent,
                    PngExtent::Trimmed,
                    say!("export-extent-layer"),
                )
                .on_hover_text(say!("export-extent-layer".tooltip));
                ui.radio_value(
                    &mut options.extent,
                    PngExtent::Canvas,
                    say!("export-extent-canvas"),
                )
                .on_hover_text(say!("export-extent-canvas".tooltip));
            });
        }
        ExportFormat::Pptx => {
            text_ui(
                ui,
                &mut options.editable_text,
                say!("export-text-editable".boxes),
            );
            ui.weak(say!("export-pptx".note));
        }
        ExportFormat::OpenRaster => {
            ui.weak(say!("export-openraster".note));
        }
        ExportFormat::Svg => {
            ui.weak(say!("export-svg".note));
        }
        ExportFormat::FlattenedPng => {
            ui.weak(say!("export-flattened".note));
        }
    }
}

fn text_ui(ui: &mut Ui, editable: &mut bool, note: &str) {
    ui.horizontal(|ui| {
        ui.radio_value(editable, false, say!("export-text-pixels"))
            .on_hover_text(say!("export-text-pixels".tooltip));
        ui.radio_value(editable, true, say!("export-text-editable"))
            .on_hover_text(say!("export-text-editable".tooltip));
    });
    if *editable {
        ui.weak(note);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PathAnswer {
    None,
    /// The typed path is the one.
    Entered,
    /// The desktop's dialog is wanted.
    Browse,
}

fn path_ui(ui: &mut Ui, question: &mut ExportQuestion) -> PathAnswer {
    let label = ui.label(if question.plan.format == ExportFormat::PngLayers {
        say!("export-folder")
    } else {
        say!("export-file")
    });
    ui.horizontal(|ui| {
        let mut text = question.plan.path.to_string_lossy().into_owned();
        let width = ui.available_width() - 96.0 - ui.spacing().item_spacing.x;
        let field = ui.add_sized([width, CONTROL_HEIGHT], TextEdit::singleline(&mut text));
        let field = field
            .labelled_by(label.id)
            .on_hover_text(say!("export-file".tooltip));
        if field.changed() {
            question.plan.path = PathBuf::from(text);
            question.plan.replace = false;
            question.would_replace = false;
        }
        let browse = ui.add_sized(
            [96.0, CONTROL_HEIGHT],
            egui::Button::new(say!("button-browse")),
        );
        let browse = browse.on_hover_text(say!("button-browse".place));
        match (browse.clicked(), entered(&field)) {
            (true, _) => PathAnswer::Browse,
            (false, true) => PathAnswer::Entered,
            (false, false) => PathAnswer::None,
        }
    })
    .inner
}
