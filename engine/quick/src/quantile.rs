/// The value in the middle; 0 for none.
pub fn median(values: Vec<f32>) -> f32 {
    quantile(values, 0.5)
}

/// The value that `share` (0..1) of the values are below; 0 for none.
pub fn quantile(mut values: Vec<f32>, share: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let place = ((values.len() as f32 * share) as usize).min(values.len() - 1);
    *values.select_nth_unstable_by(place, f32::total_cmp).1
}
