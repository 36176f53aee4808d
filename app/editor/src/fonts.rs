use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

use crate::theme::ICON_FAMILY;

/// Chinese, Japanese and Korean characters; see `assets/fonts/README.md`.
const CJK: &[u8] = include_bytes!("../../../assets/fonts/DroidSansFallback.ttf");

/// egui's own fonts, then [`CJK`] for what they lack; and the icons as a family of their own.
pub fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::default();
    fonts
        .font_data
        .insert("cjk".to_owned(), Arc::new(FontData::from_static(CJK)));
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        fonts
            .families
            .entry(family)
            .or_default()
            .push("cjk".to_owned());
    }
    let icons = FontData::from_static(lucide_icons::LUCIDE_FONT_BYTES);
    fonts
        .font_data
        .insert(ICON_FAMILY.to_owned(), Arc::new(icons));
    fonts.families.insert(
        FontFamily::Name(ICON_FAMILY.into()),
        vec![ICON_FAMILY.to_owned()],
    );
    ctx.set_fonts(fonts);
}
