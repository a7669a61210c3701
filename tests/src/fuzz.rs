//! Every decoder of bytes from outside, as a plain function that must survive any bytes.
//!
//! `tests/fuzz.rs` runs each on the files of `corpus/<name>` and on mutations of them; more of them
//! with `PROPTEST_CASES=10000 cargo test -p storefleet-tests --test fuzz`.

use std::fmt::Debug;

use minicbor::{Decode, Encode};
use storefleet_core::cbor;

pub mod datasets;
pub mod entries;
pub mod evidence;
pub mod identity;
pub mod logs;
pub mod rows;
pub mod samples;
pub mod texts;
pub mod wire;

/// What became of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// They are nothing of ours.
    Refused,
    /// They were understood in part: something of a newer version stands in them.
    InPart,
    /// They were understood, and would be written the same.
    Whole,
}

impl Read {
    /// Whole or refused.
    #[must_use]
    pub fn whole_if(fits: bool) -> Self {
        if fits { Self::Whole } else { Self::Refused }
    }
}

/// A decoder.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its folder in the corpus.
    pub name: &'static str,
    /// Decodes, and checks what must hold of whatever was decoded.
    pub run: fn(&[u8]) -> Read,
    /// What honest sides write, by name; read whole.
    pub samples: fn() -> Vec<(String, Vec<u8>)>,
}

macro_rules! targets {
    ($($name:literal => $run:path, $samples:path;)+) => {
        /// All of them.
        pub const TARGETS: &[Target] =
            &[$(Target { name: $name, run: $run, samples: $samples },)+];
    };
}

targets! {
    "cbor" => entries::walk, entries::written;
    "entry" => entries::entry, entries::written;
    "fact" => entries::fact, entries::facts;
    "checkpoint" => entries::checkpoint, entries::checkpoints;
    "segment" => logs::segment, logs::segments;
    "shop-log" => logs::shop_log, logs::shop_logs;
    "central-record" => logs::central_record, logs::central_records;
    "central-log" => logs::central_log, logs::central_logs;
    "envelope" => wire::envelope, wire::envelopes;
    "batch" => wire::batch, wire::batches;
    "hello" => wire::hello, wire::hellos;
    "telemetry" => wire::telemetry, wire::telemetries;
    "ack" => wire::ack, wire::acks;
    "missing" => evidence::missing, evidence::questions;
    "held-batches" => evidence::held, evidence::answers;
    "key-list" => wire::key_list, wire::key_lists;
    "trust-store" => wire::trust_store, wire::trust_stores;
    "store-card" => wire::store_card, wire::store_cards;
    "topic" => wire::topic, wire::topics;
    "mqtt-packet" => wire::mqtt_packet, wire::mqtt_packets;
    "enrol-request" => identity::enrol_request, identity::enrol_requests;
    "enrol-answer" => identity::enrol_answer, identity::enrol_answers;
    "renew-request" => identity::renew_request, identity::renew_requests;
    "claim-code" => identity::claim_code, identity::claim_codes;
    "signing-request" => identity::signing_request, identity::signing_requests;
    "certificate" => identity::certificate, identity::certificates;
    "identity-fact" => identity::fact, identity::facts;
    "office-entry" => identity::office_entry, identity::office_entries;
    "checkpoint-row" => rows::of_checkpoint, rows::checkpoints;
    "office-row" => rows::of_office, rows::offices;
    "key-list-row" => rows::of_key_list, rows::key_lists;
    "till-call" => texts::till_call, texts::till_calls;
    "receipts-csv" => texts::receipts, texts::receipt_files;
    "agent-settings" => texts::agent_settings, texts::agent_files;
    "centre-settings" => texts::centre_settings, texts::centre_files;
    "manifest" => datasets::manifest, datasets::manifests;
    "consignment" => datasets::consignment, datasets::consignments;
    "packed-segment" => datasets::packed_segment, datasets::packed_segments;
    "layer-record" => datasets::layer_record, datasets::layer_records;
    "segment-question" => datasets::segment_question, datasets::segment_questions;
    "repair" => datasets::repair_message, datasets::repair_messages;
    "master-fact" => datasets::master_fact, datasets::master_facts;
    "rollout-fact" => datasets::rollout_fact, datasets::rollout_facts;
    "partner-file" => datasets::partner_file, datasets::partner_files;
    "admin-order" => texts::admin_order, texts::admin_orders;
}

/// Decodes a value and checks that writing it again settles: nothing is added, and what kept its
/// length is the same bytes.
///
/// # Panics
/// When it does not.
pub fn settle<T>(bytes: &[u8]) -> Option<(T, Read)>
where
    T: for<'b> Decode<'b, ()> + Encode<()> + PartialEq + Debug,
{
    let value: T = cbor::decode(bytes).ok()?;
    let written = cbor::encode(&value);
    assert!(written.len() <= bytes.len(), "{value:?} grew");
    let read = if written.len() == bytes.len() {
        assert_eq!(written, bytes, "{value:?} was not written in one form");
        Read::Whole
    } else {
        Read::InPart
    };
    let again: T = cbor::decode(&written).expect("it was just written");
    assert_eq!(again, value);
    Some((value, read))
}
