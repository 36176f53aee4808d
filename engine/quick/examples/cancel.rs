//! `cancel PICTURE… COUNT`: has each picture decomposed, then cancels COUNT more jobs on it at moments spread over that time, and
//! prints of each stage how long the longest wait was.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use engine::{Backend, CancelToken, DecomposeRequest, EngineError, EventKind, Layers, run};
use quick::QuickBackend;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let usage = "cancel PICTURE… COUNT";
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let count: u32 = paths.pop().ok_or(usage)?.parse().map_err(|_| usage)?;
    for path in &paths {
        let mut request = DecomposeRequest::new(Arc::new(image::open(path)?.to_rgba8()));
        request.layers = Layers::Auto;
        let began = Instant::now();
        let whole = job(&request, &CancelToken::default(), &mut |_| {});
        whole.map_err(|error| format!("{path}: {error}"))?;
        let whole = began.elapsed();
        println!("{path}: {:.2} s", whole.as_secs_f32());
        for (stage, (count, longest)) in waits(&request, whole, count)? {
            println!(
                "    {stage:9} {count:3} times, at most {:4} ms",
                longest.as_millis()
            );
        }
    }
    Ok(())
}

/// For each stage in which jobs were cancelled how many they were, and the longest wait.
fn waits(
    request: &DecomposeRequest,
    whole: Duration,
    count: u32,
) -> Result<BTreeMap<String, (u32, Duration)>, EngineError> {
    let mut waits = BTreeMap::<String, (u32, Duration)>::new();
    for n in 0..count {
        let cancel = CancelToken::default();
        let stage = Mutex::new("begin".to_owned());
        let known = || stage.lock().unwrap_or_else(PoisonError::into_inner);
        let (result, ended, cancelled) = thread::scope(|scope| {
            let canceller = scope.spawn(|| {
                thread::sleep(whole * (2 * n + 1) / (2 * count));
                let at = (known().clone(), Instant::now());
                cancel.cancel();
                at
            });
            let mut on_event = |event| {
                if let EventKind::Progress { stage, .. } = event {
                    *known() = format!("{stage:?}");
                }
            };
            let result = job(request, &cancel, &mut on_event);
            (result, Instant::now(), canceller.join())
        });
        match (result, cancelled) {
            (Err(EngineError::Cancelled), Ok((stage, at))) => {
                let wait = waits.entry(stage).or_default();
                *wait = (wait.0 + 1, wait.1.max(ended - at));
            }
            (Err(error), _) => return Err(error),
            // It was done before.
            (Ok(()), _) => {}
        }
    }
    Ok(waits)
}

fn job(
    request: &DecomposeRequest,
    cancel: &CancelToken,
    on_event: &mut dyn FnMut(EventKind),
) -> Result<(), EngineError> {
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(QuickBackend)];
    run(&mut backends, request, on_event, cancel).map(drop)
}
