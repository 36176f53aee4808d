use std::time::Duration;

use engine::{EventKind, Stage};
use indicatif::{ProgressBar, ProgressStyle};

/// One line on the terminal: stage, bar, step and time left. Silent where standard error is not a terminal.
pub struct TerminalProgress {
    bar: ProgressBar,
}

impl TerminalProgress {
    pub fn new(name: &str) -> Self {
        let bar = ProgressBar::new(1);
        bar.set_style(
            ProgressStyle::with_template("{prefix}  [{bar:30}] {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        );
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// `label` for what the engine has no stage for: opening and writing.
    pub fn say(&mut self, label: &'static str) {
        self.show(0, 1, label.to_owned());
    }

    pub fn share(&self, share: f32) {
        self.bar.set_length(100);
        self.bar.set_position((share * 100.0) as u64);
    }

    pub fn event(&mut self, event: &EventKind) {
        if let EventKind::Progress {
            stage,
            step,
            steps,
            left,
            ..
        } = event
        {
            self.show(*step, *steps, message(*stage, *step, *steps, *left));
        }
    }

    fn show(&self, step: u32, steps: u32, message: String) {
        self.bar.set_length(u64::from(steps));
        self.bar.set_position(u64::from(step));
        self.bar.set_message(message);
    }

    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

/// "Denoise 3/50, 120 s left".
fn message(stage: Stage, step: u32, steps: u32, left: Option<Duration>) -> String {
    let label = stage.label();
    match stage {
        _ if steps == 1 => label.to_owned(),
        Stage::Load => format!("{label} {step} %"),
        // How many tokens there will be is not known.
        Stage::Caption => format!("{label} {step} tokens"),
        _ => match left {
            Some(left) if step < steps => {
                format!("{label} {step}/{steps}, {:.0} s left", left.as_secs_f32())
            }
            _ => format!("{label} {step}/{steps}"),
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
