//! How the letters of a Photoshop document's text layers are set, and what damage to that costs.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::fs;

use import::{PictureFile, PsdContent, PsdTypeLayer};
use proptest::prelude::*;

/// As Photoshop writes it, of a short word in one style and a long one in another, of which one has less to say.
const ENGINE_DATA: &str = "\n\n<<
\t/EngineDict
\t<<
\t\t/Editor << /Text (\u{fe}) >>
\t\t/StyleRun
\t\t<<
\t\t\t/RunArray [
\t\t\t<< /StyleSheet << /StyleSheetData << /Font 0 /FontSize 99.0 >> >> >>
\t\t\t<<
\t\t\t\t/StyleSheet
\t\t\t\t<<
\t\t\t\t\t/StyleSheetData
\t\t\t\t\t<<
\t\t\t\t\t\t/Font 1
\t\t\t\t\t\t/AutoLeading false
\t\t\t\t\t\t/Leading 30.5
\t\t\t\t\t\t/FillColor
\t\t\t\t\t\t<<
\t\t\t\t\t\t\t/Type 1
\t\t\t\t\t\t\t/Values [ 1.0 .8 0.0 1.0 ]
\t\t\t\t\t\t>>
\t\t\t\t\t>>
\t\t\t\t>>
\t\t\t>>
\t\t\t]
\t\t\t/RunLengthArray [ 3 7 ]
\t\t>>
\t\t/Rendered << /Shapes << /Children [ << /ShapeType 1 >> ] >> >>
\t>>
\t/ResourceDict
\t<<
\t\t/TheNormalStyleSheet 0
\t\t/StyleSheetSet [ << /StyleSheetData << /Font 0 /FontSize 12.5 >> >> ]
\t\t/FontSet [ << /Name (One) >> << /Name (\\(Two-Bold\\)) >> ]
\t>>
>>";

fn put32(out: &mut Vec<u8>, number: usize) {
    out.extend((number as u32).to_be_bytes());
}

fn type_layer(engine_data: &[u8]) -> Vec<u8> {
    let mut block = vec![0, 1];
    for value in [0.0, 2.0, -2.0, 0.0, 31.5, 40.0_f64] {
        block.extend(value.to_be_bytes());
    }
    block.extend(b"Txt TEXT");
    put32(&mut block, 4);
    block.extend("A\rb\0".encode_utf16().flat_map(u16::to_be_bytes));
    for (key, [left, right]) in [("bounds", [0.0, 99.0_f64]), ("boundingBox", [-1.5, 20.25])] {
        block.extend(key.as_bytes());
        block.extend(b"ObjcLeftUntF#Pnt");
        block.extend(left.to_be_bytes());
        block.extend(b"RghtUntF#Pnt");
        block.extend(right.to_be_bytes());
    }
    block.extend(b"EngineDatatdta");
    put32(&mut block, engine_data.len());
    block.extend(engine_data);
    block
}

/// A file of one pixel with one layer of none, which has this block.
fn file(mode: u8, block: &[u8]) -> Vec<u8> {
    let mut record = vec![0; 18]; // no area, no channels
    record.extend(b"8BIMnorm\xff\0\0\0");
    let mut extra = vec![0; 12]; // no mask, ranges or name
    extra.extend(b"8BIMTySh");
    put32(&mut extra, block.len());
    extra.extend(block);
    put32(&mut record, extra.len());
    record.extend(extra);
    let mut file = [b"8BPS\0\x01".as_slice(), &[0; 6], &[0, 3]].concat();
    file.extend([0, 0, 0, 1, 0, 0, 0, 1, 0, 8, 0, mode]);
    file.extend([0; 8]);
    put32(&mut file, record.len() + 6);
    put32(&mut file, record.len() + 2);
    file.extend([0, 1]);
    file.extend(record);
    file
}

fn read(file: &[u8]) -> PsdTypeLayer {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.psd");
    fs::write(&path, file).unwrap();
    let read = PictureFile::read(&path).unwrap().layers().unwrap().unwrap();
    match &read.layers[0].content {
        PsdContent::Pixels { text, .. } => *text.clone().unwrap(),
        PsdContent::Group { .. } => panic!("no group"),
    }
}

#[test]
fn a_text_layer_says_how_its_longest_stretch_is_set() {
    let block = type_layer(ENGINE_DATA.as_bytes());
    let expected = PsdTypeLayer {
        words: "A\nb".to_owned(),
        size: Some(12.5),
        leading: Some(30.5),
        colour: Some([204, 0, 255]),
        font: Some("(Two-Bold)".to_owned()),
        transform: Some([0.0, 2.0, -2.0, 0.0, 31.5, 40.0]),
        sides: Some([-1.5, 20.25]),
        is_boxed: true,
    };
    assert_eq!(read(&file(3, &block)), expected);
    // Of a text without a box the line begins at its bounds.
    let unboxed = ENGINE_DATA.replace("/ShapeType 1", "/ShapeType 0");
    let read_unboxed = read(&file(3, &type_layer(unboxed.as_bytes())));
    assert_eq!(
        (read_unboxed.sides, read_unboxed.is_boxed),
        (Some([0.0, 99.0]), false)
    );
    // What becomes sRGB is another colour there.
    let colour = None;
    assert_eq!(read(&file(4, &block)), PsdTypeLayer { colour, ..expected });
}

#[test]
fn dictionaries_without_an_end_cost_no_more_than_themselves() {
    for deep in ["[", "<< /A ", "<<", "(", "(\\", "<< /A", "[ [ ] "] {
        let text = read(&file(3, &type_layer(deep.repeat(200_000).as_bytes())));
        assert_eq!((text.words.as_str(), text.size), ("A\nb", None));
    }
    let long = [" ".repeat(20 << 20).as_bytes(), ENGINE_DATA.as_bytes()].concat();
    assert_eq!(read(&file(3, &type_layer(&long))).size, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn damage_to_the_style_leaves_the_words(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut data = ENGINE_DATA.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(data.len());
            data[at] = byte;
        }
        if let Some(cut) = cut {
            data.truncate(cut.index(data.len()));
        }
        let text = read(&file(3, &type_layer(&data)));
        prop_assert_eq!(text.words, "A\nb");
        prop_assert!(text.size.is_none_or(|size| size > 0.0));
    }
}
