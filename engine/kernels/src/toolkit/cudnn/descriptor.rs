use std::ffi::c_void;
use std::ptr;

use super::constants::{Attribute, Kind, Reference, Value};
use super::error::Result;
use super::library::{Library, RawDescriptor};

/// A descriptor of cuDNN's backend API, destroyed with this.
pub(super) struct Descriptor {
    raw: RawDescriptor,
    library: &'static Library,
}

// SAFETY: a descriptor belongs to no thread; cuDNN asks only that one thread uses it at a time, which `&mut` and the lock
// around all plans ensure.
unsafe impl Send for Descriptor {}

impl Descriptor {
    pub fn new(library: &'static Library, kind: Kind) -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is written by the call.
        let status = unsafe { (library.create_descriptor)(kind, &mut raw) };
        library.check("cudnnBackendCreateDescriptor", status)?;
        Ok(Self { raw, library })
    }

    /// The same with an attribute of one or several values.
    pub fn with<T: Value>(self, name: Attribute, values: &[T]) -> Result<Self> {
        // SAFETY: cuDNN copies the values, whose type `Value` vouches for.
        let status = unsafe {
            (self.library.set_attribute)(
                self.raw,
                name,
                T::TYPE,
                values.len() as i64,
                values.as_ptr().cast(),
            )
        };
        self.library.check("cudnnBackendSetAttribute", status)?;
        Ok(self)
    }

    /// The same, ready for use, as each must be before another one refers to it.
    pub fn finalized(self) -> Result<Self> {
        // SAFETY: the descriptor is a live one.
        let status = unsafe { (self.library.finalize)(self.raw) };
        self.library.check("cudnnBackendFinalize", status)?;
        Ok(self)
    }

    pub fn int64(&self, name: Attribute) -> Result<i64> {
        let (mut count, mut value) = (0, 0_i64);
        let value_at: *mut i64 = &mut value;
        // SAFETY: there is room for the one value asked for.
        let status = unsafe {
            (self.library.get_attribute)(
                self.raw,
                name,
                i64::TYPE,
                1,
                &mut count,
                value_at.cast::<c_void>(),
            )
        };
        self.library.check("cudnnBackendGetAttribute", status)?;
        Ok(value)
    }

    /// The descriptors of `kind` that this one holds.
    pub fn descriptors(&self, name: Attribute, kind: Kind) -> Result<Vec<Self>> {
        let mut count = 0;
        // SAFETY: asked for no values, cuDNN tells their number only.
        let status = unsafe {
            (self.library.get_attribute)(
                self.raw,
                name,
                Reference::TYPE,
                0,
                &mut count,
                ptr::null_mut(),
            )
        };
        self.library.check("cudnnBackendGetAttribute", status)?;
        let mut found = (0..count)
            .map(|_| Self::new(self.library, kind))
            .collect::<Result<Vec<_>>>()?;
        let mut references: Vec<_> = found.iter().map(Self::reference).collect();
        // SAFETY: there is room for so many; cuDNN fills the descriptors themselves.
        let status = unsafe {
            (self.library.get_attribute)(
                self.raw,
                name,
                Reference::TYPE,
                count,
                &mut count,
                references.as_mut_ptr().cast(),
            )
        };
        self.library.check("cudnnBackendGetAttribute", status)?;
        found.truncate(usize::try_from(count).unwrap_or(0));
        Ok(found)
    }

    pub fn reference(&self) -> Reference {
        Reference(self.raw)
    }

    pub fn raw(&self) -> RawDescriptor {
        self.raw
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: created by this and destroyed once. A failure leaves nothing to do.
        unsafe { (self.library.destroy_descriptor)(self.raw) };
    }
}
