//! How several cards share a job, from what each has free.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use proptest::prelude::*;
use qwen_image_layered::plan::{
    Budget, OffloadWish, Plan, Speed, Task, Wishes, peaks, plan_over, shares,
};
use qwen_image_layered::{
    DeviceChoice, Gpus, Offload, Part, Placement, Precision, RandomModel, Spread,
};

const GIB: u64 = 1 << 30;

fn planned(free: &[u64], passes: u32, balanced: bool) -> Option<Plan> {
    let cards: Vec<_> = free
        .iter()
        .map(|free| Budget {
            device: *free,
            host: 0,
        })
        .collect();
    plan_over(
        &RandomModel::full().sizes(),
        &Speed::default(),
        &task(passes),
        &cards,
        &Wishes {
            precision: Precision::Bf16,
            offload: OffloadWish::Auto,
            tiling: None,
            balanced,
            fused: false,
        },
    )
    .ok()
}

fn task(passes: u32) -> Task {
    Task {
        pixels: 640 * 640,
        layers: 4,
        steps: 50,
        passes,
        caption: false,
        step_cache: false,
    }
}

#[test]
fn two_cards_with_a_whole_transformer_each_take_a_prompt_each() {
    let spread = |free: &[u64], passes| planned(free, passes, false).unwrap().spread;
    assert_eq!(spread(&[79 * GIB, 79 * GIB], 2), Spread::Guidance);
    assert_eq!(spread(&[79 * GIB, 79 * GIB], 1), Spread::One);
    assert_eq!(spread(&[79 * GIB, 12 * GIB], 2), Spread::One);
    assert!(matches!(
        spread(&[24 * GIB, 24 * GIB], 2),
        Spread::Blocks(_)
    ));
    let one = planned(&[79 * GIB], 2, false).unwrap();
    let two = planned(&[79 * GIB, 79 * GIB], 2, false).unwrap();
    assert!(two.seconds < one.seconds);
}

#[test]
fn gpus_are_read_as_they_are_shown() {
    assert_eq!("balanced".parse(), Ok(Gpus::Balanced));
    assert_eq!("1,0".parse(), Ok(Gpus::Named(vec![0, 1])));
    for wrong in ["", "all", "0,", "0,0", "-1"] {
        assert!(wrong.parse::<Gpus>().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_gpu_that_does_not_exist_is_named_in_one_sentence() {
    let gpus = Gpus::Named(vec![4077]);
    let error = Placement::choose(DeviceChoice::Auto, &gpus, Precision::Auto).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("cuda:4077") && !text.contains('\n'), "{text}");
}

proptest! {
    #[test]
    fn all_blocks_are_placed_in_proportion_or_do_not_fit(
        blocks in 1..80usize,
        block in 1..GIB,
        rooms in prop::collection::vec(0..80 * GIB, 1..9),
    ) {
        let capacity: u64 = rooms.iter().map(|room| room / block).sum();
        let Some(counts) = shares(blocks, block, &rooms) else {
            prop_assert!(capacity < blocks as u64);
            return Ok(());
        };
        prop_assert_eq!(counts.len(), rooms.len());
        prop_assert_eq!(counts.iter().sum::<usize>(), blocks);
        let whole: u64 = rooms.iter().sum();
        for (count, room) in counts.iter().zip(&rooms) {
            prop_assert!(*count as u64 * block <= *room);
            let exact = blocks as f64 * *room as f64 / whole as f64;
            prop_assert!((*count as f64 - exact).abs() <= rooms.len() as f64);
        }
    }

    #[test]
    fn blocks_are_contiguous(counts in prop::collection::vec(0..20usize, 1..6)) {
        let others = vec![candle_core::Device::Cpu; counts.len() - 1];
        let placement = Placement::new(DeviceChoice::Cpu, Precision::F32)
            .unwrap()
            .with_others(others)
            .unwrap()
            .with_spread(Spread::Blocks(counts.clone()));
        // The places lie side by side, the first apart from the others.
        let places: Vec<_> = (0..counts.iter().sum())
            .map(|block| std::ptr::from_ref(placement.of(Part::TransformerBlock(block))))
            .collect();
        let runs: Vec<_> = places.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
        let expected: Vec<_> = counts.into_iter().filter(|count| *count > 0).collect();
        prop_assert_eq!(runs, expected);
    }

    #[test]
    fn no_card_takes_more_than_it_has(
        free in prop::collection::vec(0..100 * GIB, 2..5),
        passes in 1..3u32,
        balanced: bool,
    ) {
        let Some(plan) = planned(&free, passes, balanced) else {
            return Ok(());
        };
        let peaks = peaks(&RandomModel::full().sizes(), &task(passes), plan.run, &plan.spread);
        prop_assert_eq!(peaks.iter().max(), Some(&plan.peak));
        for (peak, free) in peaks.iter().zip(&free) {
            prop_assert!(peak <= free, "{plan}");
        }
        if plan.spread != Spread::One {
            prop_assert!(!matches!(plan.run.offload, Offload::Block(_)));
        }
    }
}
