//! What plans and results say.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use engine::{
    CancelToken, DecomposeRequest, FakeBackend, Forecast, OffloadChoice, Precision,
    RecompositionError, Report, RunPlan, Tiling,
};
use image::RgbaImage;
use session::{plan_line, result_line};

/// Of a run of the fake backend, which notes something.
fn report() -> Report {
    let backend = FakeBackend::new().note("The machine hummed.");
    let mut backends: Vec<Box<dyn engine::Backend>> = vec![Box::new(backend)];
    let request = DecomposeRequest::new(Arc::new(RgbaImage::new(8, 8)));
    let cancel = CancelToken::default();
    let done = engine::run(&mut backends, &request, &mut |_| {}, &cancel).unwrap();
    done.report
}

#[test]
fn a_plan_tells_how_and_what_it_takes() {
    let gib = |sixteenths: u64| sixteenths << 26;
    let mut plan = RunPlan {
        devices: vec!["one".to_owned()],
        precision: Precision::Bf16,
        offload: String::new(),
        offload_way: OffloadChoice::None,
        spread: String::new(),
        tiling: Tiling::Off,
        forecast: Forecast {
            seconds: 65.0,
            device_bytes: gib(24),
            host_bytes: 0,
        },
        summary: String::new(),
    };
    assert_eq!(
        plan_line(&plan),
        "bf16, everything stays on the device; at most 1.5 GiB, about 1 min 5 s"
    );
    plan.offload_way = OffloadChoice::Block;
    plan.tiling = Tiling::On;
    plan.devices.push("two".to_owned());
    plan.forecast.host_bytes = gib(8);
    let line = plan_line(&plan);
    for part in [
        "stream through the device",
        "in tiles",
        "on 2 GPUs",
        "at most 1.5 GiB and 0.5 GiB of the computer's memory",
    ] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn a_result_tells_its_layers_and_how_near_they_come() {
    let mut report = report();
    let mut line = |mean, p999, skipped: Option<&[u32]>| {
        report.recomposition = Some(RecompositionError { mean, p999 });
        report.skipped_steps = skipped.map(<[u32]>::to_vec);
        report.request.diffusion.steps = 50;
        result_line(&report, 4)
    };
    assert_eq!(
        line(0.004, 0.0, None),
        "4 layers by Fake, for tests. Together they give the picture back. The machine hummed."
    );
    let differs = line(0.1, 3.0, Some(&[12, 14]));
    for part in [
        "12 + 14 of 50 steps reused.",
        "differ from the picture by 0.10 of 255 on average, and by at most 3 in 99.9 % of its pixels.",
    ] {
        assert!(differs.contains(part), "{differs}");
    }
}
