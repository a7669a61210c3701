//! Decides what the next key list says when keys are made, replaced or added.

use minicbor::bytes::ByteVec;
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::PublicKey;
use storefleet_wire::keys::{KeyEntry, KeyList, Role, Roots};

const DAY_MS: i64 = 86_400_000;
/// Longest life of a signing key; a rotation ends it earlier.
pub const KEY_LIFE_MS: i64 = 3 * 365 * DAY_MS;
/// How long a replaced key stays good, for what it signed and what is still on the way.
pub const KEY_OVERLAP_MS: i64 = 30 * DAY_MS;
/// Keys begin this much in the past: a machine with a slow clock must accept them too.
const BACKDATE_MS: i64 = DAY_MS;

/// What the next list brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// New keys; each ends the older ones of its role after an overlap.
    pub keys: Vec<(Role, PublicKey)>,
    /// The roots that sign the lists after it.
    pub roots: Roots,
    /// A new issuing certificate (DER); older ones stay while they live.
    pub issuing: Option<Vec<u8>>,
    /// The root certificate (DER) in use.
    pub root_certificate: Vec<u8>,
}

/// The list after `previous`; `is_live` says whether a certificate (DER) is still valid at `now`.
#[must_use]
pub fn next_list(
    previous: Option<&KeyList>,
    changes: Changes,
    is_live: impl Fn(&[u8]) -> bool,
    now: Timestamp,
) -> KeyList {
    let old_keys = previous.into_iter().flat_map(|list| &list.keys);
    let mut keys: Vec<KeyEntry> = old_keys
        .filter(|entry| now < entry.not_after)
        .map(|entry| {
            let is_replaced = changes.keys.iter().any(|(role, _)| *role == entry.role);
            let end = now.plus_ms(KEY_OVERLAP_MS);
            KeyEntry {
                not_after: if is_replaced {
                    entry.not_after.min(end)
                } else {
                    entry.not_after
                },
                ..*entry
            }
        })
        .collect();
    keys.extend(changes.keys.into_iter().map(|(role, key)| KeyEntry {
        role,
        key,
        not_before: now.plus_ms(-BACKDATE_MS),
        not_after: now.plus_ms(KEY_LIFE_MS),
    }));
    let kept = |pick: fn(&KeyList) -> &Vec<ByteVec>| {
        let all = previous.map(pick).into_iter().flatten();
        all.filter(|der| is_live(der)).cloned().collect::<Vec<_>>()
    };
    let mut issuing = kept(|list| &list.issuing);
    issuing.extend(changes.issuing.map(ByteVec::from));
    let mut root_certificates = kept(|list| &list.root_certificates);
    let root = ByteVec::from(changes.root_certificate);
    if !root_certificates.contains(&root) {
        root_certificates.push(root);
    }
    KeyList {
        number: previous.map_or(0, |list| list.number).saturating_add(1),
        roots: changes.roots,
        issuing,
        root_certificates,
        keys,
    }
}

/// The key that signs in `role` at `now`: of the valid ones the newest.
#[must_use]
pub fn signing_entry(list: &KeyList, role: Role, now: Timestamp) -> Option<&KeyEntry> {
    let mut valid: Vec<_> = list
        .keys
        .iter()
        .filter(|entry| entry.role == role && entry.is_valid_at(now))
        .collect();
    valid.sort_by_key(|entry| entry.not_before);
    valid.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_key_overlaps_and_others_stay() {
        let roots = Roots {
            current: PublicKey([1; 32]),
            next: PublicKey([2; 32]),
        };
        let changes = |keys| Changes {
            keys,
            roots,
            issuing: None,
            root_certificate: vec![9],
        };
        let both = vec![
            (Role::Ack, PublicKey([3; 32])),
            (Role::Manifest, PublicKey([4; 32])),
        ];
        let first = next_list(None, changes(both), |_| true, Timestamp(0));
        let later = Timestamp(100 * DAY_MS);
        let newer = vec![(Role::Ack, PublicKey([5; 32]))];
        let second = next_list(Some(&first), changes(newer), |_| true, later);
        assert_eq!((first.number, second.number), (1, 2));
        assert_eq!(second.root_certificates, first.root_certificates);
        let signing = |role| signing_entry(&second, role, later).map(|entry| entry.key);
        assert_eq!(signing(Role::Ack), Some(PublicKey([5; 32])));
        assert_eq!(signing(Role::Manifest), Some(PublicKey([4; 32])));
        assert_eq!(second.keys[0].not_after, Timestamp(130 * DAY_MS));
        let third = next_list(
            Some(&second),
            changes(vec![]),
            |_| false,
            Timestamp(130 * DAY_MS),
        );
        assert_eq!(third.keys.len(), 2, "the old ack key is gone");
    }
}
