//! 4,000 damaged files: each opens or is refused, without panic and within seconds.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/random.rs"]
mod random;

use std::fs;
use std::panic::catch_unwind;

use random::Random;

const MUTATIONS: u64 = 4_000;

fn files() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(common::fixture(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".py") && !name.ends_with(".json"))
        .map(|name| (name.clone(), common::read(&name)))
        .collect();
    files.sort();
    files
}

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    match random.below(6) {
        0 => bytes.truncate(random.below(bytes.len())),
        1 => {
            for _ in 0..=random.below(16) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        2 => {
            // Headers are at the front: most of the interesting damage is there.
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len().min(64));
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, random.next() as u8][random.below(6)];
            }
        }
        3 => {
            let (from, length) = (random.below(other.len()), random.below(200));
            let piece = &other[from..other.len().min(from + length)];
            let at = random.below(bytes.len());
            bytes.splice(at..at, piece.iter().copied());
        }
        4 => {
            let at = random.below(bytes.len());
            let end = bytes.len().min(at + random.below(100));
            bytes.drain(at..end);
        }
        _ => {
            let at = random.below(bytes.len().saturating_sub(4));
            for byte in bytes.iter_mut().skip(at).take(4) {
                *byte = random.next() as u8;
            }
        }
    }
}

/// A PNG whose checksums are wrong is refused at once, which would hide what lies behind.
fn repair_checksums(png: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = png.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let end = at.saturating_add(8).saturating_add(length);
        let Some(data) = png.get(at + 4..end) else {
            break;
        };
        let sum = common::crc32(data).to_be_bytes();
        let Some(stored) = png.get_mut(end..end + 4) else {
            break;
        };
        stored.copy_from_slice(&sum);
        at = end + 4;
    }
}

#[test]
fn no_damage_makes_it_panic() {
    let files = files();
    let mut panicked = Vec::new();
    let mut opened = 0;
    for seed in 0..MUTATIONS {
        let mut random = Random(seed);
        let (name, bytes) = &files[seed as usize % files.len()];
        let (_, other) = &files[random.below(files.len())];
        let mut bytes = bytes.clone();
        for _ in 0..=random.below(3) {
            if bytes.len() > 8 {
                mutate(&mut bytes, other, &mut random);
            }
        }
        if name.ends_with(".png") && random.below(2) == 0 {
            repair_checksums(&mut bytes);
        }
        match catch_unwind(|| import::decode(&bytes)) {
            Err(_) => panicked.push(format!("{name}, seed {seed}")),
            Ok(Ok(picture)) => {
                opened += 1;
                assert!(picture.image.width() > 0 && picture.image.height() > 0);
            }
            Ok(Err(error)) => assert!(!error.to_string().contains('\n')),
        }
    }
    assert!(panicked.is_empty(), "\n{}", panicked.join("\n"));
    // The damage must be neither so harmless nor so complete that nothing is tested.
    assert!((200..3_800).contains(&opened), "{opened} opened");
}
