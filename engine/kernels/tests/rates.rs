//! What is made of the driver's numbers against the cards' published figures.

use kernels::{DeviceForm, DeviceRates};

/// Published figures are for one of several clocks.
const WITHIN: f64 = 0.1;

fn rates(
    (capability, is_geforce): ((i32, i32), bool),
    multiprocessors: i32,
    [clock, memory_clock]: [f64; 2],
    memory_bits: i32,
) -> DeviceRates {
    DeviceForm {
        capability,
        is_geforce,
        multiprocessors,
        clock,
        memory_clock,
        memory_bits,
    }
    .rates()
}

#[track_caller]
fn assert_near(rates: DeviceRates, tflops: f64, gigabytes: f64) {
    let off = |found: f64, published: f64| (found / published - 1.0).abs();
    assert!(off(rates.products, tflops * 1e12) < WITHIN, "{rates:?}");
    assert!(off(rates.memory, gigabytes * 1e9) < WITHIN, "{rates:?}");
}

#[test]
fn known_cards_have_their_published_rates() {
    let h100 = rates(((9, 0), false), 132, [1.98e9, 2.619e9], 5120);
    assert_near(h100, 989.0, 3350.0);
    let a100 = rates(((8, 0), false), 108, [1.41e9, 1.593e9], 5120);
    assert_near(a100, 312.0, 2039.0);
    let rtx_3090 = rates(((8, 6), true), 82, [1.695e9, 9.751e9], 384);
    assert_near(rtx_3090, 71.0, 936.0);
    let rtx_4090 = rates(((8, 9), true), 128, [2.52e9, 10.501e9], 384);
    assert_near(rtx_4090, 165.2, 1008.0);
    let rtx_5090 = rates(((12, 0), true), 170, [2.407e9, 14.001e9], 512);
    assert_near(rtx_5090, 209.5, 1792.0);
    let l40s = rates(((8, 9), false), 142, [2.52e9, 9.001e9], 384);
    assert_near(l40s, 362.05, 864.0);
    assert!(h100.has_fp8 && rtx_4090.has_fp8 && !a100.has_fp8 && !rtx_3090.has_fp8);
}
