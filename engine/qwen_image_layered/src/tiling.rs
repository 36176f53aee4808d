/// Whether large pictures go through the VAE in overlapping tiles. That bounds memory, but attention then sees only a
/// tile, which can show as seams in flat areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tiling {
    #[default]
    Off,
    On,
}
