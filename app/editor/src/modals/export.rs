use std::path::PathBuf;

use egui::{Checkbox, RichText, TextEdit, Ui};
use export::PngExtent;
use lucide_icons::Icon;
use project::ExportFormat;

use super::frame::{buttons, entered, primary, secondary, title};
use crate::command::FileCommand;
use crate::question::ExportQuestion;
use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID};
use crate::widgets::icon;

pub fn export_ui(ui: &mut Ui, cx: &AppContext<'_>, question: &mut ExportQuestion) -> bool {
    title(ui, "Export");
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
            "Replace"
        } else {
            "Export"
        };
        let ready = question.plan.path.file_name().is_some();
        let agreed = ui.add_enabled_ui(ready, |ui| primary(ui, cx, text)).inner;
        if agreed.clicked() || ready && path == PathAnswer::Entered {
            let mut question = question.clone();
            question.plan.replace |= question.would_replace;
            cx.commands.send(FileCommand::Export(question));
            return true;
        }
        secondary(ui, "Cancel").clicked()
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
            format!("The folder {name} is not empty; files of the same name are replaced.")
        }
        _ => format!("{name} is there already."),
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
        ExportFormat::Psd => ("PSD", "All layers in one file for Photoshop"),
        ExportFormat::OpenRaster => (
            "OpenRaster",
            "All layers in one file for Krita, GIMP and MyPaint",
        ),
        ExportFormat::Pptx => ("PPTX", "One slide, each layer a picture on it"),
        ExportFormat::Svg => ("SVG", "All layers as pictures for browsers and Inkscape"),
        ExportFormat::PngLayers => ("PNG layers", "A folder with one picture for each layer"),
        ExportFormat::FlattenedPng => ("Flattened PNG", "What is visible, as one picture"),
    }
}

fn options_ui(ui: &mut Ui, question: &mut ExportQuestion) {
    let options = &mut question.plan.options;
    match question.plan.format {
        ExportFormat::Psd => {
            let option = Checkbox::new(
                &mut options.include_source,
                "Keep the original as a hidden bottom layer",
            );
            ui.add(option)
                .on_hover_text("The picture as it was opened, named \"Original\"");
            ui.add(Checkbox::new(&mut options.live2d, "For Live2D Cubism"))
                .on_hover_text(
                    "Each name once, groups at most four deep, recolouring in the pixels",
                );
            ui.add_enabled_ui(!options.live2d, |ui| {
                text_ui(ui, &mut options.editable_text, UPDATE_NOTE);
            });
        }
        ExportFormat::PngLayers => {
            ui.horizontal(|ui| {
                ui.radio_value(
                    &mut options.extent,
                    PngExtent::Trimmed,
                    "As large as the layer",
                )
                .on_hover_text("Each picture is cut to what is visible in it");
                ui.radio_value(
                    &mut options.extent,
                    PngExtent::Canvas,
                    "As large as the canvas",
                )
                .on_hover_text("All pictures are of one size and fit over each other");
            });
        }
        ExportFormat::Pptx => {
            text_ui(ui, &mut options.editable_text, BOXES_NOTE);
            ui.weak("Blend modes are left out; PowerPoint has none.");
        }
        ExportFormat::OpenRaster => {
            ui.weak("Layers as they appear; a project (Ctrl+S) keeps them as they are.");
        }
        ExportFormat::Svg => {
            ui.weak("Layers as they appear, as pictures.");
        }
        ExportFormat::FlattenedPng => {
            ui.weak("Hidden layers are left out.");
        }
    }
}

const UPDATE_NOTE: &str = "Photoshop asks to update these layers when it opens the file. Press Update: it sets the words anew, in a font that it has.";
const BOXES_NOTE: &str = "Words stand in boxes, in Arial, and look only about as they do here.";

fn text_ui(ui: &mut Ui, editable: &mut bool, note: &str) {
    ui.horizontal(|ui| {
        ui.radio_value(editable, false, "Text as pixels")
            .on_hover_text("Looks exactly as it does here");
        ui.radio_value(editable, true, "Editable text")
            .on_hover_text("Layers whose words are known become text");
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
        "Folder"
    } else {
        "File"
    });
    ui.horizontal(|ui| {
        let mut text = question.plan.path.to_string_lossy().into_owned();
        let width = ui.available_width() - 96.0 - ui.spacing().item_spacing.x;
        let field = ui.add_sized([width, CONTROL_HEIGHT], TextEdit::singleline(&mut text));
        let field = field
            .labelled_by(label.id)
            .on_hover_text("Where the export goes");
        if field.changed() {
            question.plan.path = PathBuf::from(text);
            question.plan.replace = false;
            question.would_replace = false;
        }
        let browse = ui.add_sized([96.0, CONTROL_HEIGHT], egui::Button::new("Browse…"));
        let browse = browse.on_hover_text("Choose the place in the desktop's dialog");
        match (browse.clicked(), entered(&field)) {
            (true, _) => PathAnswer::Browse,
            (false, true) => PathAnswer::Entered,
            (false, false) => PathAnswer::None,
        }
    })
    .inner
}
