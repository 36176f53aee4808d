//! One AV1 picture, by rav1d.

use re_rav1d::{Decoder, Error, Picture, Settings};
use zenavif_parse::AV1Metadata;

use super::problem as container_problem;
use crate::error::Problem;
use crate::format::Format;
use crate::guard;
use crate::limits::MAX_PIXELS;

pub(super) type Frame = Picture;

/// The first picture of `data`.
pub(super) fn decode(data: &[u8]) -> Result<Frame, Problem> {
    let header = AV1Metadata::parse_av1_bitstream(data).map_err(container_problem)?;
    guard::check_size(header.max_frame_width.get(), header.max_frame_height.get())?;
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    // Of several resolutions the finest.
    settings.set_all_layers(false);
    settings.set_frame_size_limit(MAX_PIXELS as u32);
    settings.set_strict_std_compliance(true);
    let mut decoder = Decoder::with_settings(&settings).map_err(problem)?;
    decoder
        .send_data(data.to_vec(), None, None, None)
        .map_err(problem)?;
    let frame = decoder.get_picture().map_err(problem)?;
    guard::check_size(frame.width(), frame.height())?;
    Ok(frame)
}

fn problem(error: Error) -> Problem {
    match error {
        // It waits for more, and there is no more.
        Error::Again => Problem::Truncated(Format::Avif),
        Error::NotEnoughMemory => Problem::TooMuchMemory(Format::Avif),
        error => Problem::damaged(Format::Avif, &error),
    }
}
