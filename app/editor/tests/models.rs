//! Choosing among the model files and LoRAs that are on this computer.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use common::{ScriptedDialogs, Window, all_controls, stack};
use crossbeam_channel::{Receiver, bounded};
use editor::EditorOptions;
use engine::{
    Catalogue, DecomposeRequest, EngineError, FakeBackend, FakeModel, FoundModel, Lora, Model,
    ModelLibrary, ModelPlaces, ModelRole, ModelSource, OnTransfer, SingleFiles,
};
use session::SettingsStore;

/// Has always the same, and more where ComfyUI is named.
#[derive(Default)]
struct Shelf {
    found: Vec<FoundModel>,
    in_comfyui: Vec<FoundModel>,
    asked: Mutex<Vec<ModelPlaces>>,
}

impl ModelLibrary for Shelf {
    fn find(&self, places: &ModelPlaces) -> Vec<FoundModel> {
        self.asked.lock().unwrap().push(places.clone());
        let comfyui = places.comfyui.iter().flat_map(|_| self.in_comfyui.clone());
        self.found.iter().cloned().chain(comfyui).collect()
    }

    fn catalogue(&self) -> Result<Catalogue, EngineError> {
        Err(EngineError::Backend("nothing is published here".into()))
    }

    fn download(&self, _: &str, _: OnTransfer) -> Result<ModelSource, EngineError> {
        Err(EngineError::Backend("nothing is published here".into()))
    }

    fn discard(&self, _: &str) -> Result<(), EngineError> {
        Ok(())
    }
}

fn found(role: ModelRole, path: &str) -> FoundModel {
    let path = PathBuf::from(path);
    FoundModel {
        role,
        name: path.file_name().unwrap().to_str().unwrap().to_owned(),
        format: "GGUF".into(),
        precision: "Q4_K".into(),
        bytes: 13_100_000_000,
        fit: (role == ModelRole::Transformer).then(|| Ok("all of it stays on the device".into())),
        path,
    }
}

struct Desk {
    window: Window,
    model: FakeModel,
    shelf: Arc<Shelf>,
    requests: Receiver<DecomposeRequest>,
}

fn desk(shelf: Shelf, answers: &[&str], settings: SettingsStore) -> Desk {
    desk_of(FakeModel::saying("A square."), shelf, answers, settings)
}

fn desk_of(model: FakeModel, shelf: Shelf, answers: &[&str], settings: SettingsStore) -> Desk {
    let (sender, requests) = bounded(16);
    let backend = FakeBackend::new()
        .layers(stack())
        .controls(all_controls())
        .requests(sender)
        .model(&model);
    let shelf = Arc::new(shelf);
    let mut window = Window::start(EditorOptions {
        dialogs: Box::new(ScriptedDialogs::answering(
            answers.iter().map(PathBuf::from),
        )),
        library: Some(shelf.clone()),
        settings,
        ..EditorOptions::new(vec![Box::new(backend)])
    });
    window.settle();
    Desk {
        window,
        model,
        shelf,
        requests,
    }
}

fn files(transformer: &str, text_encoder: &str, mmproj: Option<&str>, vae: &str) -> ModelSource {
    ModelSource::Files(SingleFiles {
        transformer: transformer.into(),
        text_encoder: text_encoder.into(),
        mmproj: mmproj.map(PathBuf::from),
        vae: vae.into(),
        tokenizer: None,
    })
}

#[test]
fn a_transformer_brings_what_is_the_only_one_of_its_kind() {
    let shelf = Shelf {
        found: vec![
            found(ModelRole::Transformer, "/m/a.gguf"),
            found(ModelRole::Transformer, "/m/b.gguf"),
            found(ModelRole::TextEncoder, "/m/text.gguf"),
            found(ModelRole::Mmproj, "/m/mmproj.gguf"),
            found(ModelRole::Mmproj, "/other/mmproj.gguf"),
            found(ModelRole::Vae, "/m/vae.safetensors"),
        ],
        ..Shelf::default()
    };
    let mut desk = desk(shelf, &[], SettingsStore::nowhere());
    desk.window.choose("Transformer", "b.gguf");
    let mmproj = Some("/m/mmproj.gguf");
    assert_eq!(
        desk.model.status().source,
        Some(files(
            "/m/b.gguf",
            "/m/text.gguf",
            mmproj,
            "/m/vae.safetensors"
        )),
        "the vision half is the one beside the text encoder"
    );
    assert!(desk.window.shows_text("GGUF, Q4_K, 13.1 GB"));
    assert!(
        desk.window
            .shows_text("Fits: all of it stays on the device.")
    );
}

