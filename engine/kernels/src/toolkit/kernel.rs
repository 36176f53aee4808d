//! The names of this crate's own kernels, so that none is asked for that the compiled module lacks.

macro_rules! kernels {
    ($($kernel:ident = $name:literal,)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Kernel {
            $($kernel,)+
        }

        impl Kernel {
            pub const ALL: &[Self] = &[$(Self::$kernel,)+];

            /// In the source.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kernel => $name,)+
                }
            }
        }
    };
}

kernels! {
    AddGated = "add_gated",
    AddGatedModulate = "add_gated_modulate",
    AddGatedModulateE4m3 = "add_gated_modulate_e4m3",
    ChannelNorm4 = "channel_norm_4",
    ChannelNorm8 = "channel_norm_8",
    ChannelNorm16 = "channel_norm_16",
    CopyLines = "copy_lines",
    Enlarge = "enlarge",
    FromE4m3 = "from_e4m3",
    Gelu = "gelu",
    GeluE4m3 = "gelu_e4m3",
    GeluErf = "gelu_erf",
    JoinParts = "join_parts",
    Modulate = "modulate",
    ModulateE4m3 = "modulate_e4m3",
    QkNormRope = "qk_norm_rope",
    PartsE4m3 = "parts_e4m3",
    RmsNorm = "rms_norm",
    RowProduct = "row_product",
    ScaleProduct = "scale_product",
    ScanParts = "scan_parts",
    Silu = "silu",
    SiluMul = "silu_mul",
    ToE4m3 = "to_e4m3",
    WidenBlocks = "widen_blocks",
}
