//! The open document's colours on the screen, which shows sRGB.

use std::sync::Arc;

use canvas::ColorTable;
use document::Document;
use import::{FromSrgb, ToSrgb};

#[derive(Default)]
pub struct Screen {
    /// What the colours were made of.
    profile: Option<Arc<[u8]>>,
    colors: Option<ScreenColors>,
}

struct ScreenColors {
    to_srgb: ToSrgb,
    /// Some profiles tell only the one way.
    from_srgb: Option<FromSrgb>,
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

    /// A color of the document as the screen shows it, where one can pick it there.
    pub fn shown(&self, color: [u8; 3]) -> [u8; 3] {
        let colors = self.colors.as_ref().filter(|c| c.from_srgb.is_some());
        colors.map_or(color, |colors| colors.to_srgb.colour(color))
    }

    /// The other way.
    pub fn picked(&self, shown: [u8; 3]) -> [u8; 3] {
        let from_srgb = self.colors.as_ref().and_then(|c| c.from_srgb.as_ref());
        from_srgb.map_or(shown, |from_srgb| from_srgb.colour(shown))
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
        Some(Self {
            to_srgb,
            from_srgb: FromSrgb::new(profile),
            table,
        })
    }
}
