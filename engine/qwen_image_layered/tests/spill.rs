//! A GPU that holds more than it has is noticed, and one that is only full is not.

use proptest::prelude::*;
use qwen_image_layered::plan::{GpuUse, spill_note};

const GIB: u64 = 1 << 30;

fn gpu(total: u64, others: u64, tensors: u64) -> GpuUse {
    GpuUse {
        total: total * GIB,
        others: others * GIB,
        tensors: tensors * GIB,
    }
}

#[test]
fn the_note_says_how_much_of_the_worst_card() {
    let gpus = [gpu(24, 2, 22), gpu(24, 6, 21), gpu(24, 0, 25)];
    let note = spill_note(&gpus).unwrap_or_default();
    assert!(note.starts_with("3.0 GiB of the job did not fit"), "{note}");
    assert_eq!(spill_note(&gpus[..1]), None);
    assert_eq!(spill_note(&[]), None);
}

proptest! {
    #[test]
    fn what_a_card_spills_and_what_it_has_is_all_there_is(
        total in 0..1u64 << 60, others in 0..1u64 << 60, tensors in 0..1u64 << 60,
    ) {
        let gpu = GpuUse { total, others, tensors };
        match gpu.spilled() {
            0 => prop_assert!(others + tensors <= total),
            spilled => prop_assert_eq!(total + spilled, others + tensors),
        }
        prop_assert_eq!(spill_note(&[gpu]).is_some(), gpu.spilled() > 0);
    }
}
