//! A personal coupon code at a till with a journal.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::description::Description;
use super::program::Program;
use super::shop::Shop;

/// A call that sells one case for a sum with a code.
fn sale(code: &str, kopecks: i64) -> Value {
    let (_, mut call) = Description::read().request("/v1/carts/sell");
    *call.pointer_mut("/data/cart/lines/0/item_code").unwrap() = json!("case");
    *call.pointer_mut("/data/cart/coupons").unwrap() = json!([code]);
    *call.pointer_mut("/data/total_kop").unwrap() = json!(kopecks);
    *call.pointer_mut("/data/payments/0/amount_kop").unwrap() = json!(kopecks);
    call
}

#[tokio::test]
async fn a_personal_code_counts_once_whatever_the_client_says_also_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let (code, other) = (Shop::coupon(1), Shop::coupon(2));
    {
        let program = Program::on_disk(folder.path());
        let open = json!({ "employee": "E1", "data": { "counted_kop": 0 } });
        program.post_as("1", "/v1/shift/open", &open).await;
        let call = sale(&code, 188_000);
        let (status, _, told) = program.post_as("2", "/v1/carts/sell", &call).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        program.end();
    }
    let program = Program::on_disk(folder.path());
    let (status, _, told) = program
        .post_as("3", "/v1/carts/sell", &sale(&code, 188_000))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    assert_eq!(told["code"], "price-changed", "the code gives nothing now");
    let (_, mut cart) = Description::read().request("/v1/carts/price");
    *cart.pointer_mut("/cart/coupons").unwrap() = json!([code]);
    let (_, _, priced) = program.post("/v1/carts/price", &cart).await;
    let refusal = &priced["record"]["refusals"][0];
    assert_eq!(
        (&refusal["ref"], &refusal["reason"]),
        (&json!(code), &json!("used"))
    );
    let call = sale(&other, 188_000);
    let (status, _, told) = program.post_as("4", "/v1/carts/sell", &call).await;
    assert_eq!(status, StatusCode::OK, "another code is good: {told}");
}
