//! Reading layers whose backend could not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::RgbaImage;
use ocr::{NetworkError, TextBlock};

use crate::{Content, EngineError, ModelLayer, Progress, Stage};

/// A layer is lettering when more than this part of what is seen of it lies within lines of text.
const LETTERING_PART: f64 = 0.6;

/// [`ocr::read_layer`], or what stands in for it in a test.
type Reader<'a> =
    &'a dyn Fn(&RgbaImage, &dyn Fn() -> bool) -> Result<Option<TextBlock>, NetworkError>;

/// Reads each layer of text without words and each of unknown content; the latter becomes text where it is lettering.
/// What cannot be read stays as it is: no job fails of that, but it is noted.
pub(crate) fn read_layers(
    layers: &mut [ModelLayer],
    reader: Reader,
    progress: &dyn Progress,
) -> Result<(), EngineError> {
    let mut unread: Vec<_> = layers.iter_mut().filter(|layer| is_unread(layer)).collect();
    let steps = unread.len() as u32;
    if steps == 0 {
        return Ok(());
    }
    progress.report(Stage::Read, 0, steps);
    for (step, layer) in (1..).zip(&mut unread) {
        progress.check()?;
        let read = AssertUnwindSafe(|| reader(&layer.image, &|| progress.is_cancelled()));
        match catch_unwind(read) {
            Ok(Ok(Some(block))) if is_lettering(&layer.image, &block) => {
                layer.content = Content::Text;
                layer.text = Some(block);
            }
            Ok(Ok(_)) => {}
            Ok(Err(NetworkError::Cancelled)) => return Err(EngineError::Cancelled),
            Ok(Err(_)) | Err(_) => {
                progress.note("Text on the layers could not be read.");
                break;
            }
        }
        progress.report(Stage::Read, step, steps);
    }
    Ok(())
}

fn is_unread(layer: &ModelLayer) -> bool {
    layer.text.is_none() && matches!(layer.content, Content::Text | Content::Unknown)
}

/// Whether the lines of text hold most of what is seen.
fn is_lettering(image: &RgbaImage, block: &TextBlock) -> bool {
    let (mut all, mut within) = (0, 0);
    for (x, y, pixel) in image.enumerate_pixels().filter(|(_, _, p)| p[3] > 0) {
        let alpha = u64::from(pixel[3]);
        let point = [x as f32 + 0.5, y as f32 + 0.5];
        all += alpha;
        if block.lines.iter().any(|line| holds(line.quad, point)) {
            within += alpha;
        }
    }
    within as f64 > LETTERING_PART * all as f64
}

/// Whether a point lies to the right of all sides of a convex quad that is walked clockwise.
fn holds(quad: [[f32; 2]; 4], [x, y]: [f32; 2]) -> bool {
    (0..4).all(|side| {
        let ([ax, ay], [bx, by]) = (quad[side], quad[(side + 1) % 4]);
        (bx - ax) * (y - ay) >= (by - ay) * (x - ax)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use std::cell::RefCell;

    use image::Rgba;
    use ocr::TextLine;

    use super::*;

    #[derive(Default)]
    struct Notes(RefCell<Vec<String>>);

    impl Progress for Notes {
        fn note(&self, sentence: &str) {
            self.0.borrow_mut().push(sentence.to_owned());
        }
    }

    /// 10 × 10 pixels, visible in the columns below `width`.
    fn layer(content: Content, width: u32) -> ModelLayer {
        let image = RgbaImage::from_fn(10, 10, |x, _| {
            Rgba([0, 0, 0, if x < width { 255 } else { 0 }])
        });
        ModelLayer::new(image, content)
    }

    /// In the left half of a picture.
    fn block() -> TextBlock {
        let quad = [[0.0, 0.0], [5.0, 0.0], [5.0, 10.0], [0.0, 10.0]];
        let line = TextLine {
            words: "SALE".into(),
            quad,
            confidence: 1.0,
        };
        TextBlock {
            lines: vec![line],
            quad,
            angle: 0.0,
            size: 10.0,
            colour: [0; 3],
            confidence: 1.0,
        }
    }

    fn broken() -> NetworkError {
        NetworkError::Failed {
            network: "text",
            reason: "no".into(),
        }
    }

    fn read(layers: &mut [ModelLayer], reader: Reader) -> (Result<(), EngineError>, Vec<String>) {
        let notes = Notes::default();
        let read = read_layers(layers, reader, &notes);
        (read, notes.0.into_inner())
    }

    #[test]
    fn lettering_of_unknown_content_becomes_text() {
        let mut layers = [
            layer(Content::Background, 5),
            layer(Content::Unknown, 5),
            layer(Content::Unknown, 10),
            layer(Content::Object, 5),
            layer(Content::Text, 5),
        ];
        let (result, notes) = read(&mut layers, &|_, _| Ok(Some(block())));
        assert_eq!((result, notes.len()), (Ok(()), 0));
        let contents = layers.each_ref().map(|layer| layer.content);
        let [background, text, unknown, object] = [
            Content::Background,
            Content::Text,
            Content::Unknown,
            Content::Object,
        ];
        assert_eq!(contents, [background, text, unknown, object, text]);
        let is_read = layers.each_ref().map(|layer| layer.text.is_some());
        assert_eq!(is_read, [false, true, false, false, true]);
    }

    #[test]
    fn what_has_words_is_not_read_again() {
        let mut layers = [ModelLayer {
            text: Some(block()),
            ..layer(Content::Text, 5)
        }];
        let (result, _) = read(&mut layers, &|_, _| panic!("it was read"));
        assert_eq!(result, Ok(()));
        assert!(layers[0].text.is_some());
    }

    #[test]
    fn a_reader_that_fails_is_noted_and_the_layers_stay() {
        let fails: Reader = &|_, _| Err(broken());
        let panics: Reader = &|_, _| panic!("no");
        for reader in [fails, panics] {
            let mut layers = [layer(Content::Unknown, 5), layer(Content::Unknown, 5)];
            let (result, notes) = read(&mut layers, reader);
            assert_eq!((result, notes.len()), (Ok(()), 1));
            assert!(layers.iter().all(|layer| layer.content == Content::Unknown));
        }
        let mut layers = [layer(Content::Unknown, 5)];
        let (result, _) = read(&mut layers, &|_, _| Err(NetworkError::Cancelled));
        assert_eq!(result, Err(EngineError::Cancelled));
    }
}
