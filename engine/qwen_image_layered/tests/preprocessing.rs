//! What happens to a picture before the model, and the noise levels, against Pillow and diffusers.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;

use candle_core::DType;
use common::{fixtures, sha256};
use image::RgbaImage;
use proptest::prelude::*;
use qwen_image_layered::{
    Schedule, SchedulerConfig, TimeShift, bucket, even_sigmas, resize_lanczos,
};
use serde_json::Value;

#[test]
fn buckets_are_those_of_diffusers() {
    let at_640 = [
        ((1, 1), (640, 640)),
        ((4, 3), (736, 544)),
        ((3, 2), (768, 512)),
        ((16, 9), (864, 480)),
        ((21, 9), (992, 416)),
    ];
    let at_1024 = [
        ((1, 1), (1024, 1024)),
        ((4, 3), (1184, 896)),
        ((3, 2), (1248, 832)),
        ((16, 9), (1376, 768)),
        ((21, 9), (1568, 672)),
    ];
    for (side, table) in [(640, at_640), (1024, at_1024)] {
        for ((width, height), expected) in table {
            assert_eq!(bucket(width * 100, height * 100, side), expected);
        }
    }
}

proptest! {
    #[test]
    fn buckets_are_whole_and_near_the_area(width in 1u32..20_000, height in 1u32..20_000) {
        let (w, h) = bucket(width, height, 640);
        prop_assert!(w % 32 == 0 && h % 32 == 0 && w > 0 && h > 0);
        let aspect = f64::from(width) / f64::from(height);
        if (0.2..5.0).contains(&aspect) {
            let area = f64::from(w) * f64::from(h) / (640.0 * 640.0);
            prop_assert!((0.85..1.15).contains(&area));
        }
    }
}

fn rows(name: &str) -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string(fixtures().join(name)).unwrap()).unwrap()
}

#[test]
fn resized_pictures_are_those_of_pillow() {
    for (number, row) in rows("resized.json").iter().enumerate() {
        let size = |name: &str| [0, 1].map(|side| row[name][side].as_u64().unwrap() as u32);
        let ([width, height], [to_width, to_height]) = (size("source"), size("size"));
        let mut state = number as u32 + 1;
        let bytes = (0..width * height * 4)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let image = RgbaImage::from_raw(width, height, bytes).unwrap();
        let resized = resize_lanczos(&image, to_width, to_height);
        assert_eq!(
            sha256(resized.as_raw()),
            row["sha256"].as_str().unwrap(),
            "{row}"
        );
    }
}

#[test]
fn noise_levels_are_those_of_diffusers() {
    for row in rows("schedules.json") {
        let mut config = SchedulerConfig::default();
        config.time_shift_type = match row["shift"].as_str() {
            Some("linear") => TimeShift::Linear,
            _ => TimeShift::Exponential,
        };
        config.shift_terminal = row["terminal"].as_f64();
        let steps = row["steps"].as_u64().unwrap() as usize;
        let tokens = row["tokens"].as_u64().unwrap() as usize;
        let schedule = Schedule::new(&config, tokens, &even_sigmas(steps));
        let bytes: Vec<u8> = schedule
            .sigmas()
            .iter()
            .flat_map(|sigma| sigma.to_le_bytes())
            .collect();
        let last = row["last"].as_f64().unwrap() as f32;
        assert!((schedule.sigmas()[steps - 1] - last).abs() < 1e-6, "{row}");
        assert_eq!(sha256(&bytes), row["sha256"].as_str().unwrap(), "{row}");
    }
}

/// 640 × 640, 50 steps: the shift by mu = 2.5 leaves 0.04854 for the last step.
#[test]
fn published_schedule_ends_where_it_should() {
    let schedule = Schedule::new(&SchedulerConfig::default(), 1600, &even_sigmas(50));
    assert_eq!(schedule.steps(), 50);
    assert_eq!(schedule.sigmas()[0], 1.0);
    assert!((schedule.sigmas()[49] - 0.048_543_69).abs() < 1e-7);
    assert_eq!(schedule.sigmas()[50], 0.0);
}

/// In bf16 the time is rounded before and after its division: 937.123 becomes 936, and 0.9375.
#[test]
fn time_is_rounded_like_the_reference() {
    let mut config = SchedulerConfig::default();
    config.use_dynamic_shifting = false;
    let schedule = Schedule::new(&config, 256, &[0.937_123]);
    assert_eq!(schedule.time(0, DType::BF16), 0.9375);
    assert!((schedule.time(0, DType::F32) - 0.937_123).abs() < 1e-6);
}

#[test]
fn a_single_step_survives_the_stretch() {
    let mut config = SchedulerConfig::default();
    config.shift_terminal = Some(0.02);
    let schedule = Schedule::new(&config, 1600, &even_sigmas(1));
    assert_eq!(schedule.sigmas(), [1.0, 0.0]);
}
