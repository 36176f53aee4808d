//! Headers that lie, in each format: never a panic, and never more memory than the file is worth.

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(unsafe_code, reason = "an allocator is only reached so")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use qwen_image_layered::FileDescription;

/// Counts what a thread holds at once at most.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn hold(bytes: isize) {
    // A thread that ends counts no more.
    let held = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        held.get()
    });
    let _ = MOST.try_with(|most| most.set(most.get().max(held.unwrap_or_default())));
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        hold(layout.size() as isize);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        hold(-(layout.size() as isize));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CASES: u32 = 20_000;
/// Of both files below: a header takes more memory than bytes, its tensors' numbers none.
const NUMBERS: usize = 1 << 13;

fn gguf() -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let tensors = ["img_in.weight", "txt_norm.weight", "blk.0.attn_q.weight"];
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend((tensors.len() as u64).to_le_bytes());
    bytes.extend(4u64.to_le_bytes());
    bytes.extend([text("general.architecture"), 8u32.to_le_bytes().into()].concat());
    bytes.extend(text("qwen_image"));
    bytes.extend([text("general.alignment"), 4u32.to_le_bytes().into()].concat());
    bytes.extend(32u32.to_le_bytes());
    let shape = text("comfy.gguf.orig_shape.img_in.weight");
    bytes.extend([shape, 9u32.to_le_bytes().into(), 5u32.to_le_bytes().into()].concat());
    bytes.extend([2u64.to_le_bytes().to_vec(), 16u32.to_le_bytes().into()].concat());
    bytes.extend(32u32.to_le_bytes());
    let words = text("tokenizer.ggml.tokens");
    bytes.extend([words, 9u32.to_le_bytes().into(), 8u32.to_le_bytes().into()].concat());
    bytes.extend([2u64.to_le_bytes().to_vec(), text("one"), text("two")].concat());
    for (index, name) in tensors.iter().enumerate() {
        bytes.extend([text(name), 2u32.to_le_bytes().into()].concat());
        bytes.extend([256u64.to_le_bytes(), 2u64.to_le_bytes()].concat());
        // F32, Q4_K, Q8_0
        bytes.extend([0u32, 12, 8][index].to_le_bytes());
        bytes.extend((2048 * index as u64).to_le_bytes());
    }
    bytes.resize(bytes.len() + NUMBERS, 0);
    bytes
}

fn safetensors() -> Vec<u8> {
    let mark = br#"{"format":"float8_e4m3fn"}"#;
    let header = format!(
        r#"{{"__metadata__":{{"_quantization_metadata":"{{\"layers\":{{\"b\":{{\"format\":\"nvfp4\"}}}}}}"}},"a.weight":{{"dtype":"F8_E4M3","shape":[16,16],"data_offsets":[0,256]}},"a.weight_scale":{{"dtype":"F32","shape":[],"data_offsets":[256,260]}},"a.comfy_quant":{{"dtype":"U8","shape":[{mark}],"data_offsets":[260,{a}]}},"b.weight":{{"dtype":"U8","shape":[16,8],"data_offsets":[{a},{b}]}},"b.weight_scale":{{"dtype":"F8_E4M3","shape":[128,4],"data_offsets":[{b},{c}]}},"b.weight_scale_2":{{"dtype":"F32","shape":[],"data_offsets":[{c},{d}]}},"rest":{{"dtype":"F32","shape":[{count}],"data_offsets":[{d},{e}]}}}}"#,
        mark = mark.len(),
        a = 260 + mark.len(),
        b = 388 + mark.len(),
        c = 900 + mark.len(),
        d = 904 + mark.len(),
        e = 904 + mark.len() + NUMBERS,
        count = NUMBERS / 4,
    );
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend([0; 256]);
    bytes.extend(1f32.to_le_bytes());
    bytes.extend(mark);
    bytes.resize(bytes.len() + 128 + 512, 0);
    bytes.extend(1f32.to_le_bytes());
    bytes.resize(bytes.len() + NUMBERS, 0);
    bytes
}

/// One change to a file.
#[derive(Debug, Clone)]
enum Mutation {
    Set(usize, u8),
    /// A number of 8 bytes in the header.
    Number(usize, u64),
    Cut(usize),
    Remove(usize, usize),
    Insert(usize, Vec<u8>),
}

fn mutation(header: usize) -> impl Strategy<Value = Mutation> {
    let at = 0..header;
    let large = prop_oneof![
        Just(u64::MAX),
        Just(1 << 43),
        Just(1 << 31),
        any::<u64>(),
        0..70_000u64
    ];
    prop_oneof![
        4 => (at.clone(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        3 => (at.clone(), large).prop_map(|(at, number)| Mutation::Number(at, number)),
        1 => at.clone().prop_map(Mutation::Cut),
        1 => (at.clone(), 1..40usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        1 => (at, prop::collection::vec(any::<u8>(), 1..40))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
    ]
}

fn apply(bytes: &mut Vec<u8>, mutation: Mutation) {
    let length = bytes.len();
    match mutation {
        Mutation::Set(at, byte) if at < length => bytes[at] = byte,
        Mutation::Number(at, number) if at + 8 <= length => {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        Mutation::Cut(at) => bytes.truncate(at),
        Mutation::Remove(at, count) if at + count <= length => drop(bytes.drain(at..at + count)),
        Mutation::Insert(at, new) if at <= length => drop(bytes.splice(at..at, new)),
        _ => {}
    }
}

/// Whether it is read or refused, in one sentence that names the file.
fn describe(path: &Path, length: usize) -> Result<(), TestCaseError> {
    let before = HELD.get();
    MOST.set(before);
    let described = FileDescription::read(path);
    let taken = (MOST.get() - before) as usize;
    prop_assert!(
        taken <= 2 * length.max(1 << 14),
        "{taken} bytes for a file of {length}"
    );
    if let Err(error) = described {
        let text = error.to_string();
        prop_assert!(text.contains("hostile") && !text.contains('\n'), "{text}");
    }
    Ok(())
}

#[test]
fn mutated_headers_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, whole) in [
        ("hostile.gguf", gguf()),
        ("hostile.safetensors", safetensors()),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, &whole).unwrap();
        FileDescription::read(&path).unwrap();
        let config = Config {
            cases: CASES,
            failure_persistence: None,
            ..Config::default()
        };
        let mutations = prop::collection::vec(mutation(whole.len() - NUMBERS), 1..4);
        let tested = TestRunner::new(config).run(&mutations, |mutations| {
            let mut bytes = whole.clone();
            for mutation in mutations {
                apply(&mut bytes, mutation);
            }
            fs::write(&path, &bytes).unwrap();
            describe(&path, bytes.len())
        });
        tested.unwrap();
    }
}

#[test]
fn a_header_that_asks_for_10_tb_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.gguf");
    let mut bytes = gguf();
    // The last tensor's rows.
    let at = bytes.len() - NUMBERS - 20;
    bytes[at..at + 8].copy_from_slice(&(10u64 << 40).to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let text = FileDescription::read(&path).unwrap_err().to_string();
    assert!(
        text.contains("blk.0.attn_q.weight ends beyond the file"),
        "{text}"
    );
    let path = folder.path().join("hostile.safetensors");
    fs::write(
        &path,
        [&(10u64 << 40).to_le_bytes()[..], &[b'{'; 100]].concat(),
    )
    .unwrap();
    let text = FileDescription::read(&path).unwrap_err().to_string();
    assert!(text.contains("truncated or damaged"), "{text}");
}
