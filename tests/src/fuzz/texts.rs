//! What people and their programs write: till calls, receipts in CSV, settings, admin orders.

use std::io::Write;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use storefleet_agent::till::answers::Answered;
use storefleet_agent::till::problem::Problem;
use storefleet_agent::till::requests::{
    Call, CloseShift, IntoRequest, MoveCash, OpenShift, Sell, TakeBack, WriteOff, store_time,
};
use storefleet_core::entry::{self, RequestRef};
use storefleet_core::time::StoreTime;
use storefleet_core::workplace::decide::{Asked, Request};
use storefleet_provision::admin::{ClaimRequest, WithdrawRequest};

use crate::demo::receipts as demo;
use crate::fuzz::{Read, samples};
use crate::sim::disk::SimRooms;

/// A call of the till API, its path in the first line: asked of a till with an open shift.
///
/// # Panics
/// When the till ends, or money is not conserved.
#[must_use]
pub fn till_call(bytes: &[u8]) -> Read {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return Read::Refused;
    };
    let (path, body) = (&bytes[..end], &bytes[end + 1..]);
    let read = match path {
        b"/v1/shift/open" => called::<OpenShift>(body),
        b"/v1/shift/close" => called::<CloseShift>(body),
        b"/v1/receipts" => called::<Sell>(body),
        b"/v1/returns" => called::<TakeBack>(body),
        b"/v1/cash" => called::<MoveCash>(body),
        b"/v1/writeoffs" => called::<WriteOff>(body),
        _ => None,
    };
    let Some((request, employee, business_time)) = read else {
        return Read::Refused;
    };
    let asked = Asked {
        request,
        key: RequestRef {
            key: "fuzz".to_owned(),
            hash: entry::hash(body),
        },
        employee,
        business_time,
    };
    let mut till = samples::open_till(SimRooms::default());
    let ask = |till: &mut storefleet_agent::store_loop::StoreLoop<SimRooms>| {
        let answer = till.ask(asked.clone(), &samples::stamp());
        let answer = answer.expect("no request ends a till");
        till.commit().expect("memory takes it");
        answer
    };
    let first = ask(&mut till);
    let sum: i64 = till.state().cash.rows().map(|(_, money)| money.0).sum();
    assert_eq!(sum, 0, "money is conserved");
    match first {
        Ok(answer) => {
            let json = serde_json::to_vec(&Answered::of(&answer)).expect("plain data");
            assert!(!json.is_empty());
            assert_eq!(ask(&mut till), Ok(answer), "a repeat gets the first answer");
            Read::Whole
        }
        Err(refusal) => {
            drop(Problem::refused(&refusal));
            Read::Refused
        }
    }
}

fn called<T: DeserializeOwned + IntoRequest>(
    body: &[u8],
) -> Option<(Request, String, Option<StoreTime>)> {
    let call: Call<T> = serde_json::from_slice(body).ok()?;
    let time = call.business_time.as_deref().map(store_time).transpose();
    Some((call.data.into_request().ok()?, call.employee, time.ok()?))
}

/// A file of receipts for the demo.
#[must_use]
pub fn receipts(bytes: &[u8]) -> Read {
    let few = demo::plan(bytes, Some(1));
    match demo::plan(bytes, None) {
        Ok(jobs) => {
            let calls = jobs.iter().flat_map(|job| &job.calls);
            let mut bodies =
                calls.map(|call| serde_json::from_str::<serde_json::Value>(&call.body));
            assert!(few.is_ok_and(|few| few.len() <= jobs.len()));
            Read::whole_if(bodies.all(|body| body.is_ok()))
        }
        Err(_) => Read::Refused,
    }
}

/// A settings file of an agent.
#[must_use]
pub fn agent_settings(bytes: &[u8]) -> Read {
    let load = |files: &[PathBuf]| storefleet_agent::settings::load(files).is_ok();
    settings(bytes, load)
}

/// A settings file of a centre.
#[must_use]
pub fn centre_settings(bytes: &[u8]) -> Read {
    let load = |files: &[PathBuf]| storefleet_controller::settings::load(files).is_ok();
    settings(bytes, load)
}

fn settings(bytes: &[u8], load: impl Fn(&[PathBuf]) -> bool) -> Read {
    let mut file = tempfile::Builder::new()
        .suffix(".toml")
        .tempfile()
        .expect("there is room for a file");
    file.write_all(bytes).expect("there is room for a file");
    Read::whole_if(load(&[file.path().to_owned()]))
}

