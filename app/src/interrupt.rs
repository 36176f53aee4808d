use engine::CancelToken;

/// Cancelled by Ctrl-C, or when the system asks the program to end.
pub fn on_interrupt() -> CancelToken {
    let cancel = CancelToken::default();
    let on_interrupt = cancel.clone();
    if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
        eprintln!("lamina: Ctrl-C will not stop this run cleanly: {error}");
    }
    cancel
}
