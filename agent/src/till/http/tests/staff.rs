//! People at a till: what their PINs open.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::description::Description;
use super::program::Program;

/// A price call for one case with a reduction of 20 % by hand.
fn cart(seller: Option<[&str; 2]>, approver: Option<[&str; 2]>) -> Value {
    let (_, mut call) = Description::read().request("/v1/carts/price");
    *call.pointer_mut("/cart/lines/0/item_code").unwrap() = json!("case");
    *call.pointer_mut("/cart/lines/0/qty_milli").unwrap() = json!(1_000);
    // What the till's program claims counts for nothing.
    *call.pointer_mut("/cart/manual").unwrap() = json!([{
        "seq": 1, "line_no": 1, "ppm": 200_000, "reason": "scratch",
        "limit_ppm": 1_000_000, "token_ppm": 1_000_000,
    }]);
    let who = |who: Option<[&str; 2]>| who.map(|[id, pin]| json!({ "staff_id": id, "pin": pin }));
    call["seller"] = json!(who(seller));
    call["approver"] = json!(who(approver));
    call
}

async fn net(program: &Program, call: &Value) -> (StatusCode, Value, Value) {
    let (status, _, told) = program.post("/v1/carts/price", call).await;
    let record = &told["record"];
    let reason = record["refusals"][0]["reason"].clone();
    (status, record["totals"]["net_kop"].clone(), reason)
}

#[tokio::test]
async fn a_reduction_goes_as_far_as_roles_may_whatever_the_program_claims() {
    let program = Program::start();
    let (seller, director) = (Some(["E1", "1234"]), Some(["E2", "4321"]));
    let refused = (StatusCode::OK, json!(99_000), json!("needs_token"));
    assert_eq!(net(&program, &cart(None, None)).await, refused);
    assert_eq!(net(&program, &cart(seller, None)).await, refused);
    assert_eq!(
        net(&program, &cart(seller, seller)).await,
        refused,
        "a cashier allows nothing"
    );
    let given = (StatusCode::OK, json!(79_200), Value::Null);
    assert_eq!(net(&program, &cart(seller, director)).await, given);
}

#[tokio::test]
async fn a_stranger_a_wrong_pin_and_no_pin_are_refused_alike_and_guessing_ends_soon() {
    let program = Program::start();
    let sign_in = |id: &str, pin: &str| json!({ "staff_id": id, "pin": pin });
    let path = "/v1/staff/check";
    for (id, pin) in [("E9", "1234"), ("E3", "0000"), ("E1", "0000")] {
        let (status, _, told) = program.post(path, &sign_in(id, pin)).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::FORBIDDEN, &json!("staff-refused")),
            "{id}"
        );
    }
    for _ in 0..4 {
        program.post(path, &sign_in("E1", "0000")).await;
    }
    let (status, _, told) = program.post(path, &sign_in("E1", "1234")).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("staff-locked"))
    );
    let (status, _, _) = program.post(path, &sign_in("E2", "4321")).await;
    assert_eq!(status, StatusCode::OK, "others are let in");
}
