use std::time::Duration;

use engine::{EventKind, Stage};
use indicatif::{ProgressBar, ProgressStyle};

/// One line on the terminal: stage, bar, step and time left. Silent where standard error is not a terminal.
pub struct TerminalProgress {
    bar: ProgressBar,
    stage: Option<Stage>,
}

impl TerminalProgress {
    pub fn new(name: &str) -> Self {
        let bar = ProgressBar::new(1);
        let template = "{prefix}  {msg:10} [{bar:30}] {pos}/{len}";
        bar.set_style(
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        );
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, stage: None }
    }

    /// `label` for what the engine has no stage for: opening and writing.
    pub fn say(&mut self, label: &'static str) {
        self.stage = None;
        self.bar.set_length(1);
        self.bar.set_position(0);
        self.bar.set_message(label);
    }

    pub fn share(&self, share: f32) {
        self.bar.set_length(100);
        self.bar.set_position((share * 100.0) as u64);
    }

    pub fn event(&mut self, event: &EventKind) {
        let EventKind::Progress {
            stage,
            step,
            steps,
            left,
            ..
        } = event
        else {
            return;
        };
        if self.stage != Some(*stage) {
            self.stage = Some(*stage);
            self.bar.set_length(u64::from(*steps));
        }
        self.bar.set_position(u64::from(*step));
        self.bar.set_message(match left {
            Some(left) => format!("{}, {} s left", stage.label(), left.as_secs_f32().ceil()),
            None => stage.label().to_owned(),
        });
    }

    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
