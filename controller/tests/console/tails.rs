//! What a replaced machine sent late: a person sees what it would move, and accepts or refuses it by form.

use rcgen::{CertificateParams, KeyPair};
use storefleet_controller::central_log::{BatchStore, CentralLog, NewRecord};
use storefleet_controller::fleet::Fleet;
use storefleet_controller::office::Office;
use storefleet_core::brought_forward::History;
use storefleet_core::entry::Entry;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::sync::message::{Batch, Verdict};
use storefleet_core::time::Timestamp;
use storefleet_journal::DiskFolder;
use storefleet_provision::enrolment::Histories;
use storefleet_provision::registry::{CardFields, ClaimOrder};
use storefleet_wire::batch;
use storefleet_wire::enrol::{EnrolRequest, Language};
use storefleet_wire::envelope::SigningKey;

use crate::demo::{demo_after, journal};
use crate::office::{Desk, opened};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const WHY: &str =
    "why=%D1%81%D0%B2%D0%B5%D1%80%D0%B8%D0%BB%D0%B8+%D1%81+%D0%BB%D0%B5%D0%BD%D1%82%D0%BE%D0%B9";
/// The last entry that the machine sent before it was replaced.
const SENT: u64 = 40;

/// A centre that never heard of anybody.
struct Nothing;

impl Histories for Nothing {
    fn of(&self, _: &WorkplaceId) -> Result<Option<History>, String> {
        Ok(None)
    }
}

/// A machine is enrolled, replaced, and sends the rest of its journal.
fn replaced(
    office: &mut Office,
    log: &mut CentralLog<DiskFolder>,
    fleet: &mut Fleet,
    key: &SigningKey,
) {
    let id: WorkplaceId = "s00001-1".parse().unwrap();
    let order = ClaimOrder {
        workplace: id.clone(),
        card: CardFields {
            time_zone: "Europe/Moscow".to_owned(),
            legal_entity: "Demo".to_owned(),
            language: Language::Ru,
        },
        training: false,
        replaces: false,
    };
    let (code, _) = office.claim(order, "cli:test", NOW).unwrap();
    let params = CertificateParams::new(Vec::new()).unwrap();
    let csr = params
        .serialize_request(&KeyPair::generate().unwrap())
        .unwrap();
    let request = EnrolRequest {
        workplace: id.clone(),
        csr: csr.der().to_vec(),
        journal_key: key.public(),
        fingerprint: Hash([9; 32]),
        agent_version: "0.1.0".into(),
    };
    let posted = request.seal(&code.key(&id));
    office
        .answer(&posted, false, &["c:1".to_owned()], &Nothing, NOW)
        .unwrap();
    office
        .retire(&id, "the disk is broken", "cli:test", NOW)
        .unwrap();
    let entries = journal(&id, NOW);
    let sent = usize::try_from(SENT).unwrap();
    let prev = storefleet_core::entry::hash(&entries[sent - 1]);
    let last = entries.len() as u64;
    let parts = [
        (Verdict::Ok, 1, SENT, Hash::default(), &entries[..sent]),
        (Verdict::Held, SENT + 1, last, prev, &entries[sent..]),
    ];
    for (verdict, first, last, prev, entries) in parts {
        let batch = Batch {
            workplace: id.clone(),
            epoch: Epoch(1),
            first: Seq(first),
            prev,
            entries: entries.iter().cloned().map(Into::into).collect(),
        };
        let record = NewRecord {
            workplace: &id,
            epoch: Epoch(1),
            first: Seq(first),
            last: Seq(last),
            received: NOW,
            verdict,
            batch: &batch::seal(key, &batch),
        };
        log.stage(record).unwrap();
        log.commit().unwrap();
    }
    for bytes in &entries[..sent] {
        fleet.fold(&id, &Entry::parse(bytes).unwrap());
    }
    fleet.alarm(&id, Alarm::Quarantine, "entries 41 to 60".to_owned(), NOW);
}

async fn desk() -> Desk {
    opened(demo_after(0, replaced).await).await
}

#[tokio::test]
async fn a_tail_is_looked_at_and_accepted_once_with_a_reason() {
    let desk = desk().await;
    for path in ["/stores/s00001", "/alerts"] {
        desk.reads(
            path,
            &["/tails?store=s00001", "Посмотреть, что пришло"],
            &[],
        )
        .await;
    }
    let list = ["/tails/s00001-1/1", "Эпоха 1, записи 41–60"];
    desk.reads("/tails", &list, &["Ничего не ждёт решения"])
        .await;
    desk.reads("/tails?store=s00002", &["Ничего не ждёт решения"], &list)
        .await;
    let page = desk
        .reads(
            "/tails/s00001-1/1",
            &["Движение товара", "4600000000017", "Касса", "Выручка"],
            &[],
        )
        .await;
    let to = page.hidden("to");
    assert_eq!(to, "60");
    let path = "/tails/s00001-1/1/accept";
    let unsaid = desk.post(path, "key=t1&verdict=accept&to=60&why=").await;
    assert_eq!(unsaid.status, 422);
    assert!(unsaid.body.contains("Движение товара"), "it is shown again");
    let unseen = desk
        .post(path, &format!("key=t2&verdict=accept&to=59&{WHY}"))
        .await;
    assert_eq!(
        unseen.status, 422,
        "what was not looked at is not decided on"
    );
    assert!(unseen.body.contains("С тех пор записей стало больше"));
    let form = format!("key=t3&verdict=accept&to=60&{WHY}");
    for _ in 0..2 {
        assert_eq!(desk.post(path, &form).await.location(), "/tails");
    }
    desk.reads("/tails", &["Ничего не ждёт решения"], &list)
        .await;
    assert_eq!(desk.get("/tails/s00001-1/1").await.status, 404);
    let master = desk.demo.master.read();
    let id = "s00001-1".parse().unwrap();
    let decided = master.tails_of(&id).unwrap();
    assert_eq!(decided.get(&Epoch(1)), Some(&Seq(60)));
}

#[tokio::test]
async fn a_tail_that_is_refused_is_gone_and_moves_nothing() {
    let desk = desk().await;
    let form = format!("key=t1&verdict=refuse&to=60&{WHY}");
    let refused = desk.post("/tails/s00001-1/1/refuse", &form).await;
    assert_eq!(refused.location(), "/tails");
    desk.reads("/tails", &["Ничего не ждёт решения"], &[]).await;
    let nothing = desk.post("/tails/s00001-1/1/forget", &form).await;
    assert_eq!(nothing.status, 404);
}
