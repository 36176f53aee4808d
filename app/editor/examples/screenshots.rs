//! Renders the window in several states, themes and sizes, to be looked at: `screenshots PICTURE FOLDER`. In another
//! language with `LAMINA_LANGUAGE`.

#![expect(
    clippy::expect_used,
    reason = "a tool for looking: it stops at the first fault"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use editor::{Editor, EditorOptions};
use egui::accesskit::Role;
use egui::{Key, Modifiers, Theme, Vec2, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use engine::{
    Backend, Catalogue, Controls, Decomposition, EngineError, FAKE_MODEL_FILE, FakeBackend,
    FakeModel, FoundModel, Lora, Model, ModelLibrary, ModelPlaces, ModelRole, ModelSource,
    OnTransfer, PublishedModel, ServerAddress, Servers, SingleFiles, Stage, Transfer,
};
use session::{Baseline, ListedLora, Outlier, RunRecord, Settings, SettingsStore, StageBaseline};
use words::Languages;

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(picture), Some(folder)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: screenshots PICTURE FOLDER");
        std::process::exit(2);
    };
    all(&picture, &folder);
}

fn all(picture: &Path, folder: &Path) {
    let large = Vec2::new(1440.0, 900.0);
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let mut window = window(None, theme, large, 1.0);
        save(&mut window, folder, &format!("empty-{name}"));
        let mut window = decomposed(picture, theme, large, 1.0);
        save(&mut window, folder, &format!("layers-{name}"));
        window.key_press_modifiers(Modifiers::COMMAND, Key::E);
        save(&mut window, folder, &format!("export-{name}"));
    }
    save(
        &mut decomposed(picture, Theme::Dark, Vec2::new(1024.0, 700.0), 1.0),
        folder,
        "small",
    );
    save(
        &mut decomposed(picture, Theme::Dark, Vec2::new(1024.0, 700.0), 2.0),
        folder,
        "scale-2",
    );
    states(picture, folder, large);
    models(picture, folder, large);
    projects(picture, folder, large);
    results(picture, folder, large);
    elsewhere(picture, folder, large);
}

/// Blend modes, locks, text, variants, a layer that was split, the difference to the source.
fn results(picture: &Path, folder: &Path, size: Vec2) {
    let mut window = decomposed(picture, Theme::Dark, size, 1.0);
    window
        .get_by_role_and_label(Role::ComboBox, "Blend mode")
        .click();
    save(&mut window, folder, "blend-modes");
    window.key_press(Key::Escape);
    window.get_by_label("Lock position").click();
    window.get_by_label("Layer").click();
    window.run_steps(4);
    window.get_by_label("Say what is written").click();
    save(&mut window, folder, "text");
    let again = Modifiers::COMMAND | Modifiers::SHIFT;
    window.key_press_modifiers(again, Key::Enter);
    settle(&mut window);
    save(&mut window, folder, "split-again");
    window
        .get_by_role_and_label(Role::Button, "Decompose")
        .click();
    settle(&mut window);
    save(&mut window, folder, "variants");
    window
        .get_by_label("Copy a layer from another variant")
        .click();
    save(&mut window, folder, "variants-menu");
    window.key_press(Key::Escape);
    window.run_steps(4);
    window.key_press(Key::ArrowRight);
    window.key_press_modifiers(Modifiers::SHIFT, Key::Y);
    settle(&mut window);
    save(&mut window, folder, "difference");
}

/// Without the pointer: it would open the menu that it is over in another language.
fn open_menu(window: &mut Harness<'static, Editor>, path: &[&str]) {
    window.hover_at(window.ctx.content_rect().center());
    window.run_steps(4);
    for name in path {
        window.get_by_label(name).click_accesskit();
        window.run_steps(4);
    }
}

