//! The parts of the window around the canvas. They read the state and send commands; none knows another.

mod center;
mod controls;
mod decompose;
mod language;
mod layers;
mod loras;
mod model;
mod notifications;
mod preview;
mod progress;
mod prompts;
mod properties;
mod server;
mod status_bar;
mod top_bar;

pub use center::Center;
pub use layers::LayersPanel;
pub use properties::PropertiesPanel;
pub use {
    decompose::decompose_ui, notifications::notifications_ui, status_bar::status_bar_ui,
    top_bar::top_bar_ui,
};
