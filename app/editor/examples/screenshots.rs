//! Renders the window in several states, themes and sizes, to be looked at: `screenshots PICTURE FOLDER`.

#![expect(
    clippy::expect_used,
    reason = "a tool for looking: it stops at the first fault"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use editor::{Editor, EditorOptions};
use egui::accesskit::Role;
use egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use engine::{Controls, FakeBackend};

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
}

fn states(picture: &Path, folder: &Path, size: Vec2) {
    let mut window = running(picture, size);
    save(&mut window, folder, "running");
    let mut window = decomposed(picture, Theme::Dark, size, 1.0);
    for (key, name) in [(Key::J, "duplicated"), (Key::G, "grouped")] {
        window.key_press_modifiers(Modifiers::COMMAND, key);
        settle(&mut window);
        save(&mut window, folder, name);
    }
    window.key_press(Key::F2);
    settle(&mut window);
    window.event(egui::Event::Text(
        "海报 ひら カタ 한글 Ab".to_owned(),
    ));
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

fn running(picture: &Path, size: Vec2) -> Harness<'static, Editor> {
    let controls = Controls {
        resolution: true,
        steps: true,
        guidance: true,
        prompt: true,
        seed: true,
    };
    let backend = FakeBackend::new()
        .controls(controls)
        .steps(50)
        .pace(Duration::from_millis(200));
    let mut window = start(backend, Some(picture), Theme::Dark, size, 1.0);
    window
        .get_by_role_and_label(Role::Button, "Decompose")
        .click();
    for _ in 0..100 {
        window.step();
        std::thread::sleep(Duration::from_millis(20));
    }
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
