//! The open document's colours on the screen, which shows sRGB.

use std::sync::Arc;

use canvas::ColorTable;
use document::Document;
use import::ToSrgb;

#[derive(Default)]
pub struct Screen {
    /// What the colours were made of.
    profile: Option<Arc<[u8]>>,
    colors: Option<ScreenColors>,
}

struct ScreenColors {
    to_srgb: ToSrgb,
    table: Option<ColorTable>,
}

impl Screen {
    /// Once a frame.
    pub fn update(&mut self, document: Option<&Document>) {
        let profile = document.and_then(|document| document.metadata().profile.as_ref());
        let is_kept = match (&self.profile, profile) {
            (Some(before), Some(profile)) => Arc::ptr_eq(before, profile),
            (before, profile) => before.is_none() && profile.is_none(),
        };
        if !is_kept {
            self.profile = profile.cloned();
            self.colors = profile.and_then(|profile| ScreenColors::of(profile));
        }
    }

    /// For small pictures; `None` where the document's numbers are sRGB.
    pub fn to_srgb(&self) -> Option<&ToSrgb> {
        self.colors.as_ref().map(|colors| &colors.to_srgb)
    }

    /// The same for the canvas.
    pub fn table(&self) -> Option<&ColorTable> {
        self.colors.as_ref()?.table.as_ref()
    }
}

impl ScreenColors {
    fn of(profile: &[u8]) -> Option<Self> {
        let to_srgb = ToSrgb::new(profile)?;
        let table = ColorTable::new(ToSrgb::SIDE as u32, to_srgb.table());
        Some(Self { to_srgb, table })
    }
}
