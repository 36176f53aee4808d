use egui::{Button, RichText, TextEdit, Ui};
use words::say;

use super::frame::{buttons, entered, focus_first, primary, secondary, title};
use crate::server::{ServerCommand, ServerPhase, ServerQuestion};
use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID};

/// Where another computer runs lamina serve, and what it knows this one by.
pub fn server_ui(ui: &mut Ui, cx: &AppContext<'_>, question: &mut ServerQuestion) -> bool {
    title(ui, say!("server-title"));
    ui.weak(say!("server-what-it-is"));
    ui.add_space(GRID);
    let label = ui.label(say!("server-address"));
    let field = TextEdit::singleline(&mut question.url)
        .hint_text("http://desk:7860")
        .desired_width(f32::INFINITY);
    let field = ui.add(field).labelled_by(label.id);
    let mut is_entered = entered(&field);
    focus_first(&field);
    ui.add_space(GRID);
    let (browses, entered) = token_ui(ui, question);
    is_entered |= entered;
    let send = |command| cx.commands.send(command);
    if browses {
        send(ServerCommand::BrowseToken(question.clone()));
        return true;
    }
    let address = question.address();
    buttons(ui, |ui| {
        let ready = address.is_some();
        let agreed = ui.add_enabled_ui(ready, |ui| primary(ui, cx, say!("button-connect")));
        if let Some(address) = address.filter(|_| agreed.inner.clicked() || is_entered) {
            send(ServerCommand::Connect(address));
            return true;
        }
        let cancelled = secondary(ui, say!("button-cancel")).clicked();
        let is_apart = cx.state.server.phase == ServerPhase::Disconnected;
        if !is_apart && secondary(ui, say!("button-disconnect")).clicked() {
            send(ServerCommand::Disconnect);
            return true;
        }
        cancelled
    })
}

/// Whether the desktop's dialog is wanted, and whether Enter was pressed.
fn token_ui(ui: &mut Ui, question: &mut ServerQuestion) -> (bool, bool) {
    let label = ui.label(say!("server-token-file"));
    let answer = ui.horizontal(|ui| {
        let width = ui.available_width() - 96.0 - ui.spacing().item_spacing.x;
        let field = TextEdit::singleline(&mut question.token_file)
            .hint_text(say!("server-token-file".none));
        let field = ui.add_sized([width, CONTROL_HEIGHT], field);
        let field = field.labelled_by(label.id);
        let browse = ui.add_sized([96.0, CONTROL_HEIGHT], Button::new(say!("button-browse")));
        let browse = browse.on_hover_text(say!("button-browse".file));
        (browse.clicked(), entered(&field))
    });
    let hint = say!("server-token-file".note);
    ui.label(RichText::new(hint).small().weak());
    answer.inner
}
