pub(crate) mod lines;
pub(crate) mod peers;
