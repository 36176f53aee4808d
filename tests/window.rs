//! The real program in a real window: opens the example poster under Xvfb, decomposes it by keyboard, and saves what the
//! window shows to `target/window.png`, which the README's screenshot is taken from. With Vulkan, with OpenGL, with
//! neither.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, ImageFormat, InputFocus, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

const WIDTH: u16 = 1440;
const HEIGHT: u16 = 900;
/// Generous: a software renderer on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);
const KEY_RETURN: u32 = 0xff0d;
const KEY_CONTROL: u32 = 0xffe3;

/// Ends the process it holds, however the test ends.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

struct Screen {
    connection: RustConnection,
    root: Window,
    window_name: Atom,
    _server: Guard,
    display: String,
}

impl Screen {
    fn start() -> Self {
        let size = format!("{WIDTH}x{HEIGHT}x24");
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed (tests/check.sh installs it)");
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("piped"))
            .read_line(&mut number)
            .expect("Xvfb names its display");
        let display = format!(":{}", number.trim());
        let (connection, screen) = x11rb::connect(Some(&display)).expect("Xvfb answers");
        let root = connection.setup().roots[screen].root;
        let window_name = connection
            .intern_atom(false, b"_NET_WM_NAME")
            .expect("sent")
            .reply()
            .expect("an atom")
            .atom;
        // Away from everything that a pointer above it would change the look of.
        connection
            .warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, 8, HEIGHT as i16 - 8)
            .expect("sent");
        Self {
            connection,
            root,
            window_name,
            _server: Guard(server),
            display,
        }
    }

    /// The top-level window whose title satisfies `matches`, with the title.
    fn window(&self, matches: impl Fn(&str) -> bool) -> Option<(Window, String)> {
        let children = self
            .connection
            .query_tree(self.root)
            .ok()?
            .reply()
            .ok()?
            .children;
        children.into_iter().find_map(|window| {
            let any: u32 = AtomEnum::ANY.into();
            let property = self
                .connection
                .get_property(false, window, self.window_name, any, 0, 1024)
                .ok()?
                .reply()
                .ok()?;
            let title = String::from_utf8(property.value).ok()?;
            matches(&title).then_some((window, title))
        })
    }

    fn wait_for_window(
        &self,
        what: &str,
        program: &mut Guard,
        matches: impl Fn(&str) -> bool,
    ) -> Window {
        let started = Instant::now();
        loop {
            if let Some((window, _)) = self.window(&matches) {
                return window;
            }
            assert!(
                program.0.try_wait().expect("waits").is_none(),
                "the program ended before {what}"
            );
            let title = self.window(|_| true);
            assert!(
                started.elapsed() < PATIENCE,
                "{what} within {PATIENCE:?}; the window is {title:?}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn keycode(&self, keysym: u32) -> u8 {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = self
            .connection
            .get_keyboard_mapping(first, last - first + 1)
            .expect("sent")
            .reply()
            .expect("a mapping");
        let per_code = usize::from(mapping.keysyms_per_keycode);
        let index = mapping
            .keysyms
            .iter()
            .position(|found| *found == keysym)
            .expect("the keyboard has this key");
        first + (index / per_code) as u8
    }

    fn press_with_control(&self, window: Window, keysym: u32) {
        let connection = &self.connection;
        connection
            .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
            .expect("sent");
        let (control, key) = (self.keycode(KEY_CONTROL), self.keycode(keysym));
        let strokes = [
            (KEY_PRESS_EVENT, control),
            (KEY_PRESS_EVENT, key),
            (KEY_RELEASE_EVENT, key),
            (KEY_RELEASE_EVENT, control),
        ];
        for (kind, code) in strokes {
            connection
                .xtest_fake_input(kind, code, 0, self.root, 0, 0, 0)
                .expect("sent");
            connection.flush().expect("sent");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn picture(&self) -> image::RgbImage {
        let reply = self
            .connection
            .get_image(
                ImageFormat::Z_PIXMAP,
                self.root,
                0,
                0,
                WIDTH,
                HEIGHT,
                u32::MAX,
            )
            .expect("sent")
            .reply()
            .expect("the screen's pixels");
        image::RgbImage::from_fn(u32::from(WIDTH), u32::from(HEIGHT), |x, y| {
            let at = 4 * (y as usize * usize::from(WIDTH) + x as usize);
            image::Rgb([reply.data[at + 2], reply.data[at + 1], reply.data[at]])
        })
    }
}

fn distinct_colors(picture: &image::RgbImage) -> usize {
    picture
        .pixels()
        .map(|pixel| pixel.0)
        .collect::<std::collections::HashSet<_>>()
        .len()
}

/// No Vulkan driver is found; OpenGL's software renderer remains.
const WITHOUT_VULKAN: &[(&str, &str)] = &[
    ("VK_DRIVER_FILES", "/nonexistent"),
    ("VK_ICD_FILENAMES", "/nonexistent"),
];

/// Nor an OpenGL driver.
const WITHOUT_OPENGL: &[(&str, &str)] = &[
    ("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent"),
    ("__EGL_VENDOR_LIBRARY_DIRS", "/nonexistent"),
];

/// The program with the poster, on `screen` and in a home of its own.
fn lamina(screen: &Screen, home: &Path, drivers: &[&[(&str, &str)]]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let mut program = Command::new(env!("CARGO_BIN_EXE_lamina"));
    program
        .arg(root.join("assets/example/poster.png"))
        .env("DISPLAY", &screen.display)
        .env("HOME", home)
        .env("LAMINA_LANGUAGE", "en")
        .envs(drivers.iter().copied().flatten().copied());
    for name in [
        "LAMINA_MODEL",
        "HF_HOME",
        "HF_HUB_CACHE",
        "WAYLAND_DISPLAY",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "WGPU_BACKEND",
    ] {
        program.env_remove(name);
    }
    program
}

/// Leaves what the window shows in `file` in the target folder.
fn open_and_decompose_the_poster(drivers: &[&[(&str, &str)]], file: &str) {
    let home = tempfile::tempdir().expect("a home of its own");
    let screen = Screen::start();
    let program = lamina(&screen, home.path(), drivers).spawn();
    let mut program = Guard(program.expect("lamina starts"));

    let window = screen.wait_for_window("the poster is open", &mut program, |title| {
        title.starts_with("poster.png")
    });
    // The first frames load fonts and textures; keys sent before a window has focus are lost.
    std::thread::sleep(Duration::from_secs(2));
    let before = screen.picture();
    screen.press_with_control(window, KEY_RETURN);
    screen.wait_for_window("the poster is decomposed", &mut program, |title| {
        title.starts_with("poster.png*")
    });
    std::thread::sleep(Duration::from_secs(3));
    let after = screen.picture();

    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder")
        .join(file);
    after.save(&path).expect("the screenshot is saved");
    assert!(
        distinct_colors(&after) > 500,
        "the window shows the poster, not a blank: {}",
        path.display()
    );
    let changed = before
        .pixels()
        .zip(after.pixels())
        .filter(|(a, b)| a != b)
        .count();
    assert!(
        changed > 2000,
        "the layer panel filled: {changed} pixels changed"
    );
}

#[test]
fn the_window_opens_a_poster_and_decomposes_it() {
    open_and_decompose_the_poster(&[], "window.png");
}

#[test]
fn without_vulkan_it_does_the_same_on_opengl() {
    open_and_decompose_the_poster(&[WITHOUT_VULKAN], "window-opengl.png");
}

#[test]
fn where_nothing_can_draw_it_says_so_in_one_sentence() {
    let home = tempfile::tempdir().expect("a home of its own");
    let screen = Screen::start();
    let ended = lamina(&screen, home.path(), &[WITHOUT_VULKAN, WITHOUT_OPENGL])
        .output()
        .expect("lamina starts");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(
        said.starts_with("lamina: the window cannot open") && said.contains("lamina decompose"),
        "{said}"
    );
}
