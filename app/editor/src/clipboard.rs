use image::RgbaImage;

/// Reads what was copied. Called on a background thread: a large picture takes long to decode.
pub trait Clipboard: std::fmt::Debug + Send + Sync {
    fn read(&self) -> Copied;
}

/// What the clipboard holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Copied {
    Text(String),
    /// Straight alpha, sRGB.
    Picture(RgbaImage),
    Nothing,
}

/// The desktop's clipboard.
#[derive(Debug)]
pub struct SystemClipboard;

impl Clipboard for SystemClipboard {
    fn read(&self) -> Copied {
        let Ok(mut clipboard) = arboard::Clipboard::new() else {
            return Copied::Nothing;
        };
        // A copied file comes as text; a copied picture has none.
        if let Ok(text) = clipboard.get_text() {
            return Copied::Text(text);
        }
        let picture = clipboard.get_image().ok().and_then(|image| {
            let (width, height) = (image.width.try_into().ok()?, image.height.try_into().ok()?);
            RgbaImage::from_raw(width, height, image.bytes.into_owned())
        });
        picture.map_or(Copied::Nothing, Copied::Picture)
    }
}