/// An order at the admin socket.
///
/// # Panics
/// When it would be written in another form than it is read.
#[must_use]
pub fn admin_order(bytes: &[u8]) -> Read {
    let claim = serde_json::from_slice::<ClaimRequest>(bytes);
    let withdrawal = serde_json::from_slice::<WithdrawRequest>(bytes);
    if let Ok(order) = &claim {
        let written = serde_json::to_vec(order).expect("plain data");
        let again = serde_json::from_slice::<ClaimRequest>(&written);
        assert_eq!(again.ok().as_ref(), Some(order));
    }
    Read::whole_if(claim.is_ok() || withdrawal.is_ok())
}

fn named(texts: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec());
    texts.iter().map(owned).collect()
}

/// Calls that an open shift allows, one of each.
#[must_use]
pub fn till_calls() -> Vec<(String, Vec<u8>)> {
    named(&[
        (
            "close",
            "/v1/shift/close\n{\"employee\":\"e1\",\"data\":{\"counted_kop\":500}}",
        ),
        (
            "sale",
            concat!(
                "/v1/receipts\n{\"employee\":\"e1\",",
                "\"business_time\":\"2026-01-30T15:29:00+07:00\",\"data\":{\"lines\":[",
                "{\"item\":\"i1\",\"owner\":\"p\",\"qty_milli\":1000,\"unit_price_kop\":9900,",
                "\"gross_kop\":9900,\"discount_kop\":900,\"vat\":\"20\",\"serial\":\"35\"}],",
                "\"payments\":[{\"kind\":\"cash\",\"amount_kop\":9000}]}}",
            ),
        ),
        (
            "return",
            concat!(
                "/v1/returns\n{\"employee\":\"e1\",\"data\":{\"reason\":\"not liked\",\"lines\":[",
                "{\"item\":\"i1\",\"qty_milli\":1000,\"unit_price_kop\":100,\"gross_kop\":100}],",
                "\"payments\":[{\"kind\":\"card\",\"amount_kop\":100}]}}",
            ),
        ),
        (
            "cash",
            concat!(
                "/v1/cash\n{\"employee\":\"e1\",\"data\":",
                "{\"direction\":\"in\",\"amount_kop\":700,\"reason\":\"bank\"}}",
            ),
        ),
        (
            "writeoff",
            concat!(
                "/v1/writeoffs\n{\"employee\":\"e1\",\"data\":{\"reason\":\"broken\",",
                "\"lines\":[{\"item\":\"i1\",\"qty_milli\":2000}]}}",
            ),
        ),
    ])
}

/// A small file with one of everything.
#[must_use]
pub fn receipt_files() -> Vec<(String, Vec<u8>)> {
    named(&[(
        "small",
        "store_id,receipt_id,till,employee_id,ts,kind,item_code,qty,unit_price_kop,gross_kop,\
         discount_kop\n\
         S1,r1,t2,e1,2024-12-05T15:29:00+07:00,sale,i1,2,9900,19800,900\n\
         S1,r1,t2,e1,2024-12-05T15:29:00+07:00,sale,i2,1,500,500,0\n\
         S1,r2,t1,e2,2024-12-05T16:00:00+07:00,return,i1,-1,9900,-9900,0\n\
         S1,r1,t2,e1,2024-12-05T15:29:00+07:00,sale,i1,2,9900,19800,900\n\
         S2,r3,t1,e3,2024-12-06T09:00:00+03:00,writeoff,i2,-1,500,-500,0\n\
         S2,r4,t1,e3,2024-12-06T09:05:00+03:00,adjust,i2,4,0,0,0\n",
    )])
}

/// Settings of an agent, every key and one.
#[must_use]
pub fn agent_files() -> Vec<(String, Vec<u8>)> {
    let all = include_str!("../../../agent/src/settings.toml");
    named(&[("all", all), ("port", "[till]\nport = 0\n")])
}

/// Settings of a centre, every key and one.
#[must_use]
pub fn centre_files() -> Vec<(String, Vec<u8>)> {
    let all = include_str!("../../../controller/src/settings.toml");
    named(&[("all", all), ("port", "[console]\nport = 0\n")])
}

/// A claim and a withdrawal.
#[must_use]
pub fn admin_orders() -> Vec<(String, Vec<u8>)> {
    named(&[
        (
            "claim",
            concat!(
                "{\"workplace\":\"s1-1\",\"time_zone\":\"Europe/Moscow\",",
                "\"legal_entity\":\"OOO\",\"language\":\"ru\",\"training\":true}",
            ),
        ),
        ("revoke", "{\"workplace\":\"s1-1\",\"reason\":\"stolen\"}"),
    ])
}
