/// Sides are multiples of this.
const GRID: f64 = 32.0;

/// Width and height that the model works at: the picture's aspect at about `side`² pixels, each side rounded to 32, half
/// to even (diffusers `pipeline_qwenimage_layered.py`, `calculate_dimensions`). Never under 32.
pub fn bucket(width: u32, height: u32, side: u32) -> (u32, u32) {
    let ratio = f64::from(width) / f64::from(height);
    let area = f64::from(side) * f64::from(side);
    let bucket_width = (area * ratio).sqrt();
    let bucket_height = bucket_width / ratio;
    let round = |length: f64| ((length / GRID).round_ties_even() * GRID).max(GRID) as u32;
    (round(bucket_width), round(bucket_height))
}
