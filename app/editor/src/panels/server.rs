use egui::{Button, RichText, Ui};
use lucide_icons::Icon;

use crate::notifications::sentence;
use crate::server::{ServerCommand, ServerPhase};
use crate::state::AppContext;
use crate::theme::CONTROL_HEIGHT;
use crate::widgets::{IconLook, icon_button};

/// The server whose backends are in the list above, and why they are not.
pub fn server_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let server = &cx.state.server;
    if !server.can_connect {
        return;
    }
    let send = |command| cx.commands.send(command);
    ui.horizontal(|ui| {
        let button = Button::new("Remote server…").min_size(egui::vec2(0.0, CONTROL_HEIGHT));
        let button = ui.add(button);
        if button
            .on_hover_text("Decompose where another computer runs lamina serve")
            .clicked()
        {
            send(ServerCommand::Ask);
        }
        match (&server.phase, &server.address) {
            (ServerPhase::Connecting, _) => {
                ui.spinner()
                    .on_hover_text("Asks the server what it can do; done when no job runs");
            }
            (ServerPhase::Failed(_), Some(address)) => {
                let again = icon_button(ui, cx, Icon::RefreshCw, "Try again", IconLook::Faint);
                if again.on_hover_text("Ask the server again").clicked() {
                    send(ServerCommand::Connect(address.clone()));
                }
            }
            _ => {}
        }
    });
    let text = match (&server.phase, &server.address) {
        (ServerPhase::Failed(error), _) => RichText::new(sentence(error)).color(cx.tokens.error),
        (ServerPhase::Connected, Some(address)) => {
            RichText::new(format!("The engines of {} are in the list.", address.url)).weak()
        }
        _ => return,
    };
    ui.label(text.small());
}
