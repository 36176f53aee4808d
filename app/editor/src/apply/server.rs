use std::path::PathBuf;
use std::sync::Arc;

use engine::{Backend, BackendChoice, EngineError, Hardware, JobId, ServerAddress};
use session::Task;
use words::say;

use crate::desktop::DialogError;
use crate::editor::Editor;
use crate::question::Modal;
use crate::server::{Connecting, Joining, ServerCommand, ServerPhase, ServerQuestion};

impl Editor {
    pub(super) fn apply_to_server(&mut self, ctx: &egui::Context, command: ServerCommand) {
        match command {
            ServerCommand::Ask => self.ask_server(),
            ServerCommand::BrowseToken(question) => {
                if let Err(error) = self.background.ask_token(question) {
                    self.state
                        .notifications
                        .error(say!("open-no-dialog", error = error.to_string()));
                }
            }
            ServerCommand::Connect(address) => self.connect(address, true),
            ServerCommand::Disconnect => self.disconnect(ctx),
        }
    }

    /// Connects to the server that the settings remember, if any.
    pub(crate) fn connect_again(&mut self) {
        self.state.server.can_connect = self.background.server.servers.is_some();
        if let Some(address) = self.state.settings.get().server.clone() {
            self.connect(address, false);
        }
    }

    fn ask_server(&mut self) {
        let address = self.state.server.address.as_ref();
        let question = address.map(ServerQuestion::about).unwrap_or_default();
        self.modals.show(Modal::Server(question));
    }

    pub(super) fn token_chosen_by_dialog(
        &mut self,
        mut question: ServerQuestion,
        answer: Result<Option<PathBuf>, DialogError>,
    ) {
        match answer {
            Ok(Some(path)) => question.token_file = path.display().to_string(),
            Ok(None) => {}
            Err(error) => self.state.notifications.error(error.to_string()),
        }
        self.modals.show(Modal::Server(question));
    }

    /// In the background. A server that was asked before is forgotten.
    fn connect(&mut self, address: ServerAddress, is_users: bool) {
        let Some(servers) = self.background.server.servers.as_ref().map(Arc::clone) else {
            return;
        };
        self.background.server.joining = None;
        let asked = address.clone();
        let asking = Task::spawn("server", &self.background.waker, move || {
            servers.backends(&asked)
        });
        self.state.server.address = Some(address);
        self.state.server.phase = match asking {
            Ok(task) => {
                self.background.server.asking = Some(Connecting { is_users, task });
                ServerPhase::Connecting
            }
            Err(error) => ServerPhase::Failed(error.to_string()),
        };
    }

    fn disconnect(&mut self, ctx: &egui::Context) {
        self.background.server.asking = None;
        self.state.server.address = None;
        self.state.server.phase = ServerPhase::Disconnected;
        self.remember_server(ctx);
        self.invite(Vec::new(), None);
    }

    /// Takes what a server has answered. Once a frame.
    pub(crate) fn poll_server(&mut self) {
        let asking = &mut self.background.server.asking;
        let Some(answer) = asking.as_ref().and_then(|asking| asking.task.poll()) else {
            return;
        };
        let is_users = asking.take().is_some_and(|asking| asking.is_users);
        let lost = say!("server-answer-lost");
        let lost = |_| Err(EngineError::Backend(lost.into()));
        match answer.unwrap_or_else(lost) {
            Ok(backends) => {
                let chosen = backends.iter().filter(|_| is_users);
                let hardware = Hardware::default();
                let mut chosen = chosen.map(|backend| backend.status(&hardware));
                let chosen = chosen.find(|status| status.ready);
                self.invite(backends, chosen.map(|status| status.backend.id.to_string()));
            }
            Err(error) => {
                self.state.server.phase = ServerPhase::Failed(error.to_string());
                self.invite(Vec::new(), None);
            }
        }
    }

    /// Puts these backends after this computer's own, once no job runs.
    fn invite(&mut self, guests: Vec<Box<dyn Backend>>, choose: Option<String>) {
        match self.background.engine.invite(guests) {
            Ok(change) => self.background.server.joining = Some(Joining { change, choose }),
            Err(error) => self.state.server.phase = ServerPhase::Failed(error.to_string()),
        }
    }

    /// Of several changes in a row only the last one's outcome is shown.
    pub(super) fn guests_joined(&mut self, ctx: &egui::Context, change: JobId) {
        let joining = &mut self.background.server.joining;
        let Some(joining) = joining.take_if(|joining| joining.change == change) else {
            return;
        };
        if self.state.server.phase == ServerPhase::Connecting {
            self.state.server.phase = ServerPhase::Connected;
            self.remember_server(ctx);
        }
        if let Some(id) = joining.choose {
            self.state.request.backend = BackendChoice::Named(id);
        }
        if self.state.chosen_backend().is_none() {
            self.state.request.backend = BackendChoice::Auto;
        }
    }

    fn remember_server(&mut self, ctx: &egui::Context) {
        let address = self.state.server.address.clone();
        self.state
            .settings
            .change(ctx.input(|input| input.time), |settings| {
                settings.server = address;
            });
    }
}
