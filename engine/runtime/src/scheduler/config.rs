use std::path::Path;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::Result;
use crate::config::{ensure, read_json};

/// scheduler/scheduler_config.json; the defaults are the published values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct SchedulerConfig {
    pub num_train_timesteps: u32,
    /// The constant shift where `use_dynamic_shifting` is off.
    pub shift: f64,
    pub use_dynamic_shifting: bool,
    pub time_shift_type: TimeShift,
    /// The last level that the schedule is stretched to; the files say null or false for none.
    #[serde(deserialize_with = "number_or_none")]
    pub shift_terminal: Option<f64>,
    invert_sigmas: bool,
    use_karras_sigmas: bool,
    use_exponential_sigmas: bool,
    use_beta_sigmas: bool,
    stochastic_sampling: bool,
}

/// How mu becomes the factor of the shift: itself, or its exponential (base Qwen-Image).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeShift {
    Linear,
    Exponential,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            num_train_timesteps: 1000,
            shift: 1.0,
            use_dynamic_shifting: true,
            time_shift_type: TimeShift::Linear,
            shift_terminal: None,
            invert_sigmas: false,
            use_karras_sigmas: false,
            use_exponential_sigmas: false,
            use_beta_sigmas: false,
            stochastic_sampling: false,
        }
    }
}

impl SchedulerConfig {
    pub fn read(path: &Path) -> Result<Self> {
        let config: Self = read_json(path)?;
        let plain = !(config.invert_sigmas
            || config.use_karras_sigmas
            || config.use_exponential_sigmas
            || config.use_beta_sigmas
            || config.stochastic_sampling);
        ensure(
            path,
            plain,
            "inverted, Karras, exponential, beta and stochastic sigmas are not supported",
        )?;
        ensure(
            path,
            (1..=1_000_000).contains(&config.num_train_timesteps),
            "num_train_timesteps is out of range",
        )?;
        ensure(
            path,
            config.shift.is_finite() && config.shift > 0.0,
            "shift must be positive",
        )?;
        ensure(
            path,
            config
                .shift_terminal
                .is_none_or(|last| (0.0..1.0).contains(&last)),
            "shift_terminal must lie in 0 to 1",
        )?;
        Ok(config)
    }
}

fn number_or_none<'de, D: Deserializer<'de>>(json: D) -> Result<Option<f64>, D::Error> {
    // Python treats 0 as "off" here too.
    Ok(Value::deserialize(json)?
        .as_f64()
        .filter(|number| *number != 0.0))
}
