use crate::Result;

/// What all runs of a kernel together took of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelTime {
    /// As the driver knows it; "copy" and "fill" are the driver's own.
    pub name: String,
    pub count: u32,
    pub ms: f64,
}

/// What devices did in a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// What took longest comes first.
    pub kernels: Vec<KernelTime>,
    /// While at least one kernel ran: less than all of them together where some ran side by side.
    pub busy_ms: f64,
}

/// What is missing for a profile: a sentence for the user.
pub fn missing_profiler() -> Option<String> {
    #[cfg(feature = "cuda")]
    return crate::device::cuda::profile::missing();
    #[cfg(not(feature = "cuda"))]
    Some("a profile needs an NVIDIA GPU and a build with CUDA support".into())
}

/// Begins to note the kernels of all devices. Fails where something is missing for it.
pub fn begin_profile() -> Result<()> {
    if let Some(missing) = missing_profiler() {
        return Err(candle_core::Error::msg(missing));
    }
    #[cfg(feature = "cuda")]
    crate::device::cuda::profile::begin()?;
    Ok(())
}

/// Ends what [`begin_profile`] began, once the devices have done their work.
pub fn end_profile() -> Result<Profile> {
    #[cfg(feature = "cuda")]
    return crate::device::cuda::profile::end();
    #[cfg(not(feature = "cuda"))]
    Ok(Profile::default())
}
