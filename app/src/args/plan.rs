use super::place::PlaceArgs;
use super::settings::SettingsArgs;

/// Options of `lamina plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,

    #[command(flatten)]
    pub place: PlaceArgs,

    /// Run the VAE in tiles
    #[arg(long)]
    pub vae_tiling: bool,
}
