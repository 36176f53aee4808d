//! Bringing layers of a kind together, so that a large stack can be grouped.

use std::cmp::Reverse;

use image::RgbaImage;
use pixels::{Rect, visible_rect};
use rayon::prelude::*;

use crate::{Content, ModelLayer};

/// Up to so many layers stay as they came: that many are seen at a glance.
const AT_A_GLANCE: usize = 12;

/// Many layers in another order that looks the same: those of a kind follow each other wherever no overlap forbids it,
/// shapes beneath objects and these beneath text.
pub(crate) fn arrange(layers: Vec<ModelLayer>) -> Vec<ModelLayer> {
    if layers.len() <= AT_A_GLANCE {
        return layers;
    }
    let places: Vec<_> = layers
        .par_iter()
        .map(|layer| visible_rect(&layer.image))
        .collect();
    let overlap = |a: usize, b: usize| {
        let common = places[a].zip(places[b]).and_then(|(a, b)| common(a, b));
        common.is_some_and(|rect| both_visible(&layers[a].image, &layers[b].image, rect))
    };
    // Of each layer, those that must stay beneath it.
    let beneath: Vec<Vec<_>> = (0..layers.len())
        .map(|above| (0..above).filter(|&below| overlap(below, above)).collect())
        .collect();
    let order = order(&layers, &beneath);
    let mut layers: Vec<_> = layers.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|index| layers[index].take())
        .collect()
}

/// As long as there is one, the next layer is of the kind of the last.
fn order(layers: &[ModelLayer], beneath: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(layers.len());
    let mut placed = vec![false; layers.len()];
    while let Some(next) = (0..layers.len())
        .filter(|&layer| !placed[layer] && beneath[layer].iter().all(|&below| placed[below]))
        .min_by_key(|&layer| {
            let content = layers[layer].content;
            let goes_on = order
                .last()
                .is_some_and(|&last| layers[last].content == content);
            (Reverse(goes_on), height(content), layer)
        })
    {
        placed[next] = true;
        order.push(next);
    }
    order
}

fn height(content: Content) -> u8 {
    match content {
        Content::Background => 0,
        Content::Unknown => 1,
        Content::Shape => 2,
        Content::Object => 3,
        Content::Text => 4,
    }
}

fn common(a: Rect, b: Rect) -> Option<Rect> {
    let left = a.left.max(b.left);
    let top = a.top.max(b.top);
    let right = (a.left + a.width).min(b.left + b.width);
    let bottom = (a.top + a.height).min(b.top + b.height);
    (left < right && top < bottom).then(|| Rect {
        left,
        top,
        width: right - left,
        height: bottom - top,
    })
}

fn both_visible(a: &RgbaImage, b: &RgbaImage, rect: Rect) -> bool {
    let columns = rect.left as usize..(rect.left + rect.width) as usize;
    (rect.top..rect.top + rect.height).any(|y| {
        let [a, b] = [a, b].map(|image| {
            let row = y as usize * image.width() as usize;
            &image.as_chunks::<4>().0[row..][columns.clone()]
        });
        a.iter().zip(b).any(|(a, b)| a[3] > 0 && b[3] > 0)
    })
}

#[cfg(test)]
mod tests {
    use image::Rgba;
    use proptest::prelude::*;

    use super::*;
    use crate::recompose;

    const SIDE: u32 = 12;

    fn layer(rect: Rect, color: [u8; 4], content: Content) -> ModelLayer {
        let image = RgbaImage::from_fn(SIDE, SIDE, |x, y| {
            let inside =
                x.wrapping_sub(rect.left) < rect.width && y.wrapping_sub(rect.top) < rect.height;
            Rgba(if inside { color } else { [9, 9, 9, 0] })
        });
        ModelLayer::new(image, content)
    }

    fn stacked(layers: &[ModelLayer]) -> RgbaImage {
        let images: Vec<_> = layers.iter().map(|layer| &layer.image).collect();
        recompose(SIDE, SIDE, &images)
    }

    prop_compose! {
        fn some_layer()(
            left in 0..SIDE, top in 0..SIDE, width in 1..5_u32, height in 1..5_u32, color: [u8; 4],
            content in prop_oneof![
                Just(Content::Object), Just(Content::Shape), Just(Content::Text), Just(Content::Unknown),
            ],
        ) -> ModelLayer {
            layer(Rect { left, top, width, height }, color, content)
        }
    }

    proptest! {
        #[test]
        fn another_order_looks_the_same(layers in prop::collection::vec(some_layer(), 13..24)) {
            let count = layers.len();
            let before = stacked(&layers);
            let arranged = arrange(layers);
            prop_assert_eq!(arranged.len(), count);
            prop_assert_eq!(stacked(&arranged), before);
        }
    }

    #[test]
    fn kinds_come_together_unless_one_lies_over_another() {
        let at = |left, content| {
            let rect = Rect {
                left,
                top: 0,
                width: 1,
                height: 1,
            };
            layer(rect, [1, 2, 3, 200], content)
        };
        let ground = Rect {
            left: 0,
            top: 0,
            width: SIDE,
            height: SIDE,
        };
        let mut layers = vec![layer(ground, [255; 4], Content::Background)];
        for left in 0..SIDE / 2 {
            layers.push(at(2 * left, Content::Text));
            layers.push(at(2 * left + 1, Content::Object));
        }
        // A shape over a text stays over it.
        layers.push(at(0, Content::Shape));
        let arranged = arrange(layers);
        let contents: Vec<_> = arranged.iter().map(|layer| layer.content).collect();
        let runs: Vec<_> = contents
            .chunk_by(|a, b| a == b)
            .map(|run| (run[0], run.len()))
            .collect();
        let expected = [
            (Content::Background, 1),
            (Content::Object, 6),
            (Content::Text, 6),
            (Content::Shape, 1),
        ];
        assert_eq!(runs, expected);
    }

    #[test]
    fn few_layers_stay_as_they_are() {
        let rect = Rect {
            left: 0,
            top: 0,
            width: 1,
            height: 1,
        };
        let few = |content| layer(rect, [1, 2, 3, 255], content);
        let contents = [
            Content::Text,
            Content::Object,
            Content::Text,
            Content::Object,
        ];
        let arranged = arrange(contents.map(few).to_vec());
        let after: Vec<_> = arranged.iter().map(|layer| layer.content).collect();
        assert_eq!(after, contents);
    }
}
