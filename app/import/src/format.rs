/// The kinds of file that open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Png,
    Jpeg,
    WebP,
    Avif,
    JpegXl,
    Jpeg2000,
    Tiff,
    Gif,
    Bmp,
    Qoi,
    Tga,
    Ico,
    Psd,
}

/// All of them, for a sentence.
pub const FORMATS: &str =
    "PNG, JPEG, WebP, AVIF, JPEG XL, JPEG 2000, TIFF, GIF, BMP, QOI, TGA, ICO or PSD";

/// What the names of such files end with, as a rule: their content decides what they are.
pub const EXTENSIONS: [&str; 17] = [
    "png", "jpg", "jpeg", "webp", "avif", "jxl", "jp2", "j2k", "jpf", "jpx", "tif", "tiff", "gif",
    "bmp", "qoi", "tga", "ico",
];

/// The same for files of layers, which are also what Lamina writes: a folder of pictures is not searched for them.
pub const LAYERED_EXTENSIONS: [&str; 2] = ["psd", "psb"];

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Format::Png => "PNG",
            Format::Jpeg => "JPEG",
            Format::WebP => "WebP",
            Format::Avif => "AVIF",
            Format::JpegXl => "JPEG XL",
            Format::Jpeg2000 => "JPEG 2000",
            Format::Tiff => "TIFF",
            Format::Gif => "GIF",
            Format::Bmp => "BMP",
            Format::Qoi => "QOI",
            Format::Tga => "TGA",
            Format::Ico => "ICO",
            Format::Psd => "PSD",
        })
    }
}
