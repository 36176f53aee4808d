use egui::{RichText, ScrollArea, Ui};
use session::Baseline;
use words::say;

use super::frame::{buttons, primary, title};
use crate::notifications::sentence;
use crate::state::AppContext;
use crate::theme::GRID;

/// What runs took as a rule, and which did not.
pub fn history_ui(ui: &mut Ui, cx: &AppContext<'_>) -> bool {
    title(ui, say!("history-title"));
    match &cx.state.runs.baselines {
        None => {
            ui.spinner();
        }
        Some(Err(error)) => {
            ui.colored_label(cx.tokens.error, sentence(error));
        }
        Some(Ok(baselines)) if baselines.is_empty() => {
            ui.weak(say!("history-empty"));
        }
        Some(Ok(baselines)) => baselines_ui(ui, cx, baselines),
    }
    buttons(ui, |ui| primary(ui, cx, say!("button-close")).clicked())
}

fn baselines_ui(ui: &mut Ui, cx: &AppContext<'_>, baselines: &[Baseline]) {
    ui.weak(say!("history-how-to-read"));
    ui.add_space(GRID);
    let height = (ui.ctx().content_rect().height() - 240.0).clamp(120.0, 480.0);
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for baseline in baselines {
                let what = RichText::new(&baseline.what).strong();
                ui.label(what.color(cx.tokens.text_strong));
                ui.label(sentence(&baseline.figures()));
                if !baseline.stages.is_empty() {
                    ui.label(sentence(&baseline.stage_figures()));
                }
                for run in &baseline.stands_out {
                    ui.label(RichText::new(run.line()).small().weak());
                }
                ui.add_space(GRID * 2.0);
            }
        });
}