/// Another computer's engines, and what runs took.
fn elsewhere(picture: &Path, folder: &Path, size: Vec2) {
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let options = EditorOptions {
            open: Some(picture.to_owned()),
            servers: Some(std::sync::Arc::new(Desk)),
            record: Some(std::sync::Arc::new(Book)),
            ..EditorOptions::new(vec![Box::new(FakeBackend::new().named("here", "Quick"))])
        };
        let mut window = start_with(options, theme, size, 1.0);
        for (address, shown) in [("attic", "gone"), ("desk:7860", "connected")] {
            window.get_by_label("Remote server…").click();
            window.run_steps(4);
            let field = window.get_by_role_and_label(Role::TextInput, "Address");
            field.focus();
            window.run_steps(2);
            window.key_press_modifiers(Modifiers::COMMAND, Key::A);
            window.event(egui::Event::Text(address.to_owned()));
            save(&mut window, folder, &format!("server-asked-{name}"));
            window.get_by_label("Connect").click();
            settle(&mut window);
            save(&mut window, folder, &format!("server-{shown}-{name}"));
        }
        window.get_by_label("Help").click();
        window.run_steps(4);
        window.get_by_label("History…").click();
        settle(&mut window);
        save(&mut window, folder, &format!("history-{name}"));
    }
}

struct Desk;

impl Servers for Desk {
    fn backends(&self, server: &ServerAddress) -> Result<Vec<Box<dyn Backend>>, EngineError> {
        let controls = Controls::of_diffusion(16, 4);
        let backend = FakeBackend::new().controls(controls);
        let backend = backend.named("there", "Qwen-Image-Layered at http://desk:7860");
        match server.url.as_str() {
            "http://desk:7860" => Ok(vec![Box::new(backend)]),
            url => Err(EngineError::Backend(format!(
                "the server {url} cannot be reached (Connection refused); look whether lamina serve runs there"
            ))),
        }
    }
}

struct Book;

impl RunRecord for Book {
    fn baselines(&self) -> Result<Vec<Baseline>, String> {
        let stage = |stage, median_seconds, most_bytes| StageBaseline {
            stage,
            median_seconds,
            most_bytes,
        };
        let quick = [
            stage(Stage::Segment, 2.1, None),
            stage(Stage::Inpaint, 0.6, None),
            stage(Stage::Rebuild, 0.7, None),
        ];
        let qwen = [
            stage(Stage::Load, 4.0, Some(13 << 30)),
            stage(Stage::Caption, 2.2, Some(18 << 30)),
            stage(Stage::Encode, 0.3, Some(14 << 30)),
            stage(Stage::Denoise, 18.4, Some(15 << 30)),
            stage(Stage::Decode, 0.9, Some(12 << 30)),
            stage(Stage::Read, 0.5, None),
        ];
        let baseline = |what: &str, done, median, times, stages: &[StageBaseline]| Baseline {
            what: what.into(),
            done,
            failed: done / 10,
            median_seconds: Some(median),
            slowest_seconds: Some(median * times),
            over_forecast: Some(0.98),
            stages: stages.to_vec(),
            stands_out: vec![Outlier {
                ended: "2026-11-28T12:00:00Z".into(),
                seconds: median * times,
                times,
                width: 1600,
                height: 1200,
            }],
        };
        Ok(vec![
            baseline("quick, 640, processor", 212, 3.4, 2.1, &quick),
            baseline("qwen, 640, NVIDIA H100 80GB HBM3", 31, 26.3, 1.7, &qwen),
        ])
    }

    fn keep(&self, _: &Decomposition) -> Result<(), String> {
        Ok(())
    }
}

