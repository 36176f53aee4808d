//! Keys, pastes and drops that no widget took.

use egui::{Event, Key, Modifiers, ViewportCommand};
use glam::DVec2;
use session::OpenSource;

use crate::action::{Action, ViewAction};
use crate::command::{Command, Commands, LayersCommand};
use crate::state::State;

/// Sends the commands that this frame's input calls for.
pub fn read_input(ctx: &egui::Context, state: &State, commands: &Commands) {
    let typing = ctx.text_edit_focused();
    let focused = ctx.memory(|memory| memory.focused().is_some());
    let events = ctx.input(|input| input.events.clone());
    for event in events {
        if let Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } = event
            && let Some(command) = key_command(state, key, modifiers, typing, focused)
        {
            commands.send(command);
        }
    }
}

/// Gives text fields what their keys for the clipboard mean. Outside of them these keys are actions.
pub fn read_clipboard_keys(ctx: &egui::Context, events: &mut Vec<Event>) {
    if !ctx.text_edit_focused() {
        return;
    }
    events.retain_mut(|event| {
        let Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } = event
        else {
            return true;
        };
        match (*key, modifiers.command) {
            (Key::C, true) | (Key::Copy, _) => *event = Event::Copy,
            (Key::X, true) | (Key::Cut, _) => *event = Event::Cut,
            (Key::V, true) | (Key::Paste, _) => {
                // The text comes back as an event.
                ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
                return false;
            }
            _ => {}
        }
        true
    });
}

/// Whether the key is down that shows the source.
pub fn source_key(ctx: &egui::Context) -> bool {
    !ctx.text_edit_focused() && ctx.input(|input| input.key_down(Key::Backslash))
}

fn key_command(
    state: &State,
    key: Key,
    modifiers: Modifiers,
    typing: bool,
    focused: bool,
) -> Option<Command> {
    if let Some(action) = Action::from_key(key, modifiers) {
        let is_heard = !typing || action.works_while_typing();
        // Held down, not called once.
        let is_held = action == ViewAction::CompareBefore.into();
        return (is_heard && !is_held && state.can(action)).then_some(Command::Action(action));
    }
    if typing || state.session.is_none() {
        return None;
    }
    // A focused slider moves with the arrows.
    let command = match nudge(key, modifiers).filter(|_| !focused) {
        Some(delta) => LayersCommand::Nudge(delta),
        None => LayersCommand::SetOpacity(opacity(key, modifiers)?),
    };
    Some(command.into())
}

/// 1 px, with Shift 10 px.
fn nudge(key: Key, modifiers: Modifiers) -> Option<DVec2> {
    let direction = match key {
        Key::ArrowLeft => DVec2::NEG_X,
        Key::ArrowRight => DVec2::X,
        Key::ArrowUp => DVec2::NEG_Y,
        Key::ArrowDown => DVec2::Y,
        _ => return None,
    };
    if modifiers.is_none() {
        Some(direction)
    } else if modifiers.shift_only() {
        Some(direction * 10.0)
    } else {
        None
    }
}

/// 1 to 9 are 10 % to 90 %, 0 is 100 %.
fn opacity(key: Key, modifiers: Modifiers) -> Option<f32> {
    let digits = [
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
        Key::Num7,
        Key::Num8,
        Key::Num9,
        Key::Num0,
    ];
    let index = digits.iter().position(|digit| *digit == key)?;
    modifiers.is_none().then_some((index + 1) as f32 / 10.0)
}

/// Files dropped on the window, in order.
pub fn dropped_files(ctx: &egui::Context) -> Vec<OpenSource> {
    let files = ctx.input(|input| input.raw.dropped_files.clone());
    files
        .iter()
        .map(|file| OpenSource::File(file.path().to_path_buf()))
        .collect()
}
