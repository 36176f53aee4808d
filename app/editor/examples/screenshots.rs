//! Renders the window in several states, themes and sizes, to be looked at: `screenshots PICTURE FOLDER`.

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
use engine::{Controls, FAKE_MODEL_FILE, FakeBackend, FakeModel, Model};

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(picture), Some(folder)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: screenshots PICTURE FOLDER");
        std::process::exit(2);
    };
    let large = Vec2::new(1440.0, 900.0);
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let mut window = window(None, theme, large, 1.0);
        save(&mut window, &folder, &format!("empty-{name}"));
        let mut window = decomposed(&picture, theme, large, 1.0);
        save(&mut window, &folder, &format!("layers-{name}"));
        window.key_press_modifiers(Modifiers::COMMAND, Key::E);
        save(&mut window, &folder, &format!("export-{name}"));
    }
    save(
        &mut decomposed(&picture, Theme::Dark, Vec2::new(1024.0, 700.0), 1.0),
        &folder,
        "small",
    );
    save(
        &mut decomposed(&picture, Theme::Dark, Vec2::new(1024.0, 700.0), 2.0),
        &folder,
        "scale-2",
    );
    states(&picture, &folder, large);
    projects(&picture, &folder, large);
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
        .choose(folder.path().to_owned())
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
    while window.state().is_busy() {
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
    window.run_steps(4);
    let path = folder.join(format!("{name}.png"));
    let image = window.render().expect("the window renders");
    image.save(&path).expect("the picture is written");
    println!("{}", path.display());
}