fn projects(picture: &Path, folder: &Path, size: Vec2) {
    let unsaved = tempfile::tempdir().expect("a folder");
    let options = || EditorOptions {
        open: Some(picture.to_owned()),
        unsaved_folder: Some(unsaved.path().to_owned()),
        autosave_seconds: 0.1,
        ..EditorOptions::new(vec![Box::new(FakeBackend::new())])
    };
    let mut window = start_with(options(), Theme::Dark, size, 1.0);
    window
        .get_by_role_and_label(Role::Button, "Decompose")
        .click();
    settle(&mut window);
    window.get_by_label("File").click();
    save(&mut window, folder, "file-menu");
    window.key_press(Key::Escape);
    window.run_steps(4);
    open_menu(&mut window, &["Layer"]);
    save(&mut window, folder, "layer-menu");
    window.key_press(Key::Escape);
    open_menu(&mut window, &["View", "Language"]);
    save(&mut window, folder, "view-menu");
    window.key_press(Key::Escape);
    window.key_press(Key::Escape);
    window.run_steps(4);
    window.key_press_modifiers(Modifiers::COMMAND, Key::S);
    settle(&mut window);
    save(&mut window, folder, "save-typed");
    window.key_press(Key::Escape);
    window.run_steps(4);
    let viewport = window.input_mut().viewports.entry(ViewportId::ROOT);
    let close = ViewportEvent::Close;
    viewport.or_default().events.push(close);
    save(&mut window, folder, "unsaved");
    settle(&mut window);
    // As a kill: nothing is tidied up.
    drop(window);
    let mut next = start_with(options(), Theme::Light, size, 1.0);
    save(&mut next, folder, "recover");
}

fn states(picture: &Path, folder: &Path, size: Vec2) {
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let mut window = running(picture, theme, size, 12);
        save(&mut window, folder, &format!("caption-{name}"));
        let mut window = running(picture, theme, size, 48);
        save(&mut window, folder, &format!("preview-{name}"));
    }
    let mut window = running(picture, Theme::Dark, Vec2::new(1024.0, 700.0), 48);
    save(&mut window, folder, "preview-small");
    window.get_by_label("Cancel").click();
    settle(&mut window);
    save(&mut window, folder, "model-small");
    let mut window = decomposed(picture, Theme::Dark, size, 1.0);
    for (key, name) in [(Key::J, "duplicated"), (Key::G, "grouped")] {
        window.key_press_modifiers(Modifiers::COMMAND, key);
        settle(&mut window);
        save(&mut window, folder, name);
    }
    window.key_press(Key::F2);
    settle(&mut window);
    window.event(egui::Event::Text("海报 ひら カタ 한글 Ab".to_owned()));
    window.run_steps(3);
    window.key_press(Key::Enter);
    save(&mut window, folder, "names");
    window.get_by_label("Layer").click();
    save(&mut window, folder, "menu");
    window.key_press(Key::Escape);
    window.key_press(Key::F1);
    save(&mut window, folder, "shortcuts");
    window.key_press(Key::Escape);
    window.run_steps(4);
    window.key_press(Key::Y);
    save(&mut window, folder, "split");
}

/// The model's lists, LoRAs, and the dialog that gets a model.
fn models(picture: &Path, folder: &Path, size: Vec2) {
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let mut window = with_models(picture, theme, size);
        save(&mut window, folder, &format!("models-{name}"));
        window
            .get_by_role_and_label(Role::ComboBox, "Transformer")
            .click();
        save(&mut window, folder, &format!("models-list-{name}"));
        window.key_press(Key::Escape);
        window.run_steps(4);
        window.get_by_label("Get a model…").click();
        settle(&mut window);
        save(&mut window, folder, &format!("get-model-{name}"));
        window.get_by_label("Download q4_k_m").click();
        for _ in 0..40 {
            window.step();
            std::thread::sleep(Duration::from_millis(20));
        }
        save(&mut window, folder, &format!("download-{name}"));
        window.get_by_label("Close").click();
        window.run_steps(4);
        save(&mut window, folder, &format!("download-panel-{name}"));
    }
}

