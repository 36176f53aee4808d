use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use engine::{EventKind, Stage};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use words::say;

/// One line on the terminal. Of one picture: stage, bar, step and time left; of several: a bar over all of them, what the
/// backend does, and the time left for all. Silent where standard error is not a terminal.
pub struct TerminalProgress {
    bar: ProgressBar,
    started: Instant,
    /// Whether more may be found.
    is_open_ended: bool,
    found: AtomicUsize,
    /// Ended in any way.
    ended: AtomicUsize,
    decomposed: AtomicUsize,
}

/// Of one of the pictures.
pub struct PictureProgress<'a> {
    of: &'a TerminalProgress,
    name: String,
    is_in_front: bool,
}

impl TerminalProgress {
    pub fn new(pictures: usize, is_open_ended: bool) -> Self {
        let bar = ProgressBar::new(1);
        bar.set_style(
            ProgressStyle::with_template("{prefix}  [{bar:30}] {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        );
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            started: Instant::now(),
            is_open_ended,
            found: AtomicUsize::new(pictures),
            ended: AtomicUsize::new(0),
            decomposed: AtomicUsize::new(0),
        }
    }

    /// So many pictures more.
    pub fn found(&self, pictures: usize) {
        self.found.fetch_add(pictures, Ordering::Relaxed);
    }

    /// Of several pictures only the one in front, which the backend has, is shown.
    pub fn of(&self, picture: &Path, is_in_front: bool) -> PictureProgress<'_> {
        PictureProgress {
            of: self,
            name: picture.display().to_string(),
            is_in_front,
        }
    }

    /// A picture was decomposed, and `say` prints it.
    pub fn end_picture(&self, say: impl FnOnce()) {
        self.decomposed.fetch_add(1, Ordering::Relaxed);
        self.pass_over(say);
    }

    /// A picture was not decomposed, and `say` prints why.
    pub fn pass_over(&self, say: impl FnOnce()) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        self.bar.suspend(say);
    }

    /// Of several pictures `message` stays in the bar's place.
    pub fn finish(&self, message: String) {
        match self.are_several() {
            true => self.bar.finish_with_message(message),
            false => self.bar.finish_and_clear(),
        }
    }

    fn are_several(&self) -> bool {
        self.is_open_ended || self.found.load(Ordering::Relaxed) > 1
    }

    /// At the mean pace of the pictures that were decomposed.
    fn left(&self) -> Option<Duration> {
        let decomposed = self.decomposed.load(Ordering::Relaxed);
        let (found, ended) = (
            self.found.load(Ordering::Relaxed),
            self.ended.load(Ordering::Relaxed),
        );
        let pictures = found.saturating_sub(ended);
        (decomposed > 0).then(|| {
            let share = pictures as f64 / decomposed as f64;
            self.started.elapsed().mul_f64(share)
        })
    }
}

impl PictureProgress<'_> {
    /// `label` for what the engine has no stage for: opening and writing.
    pub fn say(&self, label: &'static str) {
        self.show(0, 1, label.to_owned());
    }

    pub fn share(&self, share: f32) {
        if !self.of.are_several() {
            self.of.bar.set_length(100);
            self.of.bar.set_position((share * 100.0) as u64);
        }
    }

    pub fn event(&self, event: &EventKind) {
        if let (EventKind::Progress { step, steps, .. }, Some(message)) =
            (event, stage_message(event))
        {
            self.show(*step, *steps, message);
        }
    }

    fn show(&self, step: u32, steps: u32, message: String) {
        let bar = &self.of.bar;
        if !self.of.are_several() {
            bar.set_prefix(self.name.clone());
            bar.set_length(u64::from(steps));
            bar.set_position(u64::from(step));
            bar.set_message(message);
        } else if self.is_in_front {
            let (found, ended) = (&self.of.found, &self.of.ended);
            let (found, ended) = (found.load(Ordering::Relaxed), ended.load(Ordering::Relaxed));
            bar.set_prefix(format!("{ended}/{found}"));
            bar.set_length(found as u64);
            bar.set_position(ended as u64);
            let left = self.of.left();
            let left =
                left.map(|left| say!("run-left-for-all", left = HumanDuration(left).to_string()));
            let name = &self.name;
            bar.set_message(format!("{}{name}: {message}", left.unwrap_or_default()));
        }
    }
}

/// Where the job is, if the event says so.
pub fn stage_message(event: &EventKind) -> Option<String> {
    match event {
        EventKind::Progress {
            stage,
            step,
            steps,
            left,
            ..
        } => Some(message(*stage, *step, *steps, *left)),
        _ => None,
    }
}

/// "Denoise 3/50, 120 s left".
fn message(stage: Stage, step: u32, steps: u32, left: Option<Duration>) -> String {
    let label = session::stage_name(stage);
    match stage {
        _ if steps == 1 => label.to_owned(),
        Stage::Load => say!("run-load", stage = label, step = step),
        // How many tokens there will be is not known.
        Stage::Caption => say!("run-caption", stage = label, step = step),
        _ => match left {
            Some(left) if step < steps => {
                say!(
                    "run-step-left",
                    stage = label,
                    step = step,
                    steps = steps,
                    left = format!("{:.0}", left.as_secs_f32())
                )
            }
            _ => say!("run-step", stage = label, step = step, steps = steps),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_tell_stage_step_and_time_left() {
        let left = Some(Duration::from_millis(119_700));
        assert_eq!(message(Stage::Prepare, 0, 1, None), "Prepare");
        assert_eq!(message(Stage::Load, 40, 100, None), "Load 40 %");
        assert_eq!(message(Stage::Caption, 37, 512, left), "Caption 37 tokens");
        assert_eq!(
            message(Stage::Denoise, 3, 50, left),
            "Denoise 3/50, 120 s left"
        );
        assert_eq!(message(Stage::Decode, 1, 4, None), "Decode 1/4");
        let none = Some(Duration::ZERO);
        assert_eq!(message(Stage::Decode, 4, 4, none), "Decode 4/4");
    }
}
