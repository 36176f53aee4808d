//! The operations that the model spends its time in. Each is written once in candle's own operations, which every device
//! and number type can run.
