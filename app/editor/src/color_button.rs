//! The button that picks a color: it shows and takes what the screen shows, the document keeps its own numbers.

use egui::{Response, Ui};

use crate::screen::Screen;

/// Returns also the color as it is shown, sRGB.
pub fn color_button(ui: &mut Ui, screen: &Screen, color: &mut [u8; 3]) -> (Response, [u8; 3]) {
    // Rounded to the document's numbers and back, a color would drift while it is picked.
    let id = ui.next_auto_id().with("picked");
    let picked: Option<([u8; 3], [u8; 3])> = ui.data(|data| data.get_temp(id));
    let mut shown = match picked {
        Some((shown, made)) if made == *color && screen.picked(shown) == made => shown,
        _ => screen.shown(*color),
    };
    let response = ui.color_edit_button_srgb(&mut shown);
    if response.changed() {
        *color = screen.picked(shown);
        ui.data_mut(|data| data.insert_temp(id, (shown, *color)));
    }
    (response, shown)
}
