use egui::{Button, RichText, Ui};
use lucide_icons::Icon;
use words::say;

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
        let button = Button::new(say!("server-button")).min_size(egui::vec2(0.0, CONTROL_HEIGHT));
        let button = ui.add(button);
        if button
            .on_hover_text(say!("server-button".tooltip))
            .clicked()
        {
            send(ServerCommand::Ask);
        }
        match (&server.phase, &server.address) {
            (ServerPhase::Connecting, _) => {
                ui.spinner().on_hover_text(say!("server-asking"));
            }
            (ServerPhase::Failed(_), Some(address)) => {
                let again = icon_button(
                    ui,
                    cx,
                    Icon::RefreshCw,
                    say!("server-again"),
                    IconLook::Faint,
                );
                if again.on_hover_text(say!("server-again".tooltip)).clicked() {
                    send(ServerCommand::Connect(address.clone()));
                }
            }
            _ => {}
        }
    });
    let text = match (&server.phase, &server.address) {
        (ServerPhase::Failed(error), _) => RichText::new(sentence(error)).color(cx.tokens.error),
        (ServerPhase::Connected, Some(address)) => {
            RichText::new(say!("server-connected", address = address.url)).weak()
        }
        _ => return,
    };
    ui.label(text.small());
}