#[test]
fn what_is_still_missing_is_said_and_may_come_by_dialog() {
    let shelf = Shelf {
        found: vec![
            found(ModelRole::Transformer, "/m/a.gguf"),
            found(ModelRole::Vae, "/m/one.safetensors"),
            found(ModelRole::Vae, "/m/two.safetensors"),
        ],
        ..Shelf::default()
    };
    let mut desk = desk(shelf, &["/t/text.safetensors"], SettingsStore::nowhere());
    desk.window.choose("Transformer", "a.gguf");
    assert_eq!(desk.model.status().source, None);
    assert!(
        desk.window
            .shows_text("Choose a text encoder and a VAE too.")
    );
    desk.window.choose("VAE", "two.safetensors");
    assert!(desk.window.shows_text("Choose a text encoder too."));
    desk.window.choose("Text encoder", "Another file…");
    assert_eq!(
        desk.model.status().source,
        Some(files(
            "/m/a.gguf",
            "/t/text.safetensors",
            None,
            "/m/two.safetensors"
        ))
    );
    let asked = desk.shelf.asked.lock().unwrap();
    let last = asked.last().unwrap();
    assert!(last.named.contains(&PathBuf::from("/t/text.safetensors")));
}

#[test]
fn single_files_comfyui_and_loras_are_remembered() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("settings.json");
    let shelf = || Shelf {
        in_comfyui: vec![
            found(ModelRole::Transformer, "/c/t.safetensors"),
            found(ModelRole::TextEncoder, "/c/text.safetensors"),
            found(ModelRole::Vae, "/c/vae.safetensors"),
            found(ModelRole::Lora, "/c/loras/ink.safetensors"),
        ],
        ..Shelf::default()
    };
    let mut first = desk(shelf(), &["/c"], SettingsStore::at(file.clone()));
    first.window.click_button("ComfyUI…");
    first.window.settle();
    first.window.choose("Transformer", "t.safetensors");
    let chosen = files(
        "/c/t.safetensors",
        "/c/text.safetensors",
        None,
        "/c/vae.safetensors",
    );
    assert_eq!(first.model.status().source, Some(chosen.clone()));
    first.window.click_button("Add a LoRA");
    first.window.click_button("ink.safetensors");
    first.window.settle();
    drop(first);

    let store = SettingsStore::at(file);
    assert_eq!(store.get().model, Some(chosen));
    let loras = &store.get().loras;
    assert!(loras[0].on && loras[0].lora.file.ends_with("ink.safetensors"));
    let next = desk(shelf(), &[], store);
    let asked = next.shelf.asked.lock().unwrap();
    assert_eq!(asked[0].comfyui.as_deref(), Some(Path::new("/c")));
}

#[test]
fn a_model_that_does_not_fit_says_why() {
    let mut whole = found(ModelRole::Whole, "/m/bf16");
    whole.fit = Some(Err("it needs 40 GiB; choose a smaller one".into()));
    let shelf = Shelf {
        found: vec![whole],
        ..Shelf::default()
    };
    let mut desk = desk(shelf, &[], SettingsStore::nowhere());
    desk.window.choose("Found", "bf16");
    assert!(
        desk.window.shows_text("/m/bf16 holds no model"),
        "the backend has the last word"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(engine::FAKE_MODEL_FILE), "").unwrap();
    let mut whole = found(ModelRole::Whole, folder.path().to_str().unwrap());
    whole.name = "mine".into();
    whole.fit = Some(Err("it needs 40 GiB; choose a smaller one".into()));
    let shelf = Shelf {
        found: vec![whole],
        ..Shelf::default()
    };
    let mut desk = self::desk(shelf, &[], SettingsStore::nowhere());
    desk.window.choose("Found", "mine");
    assert!(
        desk.window
            .shows_text("It needs 40 GiB; choose a smaller one.")
    );
}

#[test]
fn loras_go_into_the_request_as_they_are_listed() {
    let mut model = FakeModel::saying("A square.");
    model.choose(files("t", "text", None, "vae")).unwrap();
    let answers = [
        "/l/ink.safetensors",
        "/l/glow.safetensors",
        "/l/ink.safetensors",
    ];
    let mut desk = desk_of(model, Shelf::default(), &answers, SettingsStore::nowhere());
    let path = desk.window.picture("poster.png", 64, 48);
    desk.window.drop_file(&path);
    desk.window.settle();
    for _ in answers {
        desk.window.click_button("Add a LoRA");
        desk.window.click_button("Choose a file…");
        desk.window.settle();
    }
    let asked_for = |desk: &mut Desk| {
        desk.window.click_button("Decompose");
        desk.window.settle();
        desk.requests.try_recv().unwrap().diffusion.loras
    };
    let both = [lora("ink", 1.0), lora("glow", 1.0)];
    assert_eq!(asked_for(&mut desk), both, "none is listed twice");
    desk.window.slider("Strength of glow", -0.5);
    desk.window.click_button("Move up glow");
    assert_eq!(asked_for(&mut desk), [lora("glow", -0.5), lora("ink", 1.0)]);
    desk.window.click_check_box("glow");
    assert_eq!(asked_for(&mut desk), [lora("ink", 1.0)]);
    desk.window.click_button("Remove ink");
    assert_eq!(asked_for(&mut desk), []);
    desk.window.click_check_box("glow");
    assert_eq!(asked_for(&mut desk), [lora("glow", -0.5)]);
}

fn lora(name: &str, strength: f32) -> Lora {
    Lora {
        file: PathBuf::from(format!("/l/{name}.safetensors")),
        strength,
    }
}
