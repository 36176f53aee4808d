//! The backend without weights: colour segmentation, text grouping and inpainting on the CPU.

pub struct QuickBackend;
