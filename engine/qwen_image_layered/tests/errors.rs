//! What goes wrong reaches the user as a sentence.
use std::backtrace::Backtrace;

use candle_core::Error;
use qwen_image_layered::ModelError;

#[test]
fn an_error_of_the_computation_is_one_line_even_where_backtraces_are_asked_for() {
    let error = Error::WithBacktrace {
        inner: Box::new(Error::Msg("the shapes differ".into())),
        backtrace: Box::new(Backtrace::force_capture()),
    };
    assert!(error.to_string().lines().count() > 1);
    let told = ModelError::from(error).to_string();
    assert_eq!(told, "the computation failed: the shapes differ");
}

#[test]
fn a_full_device_is_told_from_other_errors() {
    let error = Error::Msg("DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")".into());
    assert!(matches!(ModelError::from(error), ModelError::OutOfMemory));
}