fn with_models(picture: &Path, theme: Theme, size: Vec2) -> Harness<'static, Editor> {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("settings.json");
    let lora = |name: &str, strength, on| ListedLora {
        lora: Lora {
            file: format!("/models/loras/{name}.safetensors").into(),
            strength,
        },
        on,
    };
    let settings = Settings {
        loras: vec![
            lora("Qwen-Image-Layered-Lightning-8steps-V1.0", 1.0, true),
            lora("ink", -0.4, false),
        ],
        ..Settings::default()
    };
    settings.write(&file).expect("written");
    let mut model = FakeModel::saying("A poster.");
    let source = ModelSource::Files(SingleFiles {
        transformer: "/models/unet/qwen-image-layered-Q4_K_M.gguf".into(),
        text_encoder: "/models/text_encoders/Qwen2.5-VL-7B-Instruct-Q4_K_M.gguf".into(),
        mmproj: Some("/models/text_encoders/mmproj-F16.gguf".into()),
        vae: "/models/vae/qwen_image_layered_vae.safetensors".into(),
        tokenizer: None,
    });
    model.choose(source).expect("any files do");
    let backend = FakeBackend::new()
        .controls(Controls::of_diffusion(16, 4))
        .model(&model);
    let options = EditorOptions {
        open: Some(picture.to_owned()),
        library: Some(std::sync::Arc::new(Shelf)),
        settings: SettingsStore::at(file),
        ..EditorOptions::new(vec![Box::new(backend)])
    };
    start_with(options, theme, size, 1.0)
}

/// Has always the same.
struct Shelf;

impl ModelLibrary for Shelf {
    fn find(&self, _: &ModelPlaces) -> Vec<FoundModel> {
        let found = |role, path: &str, precision: &str, bytes: f64, fit| FoundModel {
            role,
            name: path.rsplit('/').next().unwrap_or(path).to_owned(),
            path: path.into(),
            format: if path.ends_with("gguf") {
                "GGUF"
            } else {
                "safetensors"
            }
            .into(),
            precision: precision.into(),
            bytes: (bytes * 1e9) as u64,
            fit,
        };
        let fits = || {
            Some(Ok(
                "everything stays on the device; at most 21.3 GiB, about 95 s".into(),
            ))
        };
        let too_large = || {
            Some(Err(
                "it needs 30.1 GiB and 24.0 are free; choose a smaller one".into(),
            ))
        };
        use ModelRole::{Lora, Mmproj, TextEncoder, Transformer, Vae, Whole};
        vec![
            found(
                Whole,
                "/models/Qwen-Image-Layered",
                "bf16",
                57.7,
                too_large(),
            ),
            found(
                Transformer,
                "/models/unet/qwen-image-layered-Q4_K_M.gguf",
                "Q4_K",
                13.1,
                fits(),
            ),
            found(
                Transformer,
                "/models/unet/qwen_image_layered_bf16.safetensors",
                "bf16",
                40.9,
                too_large(),
            ),
            found(
                TextEncoder,
                "/models/text_encoders/Qwen2.5-VL-7B-Instruct-Q4_K_M.gguf",
                "Q4_K",
                4.68,
                None,
            ),
            found(
                Mmproj,
                "/models/text_encoders/mmproj-F16.gguf",
                "f16",
                1.35,
                None,
            ),
            found(
                Vae,
                "/models/vae/qwen_image_layered_vae.safetensors",
                "bf16",
                0.25,
                None,
            ),
            found(Lora, "/models/loras/poster.safetensors", "bf16", 0.3, None),
        ]
    }

    fn catalogue(&self) -> Result<Catalogue, EngineError> {
        let model = |name: &str, about: &str, bytes: f64| PublishedModel {
            name: name.into(),
            about: about.into(),
            licence: "Apache-2.0".into(),
            bytes: (bytes * 1e9) as u64,
            is_here: name == "q8_0",
            is_begun: name == "fp8mixed",
            is_best: name == "q4_k_m",
            fit: Some(match bytes > 30.0 {
                true => Err("it needs 30.1 GiB and 24.0 are free; choose a smaller one".into()),
                false => Ok("everything stays on the device; at most 21.3 GiB, about 95 s".into()),
            }),
        };
        Ok(Catalogue {
            models: vec![
                model("bf16", "as it was published", 57.7),
                model(
                    "fp8mixed",
                    "ComfyUI's FP8, its sensitive layers in bf16",
                    30.2,
                ),
                model("q8_0", "GGUF, 8 bits", 28.1),
                model("q4_k_m", "GGUF, 4 bits", 19.4),
            ],
            folder: "/home/me/.local/share/lamina/models".into(),
            free: 212_000_000_000,
        })
    }

