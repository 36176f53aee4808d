//! Work that is told of a cancel, and not waited for.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;

use engine::{CancelToken, EngineError, Progress, Relay, Stage};

#[derive(Default)]
struct Heard(RefCell<Vec<String>>);

impl Progress for Heard {
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        self.0
            .borrow_mut()
            .push(format!("{stage:?} {step}/{steps}"));
    }

    fn note(&self, sentence: &str) {
        self.0.borrow_mut().push(sentence.to_owned());
    }
}

fn told(relay: &Relay) -> Result<u32, EngineError> {
    relay.report(Stage::Segment, 0, 2);
    relay.note("A note.");
    relay.report(Stage::Segment, 2, 2);
    Ok(7)
}

#[test]
fn what_is_told_arrives_in_order_before_the_result() {
    let heard = Heard::default();
    assert_eq!(Relay::run(&heard, told), Ok(7));
    assert_eq!(*heard.0.borrow(), ["Segment 0/2", "A note.", "Segment 2/2"]);
}

#[test]
fn a_caller_that_is_the_pools_only_thread_gets_the_result() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let result = pool.unwrap().install(|| Relay::run(&(), told));
    assert_eq!(result, Ok(7));
}

/// Cancels what it waits for at the first step that it hears of.
struct Impatient(CancelToken);

impl Progress for Impatient {
    fn report(&self, _: Stage, _: u32, _: u32) {
        self.0.cancel();
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

#[test]
fn cancelled_work_is_left_and_learns_of_it() {
    let (let_go, goes_on) = channel();
    let (ended, end) = channel();
    let result = Relay::run(&Impatient(CancelToken::default()), move |relay| {
        relay.report(Stage::Segment, 0, 1);
        // Not before the caller has its answer.
        goes_on.recv().unwrap();
        ended.send(relay.is_cancelled()).unwrap();
        Ok(())
    });
    assert_eq!(result, Err(EngineError::Cancelled));
    let_go.send(()).unwrap();
    assert_eq!(end.recv(), Ok(true));
}

#[test]
fn a_panic_goes_on_in_the_caller() {
    let run = || Relay::run(&(), |_| -> Result<(), EngineError> { panic!("no") });
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"no"));
}
