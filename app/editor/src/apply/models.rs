use std::path::PathBuf;

use engine::{ModelPlaces, ModelRole, ModelSource};
use session::{ListedLora, Picked, Task};
use words::say;

use crate::desktop::DialogError;
use crate::editor::Editor;
use crate::models::ModelsCommand;
use crate::question::{Modal, PathQuestion};

impl Editor {
    pub(super) fn apply_to_models(&mut self, ctx: &egui::Context, command: ModelsCommand) {
        match command {
            ModelsCommand::Look => self.look_for_models(),
            ModelsCommand::Browse(asked) => self.browse_models(asked),
            ModelsCommand::Choose(asked, path) => self.choose_path(ctx, asked, path),
            ModelsCommand::ShowCatalogue => self.show_catalogue(),
            ModelsCommand::Download(name) => self.download(name),
            ModelsCommand::PauseDownload => self.pause_download(),
            ModelsCommand::DiscardDownload(name) => self.discard_download(name),
            ModelsCommand::SetLoras(loras) => self.set_loras(ctx, loras),
            ModelsCommand::Free => self.free_model(),
        }
    }

    /// In the background; what was found before stays listed until then.
    pub(crate) fn look_for_models(&mut self) {
        let tasks = &mut self.background.library;
        let library = tasks.library();
        self.state.models.can_get = library.is_some();
        let Some(library) = library else { return };
        if tasks.look.is_some() {
            tasks.look_again = true;
            return;
        }
        let settings = self.state.settings.get();
        let chosen = self
            .state
            .model()
            .and_then(|(_, model)| model.source.clone());
        let picked = Picked::ROLES.iter().filter_map(|role| {
            let picked = self.state.models.picked.get(*role)?;
            Some(picked.to_owned())
        });
        let listed = settings.loras.iter().map(|listed| listed.lora.file.clone());
        let mut named: Vec<PathBuf> = picked.chain(listed).collect();
        match chosen {
            Some(ModelSource::Folder(folder)) => named.push(folder),
            Some(source @ ModelSource::Files(_)) => {
                let picked = Picked::of(&source);
                let files = Picked::ROLES.iter().filter_map(|role| picked.get(*role));
                named.extend(files.map(PathBuf::from));
                if self.state.models.picked.is_empty() {
                    self.state.models.picked = picked;
                }
            }
            None => {}
        }
        let places = ModelPlaces {
            comfyui: settings.comfyui_folder.clone(),
            named,
        };
        match Task::spawn("look", &self.background.waker, move || {
            library.find(&places)
        }) {
            Ok(task) => tasks.look = Some(task),
            Err(error) => self
                .state
                .notifications
                .error(say!("model-not-looked-for", error = error.to_string())),
        }
    }

    /// Takes what is finished. Once a frame.
    pub(crate) fn poll_models(&mut self, ctx: &egui::Context) {
        let tasks = &mut self.background.library;
        if let Some(found) = tasks.look.as_ref().and_then(Task::poll) {
            tasks.look = None;
            self.state.models.found = found.unwrap_or_default();
            if std::mem::take(&mut tasks.look_again) {
                self.look_for_models();
            }
        }
        let tasks = &mut self.background.library;
        if let Some(catalogue) = tasks.catalogue.as_ref().and_then(Task::poll) {
            tasks.catalogue = None;
            let lost = say!("download-catalogue-lost");
            let catalogue = catalogue.map_err(|_| lost.to_owned());
            let catalogue = catalogue.and_then(|answer| answer.map_err(|error| error.to_string()));
            self.state.models.catalogue = Some(catalogue);
        }
        self.state.models.is_looking = tasks.look.is_some();
        self.poll_download(ctx);
    }

    fn browse_models(&mut self, asked: PathQuestion) {
        let folder = self.folder_for(asked);
        if let Err(error) = self.background.ask_model(asked, folder) {
            self.state
                .notifications
                .error(say!("open-no-dialog", error = error.to_string()));
        }
    }

    /// Where a dialog begins: beside what was chosen before.
    fn folder_for(&self, asked: PathQuestion) -> Option<PathBuf> {
        let beside = |path: &std::path::Path| path.parent().map(PathBuf::from);
        let settings = self.state.settings.get();
        let source = self
            .state
            .model()
            .and_then(|(_, model)| model.source.clone());
        match asked {
            PathQuestion::ModelFolder => match source? {
                ModelSource::Folder(folder) => Some(folder),
                ModelSource::Files(files) => beside(&files.transformer),
            },
            PathQuestion::ComfyUi => settings.comfyui_folder.clone(),
            PathQuestion::File(ModelRole::Lora) => beside(&settings.loras.last()?.lora.file),
            PathQuestion::File(role) => beside(self.state.models.picked.get(role)?),
        }
    }

    pub(super) fn model_chosen_by_dialog(
        &mut self,
        ctx: &egui::Context,
        asked: PathQuestion,
        answer: Result<Option<PathBuf>, DialogError>,
    ) {
        match answer {
            Ok(Some(path)) => self.choose_path(ctx, asked, path),
            Ok(None) => {}
            Err(DialogError::Unavailable) => {
                self.modals.show(Modal::ModelPath(asked, String::new()));
            }
        }
    }

    fn choose_path(&mut self, ctx: &egui::Context, asked: PathQuestion, path: PathBuf) {
        match asked {
            PathQuestion::ModelFolder => self.choose_model(ModelSource::Folder(path)),
            PathQuestion::ComfyUi => {
                self.state
                    .settings
                    .change(ctx.input(|input| input.time), |settings| {
                        settings.comfyui_folder = Some(path);
                    })
            }
            PathQuestion::File(ModelRole::Lora) => self.add_lora(ctx, path),
            PathQuestion::File(role) => {
                let models = &mut self.state.models;
                models.picked.pick(role, path, &models.found);
                if let Some(source) = models.picked.source() {
                    self.choose_model(source);
                }
            }
        }
        self.look_for_models();
    }

    fn add_lora(&mut self, ctx: &egui::Context, file: PathBuf) {
        let mut loras = self.state.settings.get().loras.clone();
        if loras.iter().all(|listed| listed.lora.file != file) {
            let strength = 1.0;
            let lora = engine::Lora { file, strength };
            loras.push(ListedLora { lora, on: true });
        }
        self.set_loras(ctx, loras);
    }

    fn set_loras(&mut self, ctx: &egui::Context, loras: Vec<ListedLora>) {
        let now = ctx.input(|input| input.time);
        self.state
            .settings
            .change(now, |settings| settings.loras = loras);
    }
}
