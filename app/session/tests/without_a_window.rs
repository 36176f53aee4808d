//! A picture is opened, decomposed, edited, saved and opened again by a program without a window.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use document::{Edit, Property};
use engine::{Backend, CancelToken, DecomposeRequest, FakeBackend};
use image::{Rgba, RgbaImage};
use session::{
    OpenSource, Replaced, SaveOutcome, SavePlan, SaveTask, Session, Target, Wake, Waker,
};

/// Sends something for each wake.
struct Bell(Sender<()>);

impl Wake for Bell {
    fn wake(&self) {
        // The test may have ended.
        let _ = self.0.send(());
    }

    fn wake_after_secs(&self, _: f64) {
        self.wake();
    }
}

fn bell() -> (Waker, Receiver<()>) {
    let (sender, receiver) = channel();
    (Arc::new(Bell(sender)), receiver)
}

fn open(path: PathBuf, serial: u64) -> Session {
    Session::new(serial, OpenSource::File(path).load().unwrap())
}

/// Decomposes the whole picture and shows its layers.
fn decompose(session: &mut Session) {
    let (source, placement) = Target::Picture.picture(session.document()).unwrap();
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(FakeBackend::new())];
    let request = DecomposeRequest::new(source);
    let cancel = CancelToken::default();
    let done = engine::run(&mut backends, &request, &mut |_| {}, &cancel).unwrap();
    session.add_run(&done.report);
    session.replace_layers(done, placement);
}

/// Looks at each wake, as a window does at each frame.
fn outcome(task: &SaveTask, wakes: &Receiver<()>) -> SaveOutcome {
    loop {
        wakes.recv().unwrap();
        if let Some(outcome) = task.poll() {
            return outcome;
        }
    }
}

#[test]
fn what_is_saved_opens_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("poster.png");
    let image = RgbaImage::from_fn(64, 48, |x, y| Rgba([x as u8, y as u8, 90, 255]));
    image.save(&picture).unwrap();

    let mut session = open(picture.clone(), 1);
    assert!(!session.is_unsaved());
    decompose(&mut session);
    let top = session.document().layers().last().unwrap().id;
    assert_eq!(session.selection(), [top]);
    let hide = Edit::Set(top, Property::Visible(false));
    session.edit("Hide layer", vec![hide]).unwrap();
    assert!(session.is_unsaved());

    let plan = SavePlan {
        path: folder.path().join("poster.lamina"),
        replace: false,
    };
    let (waker, wakes) = bell();
    let task = SaveTask::spawn(&waker, plan.clone(), &session, None).unwrap();
    let SaveOutcome::Saved(saved) = outcome(&task, &wakes) else {
        panic!("it is written")
    };
    session.mark_saved(task.revision, plan.path.clone(), saved);
    assert!(!session.is_unsaved());

    let again = open(plan.path.clone(), 2);
    assert_eq!(again.document(), session.document());
    assert_eq!(again.runs, session.runs);
    assert_eq!(again.project_path(), Some(plan.path.as_path()));

    let task = SaveTask::spawn(&waker, plan.clone(), &again, None).unwrap();
    assert!(matches!(outcome(&task, &wakes), SaveOutcome::Saved(_)));
    let task = SaveTask::spawn(&waker, plan, &open(picture, 3), None).unwrap();
    let outcome = outcome(&task, &wakes);
    assert!(matches!(
        outcome,
        SaveOutcome::WouldReplace(Replaced::AnotherFile)
    ));
}
