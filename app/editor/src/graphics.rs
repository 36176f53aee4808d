//! What the window asks of the graphics adapter.

use std::sync::Arc;

use eframe::egui_wgpu::{WgpuSetup, WgpuSetupCreateNew};

/// What egui asks for, or as much of it as the adapter has: egui's own setup refuses one whose textures are smaller.
pub fn setup() -> WgpuSetup {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    let wanted = setup.device_descriptor.clone();
    setup.device_descriptor = Arc::new(move |adapter| {
        let mut descriptor = wanted(adapter);
        let limits = descriptor.required_limits;
        descriptor.required_limits = limits.or_worse_values_from(&adapter.limits());
        descriptor
    });
    setup.into()
}
