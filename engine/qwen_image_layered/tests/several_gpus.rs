//! How several GPUs share a job, from what each has free.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use engine::{DeviceChoice, Gpus, OffloadChoice, Precision, SpreadChoice};
use proptest::prelude::*;
use qwen_image_layered::plan::{
    Budget, Plan, PlanOptions, Speed, Task, TooSmall, peaks, plan_over, shares,
};
use qwen_image_layered::{Offload, Placement, RandomModel, Spread};

const GIB: u64 = 1 << 30;
const WISHES: [SpreadChoice; 4] = [
    SpreadChoice::Auto,
    SpreadChoice::Guidance,
    SpreadChoice::Sequence,
    SpreadChoice::Blocks,
];

fn options(spread: SpreadChoice) -> PlanOptions {
    PlanOptions {
        precision: Precision::Bf16,
        offload: OffloadChoice::Auto,
        tiling: None,
        fused: false,
        spread,
    }
}

fn planned(free: &[u64], task: &Task, options: &PlanOptions) -> Result<Plan, TooSmall> {
    let gpus: Vec<_> = free.iter().map(|free| Budget::of_gpu(*free, 0)).collect();
    let sizes = RandomModel::full().sizes();
    plan_over(&sizes, &Speed::default(), task, &gpus, options)
}

