//! The golden file of a crate: one line per shape, its name and the bytes that were once written.
//!
//! Lines are only added. A shape that grew gets a second line; the first one stays and is still read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use storefleet_core::cbor;

/// The lines of a golden file and what the shapes of today make of them.
#[derive(Debug)]
pub struct Golden<'a> {
    lines: BTreeMap<&'a str, &'a str>,
    met: BTreeSet<String>,
    faults: Vec<String>,
}

impl<'a> Golden<'a> {
    /// The lines of a file.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        let mut golden = Self {
            lines: BTreeMap::new(),
            met: BTreeSet::new(),
            faults: Vec::new(),
        };
        for line in text.lines() {
            let (name, bytes) = line.split_once(' ').unwrap_or((line, ""));
            if golden.lines.insert(name, bytes).is_some() {
                golden.faults.push(format!("two lines are called {name}"));
            }
        }
        golden
    }

    /// A CBOR item: written as the line says, and the line is read as the item.
    pub fn item<T>(&mut self, name: &str, value: &T)
    where
        T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq + Debug,
    {
        let read = |bytes: &[u8]| cbor::decode::<T>(bytes).is_ok_and(|read| read == *value);
        self.bytes(name, &cbor::encode(value), read);
    }

    /// Bytes of another form; `is_read` says whether they are read as what was written.
    pub fn bytes(&mut self, name: &str, written: &[u8], is_read: impl Fn(&[u8]) -> bool) {
        self.text(name, &hex(written), |line| {
            unhex(line).is_some_and(|bytes| is_read(&bytes))
        });
    }

    /// Bytes that never come out the same twice, for they hold a random number or are compressed:
    /// the line is only read.
    pub fn read(&mut self, name: &str, written: &[u8], is_read: impl Fn(&[u8]) -> bool) {
        let line = self.lines.get(name).and_then(|line| unhex(line));
        let written = line.as_deref().unwrap_or(written);
        self.bytes(name, written, is_read);
    }

    /// A text, on one line.
    pub fn text(&mut self, name: &str, written: &str, is_read: impl Fn(&str) -> bool) {
        if !self.met.insert(name.to_owned()) {
            self.faults.push(format!("two shapes are called {name}"));
        }
        let Some(line) = self.lines.get(name) else {
            self.faults
                .push(format!("add this line:\n{name} {written}"));
            return;
        };
        if !is_read(line) {
            self.faults
                .push(format!("{name} is not read as it was written"));
        }
        if *line != written {
            self.faults
                .push(format!("{name} is written in another way:\n{written}"));
        }
    }

    /// Fails with everything that was found, and with the lines that no shape asked for.
    ///
    /// # Panics
    /// When there is any such thing.
    pub fn finish(mut self) {
        let forgotten = self.lines.keys().filter(|name| !self.met.contains(**name));
        self.faults
            .extend(forgotten.map(|name| format!("nothing reads {name} any more")));
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
    }
}

/// Bytes as a line has them.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of such a text; nothing where it is none.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}