    fn download(&self, _: &str, tell: OnTransfer) -> Result<ModelSource, EngineError> {
        let mut there = 3_100_000_000;
        while tell(Transfer {
            there,
            all: 19_400_000_000,
            checking: false,
        }) {
            there += 2_400_000;
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(EngineError::Cancelled)
    }

    fn discard(&self, _: &str) -> Result<(), EngineError> {
        Ok(())
    }
}

fn window(
    picture: Option<&Path>,
    theme: Theme,
    size: Vec2,
    scale: f32,
) -> Harness<'static, Editor> {
    let backend = FakeBackend::new().named("fake", "Discs");
    start(backend, picture, theme, size, scale)
}

fn start(
    backend: FakeBackend,
    picture: Option<&Path>,
    theme: Theme,
    size: Vec2,
    scale: f32,
) -> Harness<'static, Editor> {
    let options = EditorOptions {
        open: picture.map(Path::to_owned),
        ..EditorOptions::new(vec![Box::new(backend)])
    };
    start_with(options, theme, size, scale)
}

fn start_with(
    options: EditorOptions,
    theme: Theme,
    size: Vec2,
    scale: f32,
) -> Harness<'static, Editor> {
    let mut window = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_theme(theme)
        .with_step_dt(1.0 / 60.0)
        .wgpu()
        .build_eframe(|cc| Editor::new(cc, options).expect("the editor starts"));
    settle(&mut window);
    window
}

fn decomposed(picture: &Path, theme: Theme, size: Vec2, scale: f32) -> Harness<'static, Editor> {
    let mut window = window(Some(picture), theme, size, scale);
    window
        .get_by_role_and_label(Role::Button, "Decompose")
        .click();
    settle(&mut window);
    window
}

/// A job with a model that stands still after `steps`: the words of its caption first, then 50 of its own.
fn running(picture: &Path, theme: Theme, size: Vec2, steps: usize) -> Harness<'static, Editor> {
    let controls = Controls::of_diffusion(16, 4);
    let mut model = FakeModel::saying(
        "A poster with large letters over a photograph of the sea at dusk. In front, three people stand on a pier; \
         behind them the sun sets in red and orange.",
    );
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(FAKE_MODEL_FILE), "").expect("a file");
    model
        .choose(ModelSource::Folder(folder.path().to_owned()))
        .expect("the folder holds a model");
    let (step, gate) = crossbeam_channel::bounded(0);
    let backend = FakeBackend::new()
        .controls(controls)
        .model(&model)
        .previews()
        .steps(50)
        .gate(gate);
    let mut window = start_with(
        EditorOptions {
            open: Some(picture.to_owned()),
            ..EditorOptions::new(vec![
                Box::new(backend),
                Box::new(FakeBackend::new().named("other", "Other")),
            ])
        },
        theme,
        size,
        1.0,
    );
    window
        .get_by_role_and_label(Role::Button, "Decompose")
        .click();
    window.run_steps(2);
    for _ in 0..steps {
        window.step();
        let _ = step.send_timeout((), Duration::from_secs(1));
    }
    for _ in 0..60 {
        window.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    // The job stands still where it is.
    std::mem::forget(step);
    window
}

fn settle(window: &mut Harness<'static, Editor>) {
    window.run_steps(4);
    let patience = std::time::Instant::now();
    while window.state().is_busy() && patience.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
        window.step();
    }
    // Thumbnails and fades.
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(10));
        window.step();
    }
}

fn save(window: &mut Harness<'static, Editor>, folder: &Path, name: &str) {
    // It is driven by what it says in English.
    window.run_steps(2);
    let (languages, _) = Languages::of_user(None);
    words::speak(languages.catalogue(Some("en")));
    window.run_steps(4);
    let path = folder.join(format!("{name}.png"));
    let image = window.render().expect("the window renders");
    image.save(&path).expect("the picture is written");
    println!("{}", path.display());
    words::speak(words::Catalogue::default());
    window.run_steps(2);
}
