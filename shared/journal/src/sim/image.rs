//! One file of the simulated disk: its bytes as seen, and those that outlive a loss of power.

/// What a disk writes whole or not at all.
const UNIT_BYTES: usize = 512;

#[derive(Default)]
pub(super) struct Inode {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Writes since the last sync: offset and bytes.
    pending: Vec<(usize, Vec<u8>)>,
    /// A sync failed: later ones say that they worked and keep nothing of this file.
    broken: bool,
}

impl Inode {
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self {
            live: bytes.clone(),
            durable: bytes,
            ..Self::default()
        }
    }

    pub(super) fn live(&self) -> &[u8] {
        &self.live
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: u64) {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        put(&mut self.live, bytes, offset);
        self.pending.push((offset, bytes.to_vec()));
    }

    /// A longer file ends in zeros that may be lost; a shorter one is short at once.
    pub(super) fn set_len(&mut self, len: u64) {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if let Some(more) = len.checked_sub(self.live.len()) {
            let end = self.live.len();
            self.live.resize(len, 0);
            self.pending.push((end, vec![0; more]));
        } else {
            self.live.truncate(len);
            self.durable.truncate(len);
            self.pending.retain(|(offset, _)| *offset < len);
            for (offset, bytes) in &mut self.pending {
                bytes.truncate(len.saturating_sub(*offset));
            }
        }
    }

    pub(super) fn sync(&mut self) {
        if self.broken {
            return;
        }
        for (offset, bytes) in self.pending.drain(..) {
            put(&mut self.durable, &bytes, offset);
        }
    }

    pub(super) fn fail_sync(&mut self) {
        self.broken = true;
    }

    pub(super) fn flip(&mut self, offset: u64, mask: u8) -> Option<()> {
        let offset = usize::try_from(offset).ok()?;
        *self.live.get_mut(offset)? ^= mask;
        if let Some(byte) = self.durable.get_mut(offset) {
            *byte ^= mask;
        }
        Some(())
    }

    /// The file after power was lost.
    pub(super) fn crash(&self, dice: &mut Dice) -> Self {
        // All, none, few or many: the images that break a log are rarely the evenly mixed ones.
        let kept_of_4 = dice.below(5);
        let mut durable = self.durable.clone();
        for (offset, bytes) in &self.pending {
            for (at, unit) in units(*offset, bytes) {
                if dice.below(4) < kept_of_4 {
                    put(&mut durable, unit, at);
                }
            }
        }
        Self::durable(durable)
    }
}

/// A write cut where the disk's units meet.
fn units(offset: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let first = (UNIT_BYTES - offset % UNIT_BYTES).min(bytes.len());
    let (head, rest) = bytes.split_at_checked(first).unwrap_or((bytes, &[]));
    let whole = rest.chunks(UNIT_BYTES).enumerate();
    let whole = whole.map(move |(i, unit)| (offset + first + i * UNIT_BYTES, unit));
    std::iter::once((offset, head)).chain(whole)
}

fn put(file: &mut Vec<u8>, bytes: &[u8], offset: usize) {
    let end = offset.saturating_add(bytes.len());
    if file.len() < end {
        file.resize(end, 0);
    }
    if let Some(place) = file.get_mut(offset..end) {
        place.copy_from_slice(bytes);
    }
}

/// Splitmix64: the same seed, the same throws.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 up to `bound`, without it; `bound` is above 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}