fn teams(prompts: usize, ranks: usize) -> Spread {
    Spread::Teams { prompts, ranks }
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
fn cards_with_a_whole_transformer_each_take_prompts_and_tokens_in_the_fastest_way() {
    let plan = |gpus, passes, wish| {
        let gpus = vec![79 * GIB; gpus];
        planned(&gpus, &task(passes), &options(wish)).unwrap()
    };
    let (auto, sequence) = (SpreadChoice::Auto, SpreadChoice::Sequence);
    for gpus in 2..8 {
        assert_eq!(plan(gpus, 1, auto).spread, teams(1, gpus));
        assert_eq!(
            plan(gpus, 2, SpreadChoice::Guidance).spread,
            Spread::GUIDANCE
        );
        let seconds = [gpus, gpus + 1].map(|gpus| plan(gpus, 2, auto).seconds);
        assert!(seconds[1] <= seconds[0], "{gpus}");
    }
    let of_two_prompts = |gpus, wish| plan(gpus, 2, wish).spread;
    assert_eq!(of_two_prompts(2, auto), Spread::GUIDANCE);
    assert_eq!(of_two_prompts(2, sequence), teams(1, 2));
    for wish in [auto, sequence] {
        assert_eq!(of_two_prompts(3, wish), teams(1, 3));
        assert_eq!(of_two_prompts(4, wish), teams(2, 2));
        assert_eq!(of_two_prompts(8, wish), teams(2, 4));
    }
    for gpus in 2..8 {
        let seconds = [gpus, gpus + 1].map(|gpus| plan(gpus, 2, sequence).seconds);
        assert!(seconds[1] < seconds[0], "{gpus}");
    }
}

#[test]
fn cards_without_room_for_a_whole_transformer_share_its_blocks_or_rest() {
    let spread =
        |free: &[u64], options: &PlanOptions| planned(free, &task(2), options).unwrap().spread;
    let auto = options(SpreadChoice::Auto);
    assert_eq!(spread(&[79 * GIB, 3 * GIB], &auto), Spread::One);
    assert!(matches!(
        spread(&[79 * GIB, 12 * GIB], &auto),
        Spread::Blocks(_)
    ));
    assert_eq!(
        spread(&[79 * GIB, 79 * GIB, 12 * GIB], &auto),
        Spread::GUIDANCE
    );
    assert_eq!(spread(&[79 * GIB; 4], &auto), teams(2, 2));
    let small = spread(&[24 * GIB, 24 * GIB], &auto);
    assert!(matches!(small, Spread::Blocks(_)));
}

#[test]
fn a_way_that_is_asked_for_is_taken_or_refused_in_a_sentence() {
    let spread = |spread, gpus: usize, passes| {
        let plan = planned(&vec![79 * GIB; gpus], &task(passes), &options(spread));
        plan.map(|plan| plan.spread)
            .map_err(|refusal| refusal.to_string())
    };
    assert_eq!(spread(SpreadChoice::Sequence, 2, 2), Ok(teams(1, 2)));
    assert_eq!(spread(SpreadChoice::Guidance, 4, 2), Ok(Spread::GUIDANCE));
    let blocks = spread(SpreadChoice::Blocks, 2, 2);
    assert!(matches!(blocks, Ok(Spread::Blocks(_))));
    let refused = |refusal: Result<Spread, String>, words: &str| {
        let text = refusal.unwrap_err();
        assert!(text.contains(words) && !text.contains('\n'), "{text}");
    };
    refused(spread(SpreadChoice::Sequence, 1, 2), "two GPUs or more");
    refused(spread(SpreadChoice::Guidance, 2, 1), "no negative prompt");
    let sequence = |options: PlanOptions, free| {
        let plan = planned(&[free * GIB; 2], &task(2), &options);
        plan.map(|plan| plan.spread)
            .map_err(|refusal| refusal.to_string())
    };
    let options = options(SpreadChoice::Sequence);
    refused(sequence(options, 24), "no room for a whole transformer");
    let streaming = PlanOptions {
        offload: OffloadChoice::Block,
        ..options
    };
    refused(sequence(streaming, 79), "another way to offload");
}

#[test]
fn a_team_takes_less_memory_than_one_card_and_its_others_less_than_its_first() {
    let sizes = RandomModel::full().sizes();
    let large = Task {
        pixels: 1024 * 1024,
        ..task(2)
    };
    let plan = planned(&[140 * GIB], &large, &options(SpreadChoice::Auto)).unwrap();
    let of = |spread| peaks(&sizes, &large, plan.run, &spread);
    let (one, two, four) = (of(Spread::One), of(teams(1, 2)), of(teams(2, 2)));
    assert_eq!((two.len(), four.len()), (2, 4));
    assert!(two[0] < one[0] && two[1] < two[0]);
    assert!(four[1] < two[1] && four[1] == four[3]);
}

/// A step's time against one GPU's, as measured on H200s with NVLink.
#[test]
fn the_time_is_that_of_the_same_gpus_when_measured() {
    let step = |side: usize, spread| {
        let task = Task {
            pixels: side * side,
            steps: 1000,
            ..task(2)
        };
        let gpus: &[u64] = match spread {
            SpreadChoice::Auto => &[140 * GIB; 4],
            SpreadChoice::Blocks | SpreadChoice::Sequence | SpreadChoice::Guidance => {
                &[140 * GIB; 2]
            }
        };
        let alone = planned(&gpus[..1], &task, &options(SpreadChoice::Auto)).unwrap();
        planned(gpus, &task, &options(spread)).unwrap().seconds / alone.seconds
    };
    for (side, spread, measured) in [
        (640, SpreadChoice::Guidance, 0.51),
        (1024, SpreadChoice::Guidance, 0.51),
        (640, SpreadChoice::Sequence, 0.561),
        (1024, SpreadChoice::Sequence, 0.525),
        (640, SpreadChoice::Auto, 0.276),
        (1024, SpreadChoice::Auto, 0.278),
        (640, SpreadChoice::Blocks, 0.58),
        (1024, SpreadChoice::Blocks, 0.57),
    ] {
        let forecast = step(side, spread);
        let error = forecast / measured - 1.0;
        assert!(
            error.abs() < 0.06,
            "{side} {spread:?}: {forecast} for {measured}"
        );
    }
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
    fn all_blocks_are_placed_evenly_as_far_as_there_is_room_or_do_not_fit(
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
        let most = counts.iter().max().unwrap();
        for (count, room) in counts.iter().zip(&rooms) {
            prop_assert!(*count as u64 * block <= *room);
            prop_assert!(count + 1 >= *most || (*count as u64 + 1) * block > *room);
        }
    }

    #[test]
    fn no_card_takes_more_than_it_has(
        free in prop::collection::vec(0..100 * GIB, 2..5),
        passes in 1..3u32,
        spread in prop::sample::select(WISHES.as_slice()),
    ) {
        let Ok(plan) = planned(&free, &task(passes), &options(spread)) else {
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
