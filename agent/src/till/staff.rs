//! Who stands at the till: PINs are checked by the office's table of people, and what each may do by its roles.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use storefleet_core::dataset::kinds::staff::{Person, Rights};
use storefleet_core::pricing::basket::Basket;
use storefleet_core::pricing::rounding::Ppm;

use crate::datasets::snapshot::Snapshot;
use crate::till::http::Till;
use crate::till::problem::Problem;

/// Wrong PINs of one person in a row before the next one is not looked at for a while.
const WRONG_MAX: u32 = 5;
/// That while, in milliseconds.
const WAIT_MS: u64 = 60_000;

/// A person with the PIN that was typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    staff_id: String,
    pin: String,
}

/// The people behind a cart.
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// Who sells.
    pub(super) seller: Option<SignIn>,
    /// Who allows more than the seller may give.
    pub(super) approver: Option<SignIn>,
}

/// `POST /v1/staff/check`: whom the till's program lets in.
#[derive(Debug, Serialize)]
struct PersonOut {
    staff_id: String,
    name: String,
    role: String,
    /// How far the person may go with a reduction by hand, in parts per million.
    discount_ppm: i32,
    /// How far the person may allow others to go.
    approves_ppm: i32,
}

/// Wrong PINs by person, since the agent started.
#[derive(Debug, Clone, Default)]
pub struct PinTries(Arc<Mutex<BTreeMap<String, Tries>>>);

/// Wrong PINs of one person in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tries {
    wrong: u32,
    /// When the last one was typed, by the monotonic clock.
    at_ms: u64,
}

impl Tries {
    /// Whether a PIN is looked at.
    fn may_try(self, now_ms: u64) -> bool {
        self.wrong < WRONG_MAX || now_ms.saturating_sub(self.at_ms) >= WAIT_MS
    }

    fn after_wrong(self, now_ms: u64) -> Self {
        let wrong = if self.wrong < WRONG_MAX {
            self.wrong
        } else {
            0
        };
        Self {
            wrong: wrong.saturating_add(1),
            at_ms: now_ms,
        }
    }
}

impl PinTries {
    /// Judges a PIN of somebody who works here.
    fn judge(&self, who: &SignIn, person: &Person, now_ms: u64) -> Result<(), Problem> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tries.get(&who.staff_id).copied().unwrap_or_default();
        if !before.may_try(now_ms) {
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "staff-locked"));
        }
        if person
            .pin
            .is_some_and(|pin| pin.is(&who.staff_id, &who.pin))
        {
            tries.remove(&who.staff_id);
            return Ok(());
        }
        tries.insert(who.staff_id.clone(), before.after_wrong(now_ms));
        Err(refused())
    }
}

/// One answer for a wrong PIN, no PIN and a stranger: it tells nobody which numbers exist.
fn refused() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "staff-refused")
}

/// The person who signed in, and what the role may do.
fn signed_in(till: &Till, snapshot: &Snapshot, who: &SignIn) -> Result<(Person, Rights), Problem> {
    let person = snapshot.person(&who.staff_id).ok_or_else(refused)?;
    let now_ms = till.clock.stamp().monotonic_ms;
    till.pins.judge(who, &person, now_ms)?;
    let rights = snapshot.rights(&person.role);
    Ok((person, rights))
}

/// Puts into a cart what the people behind it may give, whatever the till's program says of that itself.
pub(super) fn put_rights(
    till: &Till,
    snapshot: &Snapshot,
    behind: &Behind,
    basket: &mut Basket,
) -> Result<(), Problem> {
    let of = |who: &Option<SignIn>| {
        let signed = who.as_ref().map(|who| signed_in(till, snapshot, who));
        signed.transpose()
    };
    let (seller, approver) = (of(&behind.seller)?, of(&behind.approver)?);
    if !snapshot.has_rights() {
        return Ok(());
    }
    let right = seller.map_or(Ppm(0), |(_, rights)| rights.discount);
    let token_right = approver.map(|(_, rights)| rights.approves);
    let approved_by = behind.approver.as_ref().map(|who| who.staff_id.clone());
    for entry in &mut basket.manual {
        entry.right = right;
        entry.token_right = token_right;
        entry.approved_by.clone_from(&approved_by);
    }
    Ok(())
}

pub(super) async fn check(
    State(till): State<Till>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(body) = body else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large").into_response();
    };
    match checked(&till, &body) {
        Ok(out) => Json(out).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn checked(till: &Till, body: &[u8]) -> Result<PersonOut, Problem> {
    let who: SignIn =
        serde_json::from_slice(body).map_err(|error| Problem::malformed(error.to_string()))?;
    let snapshot = till.snapshots.borrow().clone();
    let snapshot =
        snapshot.ok_or_else(|| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-prices"))?;
    let (person, rights) = signed_in(till, &snapshot, &who)?;
    Ok(PersonOut {
        staff_id: who.staff_id,
        name: person.name,
        role: person.role,
        discount_ppm: rights.discount.0,
        approves_ppm: rights.approves.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_pins_in_a_row_close_the_door_for_a_minute_and_then_five_more() {
        let mut tries = Tries::default();
        for second in 0..5 {
            assert!(tries.may_try(second * 1_000));
            tries = tries.after_wrong(second * 1_000);
        }
        assert!(!tries.may_try(4_000 + WAIT_MS - 1));
        assert!(tries.may_try(4_000 + WAIT_MS));
        tries = tries.after_wrong(4_000 + WAIT_MS);
        assert!(tries.may_try(4_001 + WAIT_MS), "it counts from one again");
    }
}
