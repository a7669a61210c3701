//! Compression of bodies. A thread keeps its contexts: making one costs more than a short message does.

use std::cell::RefCell;
use std::io;

use zstd::bulk::{Compressor, Decompressor};

const LEVEL: i32 = 3;

thread_local! {
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// The compressed bytes; nothing where memory is short.
pub(crate) fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| {
        let packer = kept(packer, || Compressor::new(LEVEL))?;
        packer.compress(bytes).ok()
    })
}

/// What was compressed; nothing where it is damaged or more than `bytes_max`.
pub(crate) fn decompress(bytes: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
    UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = kept(unpacker, Decompressor::new)?;
        unpacker.decompress(bytes, bytes_max).ok()
    })
}

fn kept<T>(held: &mut Option<T>, make: impl FnOnce() -> io::Result<T>) -> Option<&mut T> {
    if held.is_none() {
        *held = Some(make().ok()?);
    }
    held.as_mut()
}
