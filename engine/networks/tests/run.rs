//! The embedded networks run, alike on any count of threads, and can be stopped.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::time::{Duration, Instant};

use networks::{Network, NetworkError, TEXT_CHARACTERS, Tensor};

/// The same uneven numbers each time, 0 to 1.
fn picture(shape: [usize; 4]) -> Tensor {
    let values = (0..shape.iter().product::<usize>() as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 24) as f32)
        .collect();
    Tensor::new(shape, values)
}

fn on_threads(count: usize, network: &Network, input: Tensor) -> Vec<Tensor> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build()
        .expect("a pool")
        .install(|| network.run(input, &[]).expect("it runs"))
}

#[test]
fn every_network_gives_the_same_on_1_and_16_threads() {
    for (network, shape) in [
        (networks::text_detection(), [1, 3, 96, 160]),
        (networks::text_recognition(), [2, 3, 48, 160]),
        (networks::layers(), [1, 3, 128, 96]),
    ] {
        let network = network.expect("it can be read");
        let one = on_threads(1, network, picture(shape));
        assert!(one.iter().all(|t| t.values.iter().all(|v| v.is_finite())));
        assert_eq!(one, on_threads(16, network, picture(shape)));
    }
}

#[test]
fn the_outputs_are_as_large_as_promised() {
    let network = networks::text_detection().expect("it can be read");
    let map = network.run(picture([1, 3, 64, 96]), &[]).expect("it runs");
    assert_eq!(map[0].shape, [1, 1, 64, 96]);
    let network = networks::text_recognition().expect("it can be read");
    let text = network.run(picture([1, 3, 48, 80]), &[]).expect("it runs");
    assert_eq!(text[0].shape, [1, 10, TEXT_CHARACTERS.lines().count()]);
}

#[test]
fn a_network_is_read_once() {
    let (a, b) = (networks::text_detection(), networks::text_detection());
    assert!(std::ptr::eq(a.expect("read"), b.expect("read")));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let network = networks::text_detection().expect("it can be read");
    let short = Tensor::new([1, 3, 64, 64], vec![0.0; 5]);
    assert!(matches!(
        network.run(short, &[]),
        Err(NetworkError::Failed { .. })
    ));
    let unknown = network.run(picture([1, 3, 64, 64]), &["no such output"]);
    assert!(matches!(unknown, Err(NetworkError::Failed { .. })));
}

#[test]
fn a_running_network_can_be_left() {
    let network = networks::text_detection().expect("it can be read");
    let start = Instant::now();
    let cancelled = || start.elapsed() > Duration::from_millis(100);
    let result = network.run_unless(&cancelled, picture([1, 3, 1280, 1280]), &[]);
    assert!(matches!(result, Err(NetworkError::Cancelled)));
    assert!(
        start.elapsed() < Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
}
