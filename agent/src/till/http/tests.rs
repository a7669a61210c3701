//! The description of the till API against the program, both ways.

mod coupons;
mod description;
mod program;
pub(crate) mod shop;
mod staff;

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use description::{Description, objects};
use program::{Program, Told, answer, refusals, report, view};
use serde_json::{Value, json};
use storefleet_core::cash::Direction;
use storefleet_core::receipt::PaymentKind;
use storefleet_core::shelf_tag::tasks::Due;

use super::routes;

fn keys(object: &Value) -> BTreeSet<String> {
    let object = object.as_object().unwrap();
    object.keys().cloned().collect()
}

#[tokio::test]
async fn every_call_is_described_and_every_described_call_is_there() {
    let calls = Description::read().calls();
    let described: BTreeSet<&str> = calls.iter().map(|(path, _)| path.as_str()).collect();
    let there: BTreeSet<&str> = routes().iter().map(|(path, _)| *path).collect();
    assert_eq!(there, described);
    let program = Program::start();
    for (path, method) in &calls {
        let (other, told) = match method.as_str() {
            "get" => ("post", program.post(path, &json!({})).await),
            _ => ("get", program.get(path).await),
        };
        let (status, kind, problem) = told;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{other} {path}");
        assert_eq!(kind, "application/problem+json");
        assert_eq!(problem["code"], "no-such-call");
    }
}

/// The fields that a refusal of an unknown one names.
fn named(detail: &str) -> BTreeSet<String> {
    let (_, expected) = detail.split_once("expected ").unwrap();
    let words = expected.split('`').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_request_has_the_described_fields_and_no_others() {
    let description = Description::read();
    let program = Program::start();
    program.answers(Ok(answer(false)));
    for path in description.posts() {
        let (schema, example) = description.request(&path);
        description.check(&schema, &example).unwrap();
        let (status, _, _) = program.post(&path, &example).await;
        assert_eq!(status, StatusCode::OK, "the example of {path}");
        for (at, schema) in objects(&description, &schema, &example) {
            if schema["additionalProperties"].is_object() {
                continue;
            }
            let described = keys(&schema["properties"]);
            let object = example.pointer(&at).unwrap();
            assert_eq!(keys(object), described, "{path}{at}: the example is whole");
            let mut more = example.clone();
            more.pointer_mut(&at).unwrap()["surplus"] = json!(1);
            let (status, _, problem) = program.post(&path, &more).await;
            if schema["additionalProperties"] == true {
                assert_eq!(status, StatusCode::OK, "{path}{at} refuses a surplus");
            } else {
                assert_eq!(
                    status,
                    StatusCode::BAD_REQUEST,
                    "{path}{at} takes a surplus"
                );
                let detail = problem["detail"].as_str().unwrap();
                assert_eq!(named(detail), described, "{path}{at}");
            }
            for field in described {
                let mut less = example.clone();
                let object = less.pointer_mut(&at).unwrap().as_object_mut().unwrap();
                object.remove(&field);
                let (status, _, _) = program.post(&path, &less).await;
                let needed = schema["required"]
                    .as_array()
                    .unwrap()
                    .contains(&json!(field));
                assert_eq!(
                    status != StatusCode::OK,
                    needed,
                    "{path}{at} without {field}"
                );
            }
        }
    }
}

#[test]
fn words_are_those_of_the_program() {
    let description = Description::read();
    let words = |at: &str| description.schema(at)["enum"].clone();
    let kinds: Vec<_> = PaymentKind::KNOWN.iter().map(|kind| kind.name()).collect();
    assert_eq!(words("/Payment/properties/kind"), json!(kinds));
    let ways: Vec<_> = Direction::KNOWN.iter().map(|way| way.name()).collect();
    assert_eq!(words("/MoveCash/properties/direction"), json!(ways));
    let due = Due::ALL.map(Due::name);
    assert_eq!(words("/TagTask/properties/due"), json!(due));
}

#[tokio::test]
async fn an_answer_is_the_described_one() {
    let description = Description::read();
    let program = Program::start();
    program.sees(view(true));
    for path in description.posts() {
        let closes = path == "/v1/shift/close";
        program.answers(Ok(answer(closes)));
        let (_, request) = description.request(&path);
        let (_, kind, told) = program.post(&path, &request).await;
        assert_eq!(kind, "application/json");
        description.check_example(&path, "post", &told);
    }
    for path in [
        "/v1/shift/x",
        "/v1/state",
        "/v1/tags",
        "/v1/datasets",
        "/v1/items/{code}",
    ] {
        let (status, _, told) = program.get(&path.replace("{code}", "cable")).await;
        assert_eq!(status, StatusCode::OK);
        description.check_example(path, "get", &told);
    }
    let (_, _, told) = program.get("/v1/openapi.json").await;
    assert_eq!(told, description.whole());
    let (kind, event) = program.first_event("/v1/events").await;
    assert_eq!(kind, "text/event-stream");
    let (name, data) = event.split_once('\n').unwrap();
    assert_eq!(name, "event: state");
    let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    description
        .check(&description.schema("/State"), &data)
        .unwrap();

    // A closed till has no shift, and a document without number and report leaves both out.
    program.sees(view(false));
    let (_, _, told) = program.get("/v1/state").await;
    description
        .check(&description.schema("/State"), &told)
        .unwrap();
    let mut bare = answer(false);
    bare.number = 0;
    program.answers(Ok(bare));
    let (_, request) = description.request("/v1/cash");
    let (_, _, told) = program.post("/v1/cash", &request).await;
    description
        .check(&description.schema("/Answer"), &told)
        .unwrap();
    // Every described field of a report stands in one of the two.
    let both: BTreeSet<_> = [report(false), report(true)]
        .iter()
        .flat_map(keys)
        .collect();
    assert_eq!(both, keys(&description.schema("/Report/properties")));
}

/// Codes by status, as the program gives them, each with a text for people.
#[tokio::test]
async fn every_refusal_is_described_and_has_its_texts() {
    let description = Description::read();
    let program = Program::start();
    let mut given: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    let mut told = Vec::new();
    let path = "/v1/returns";
    let (_, request) = description.request(path);
    for refusal in refusals() {
        program.answers(Err(refusal));
        told.push(program.post(path, &request).await);
    }
    told.extend(program.refused_at_the_door(path, &request).await);
    program.sees(view(false));
    told.push(program.get("/v1/shift/x").await);
    told.push(program.get("/v1/no-such-call").await);
    told.push(program.get("/v1/items/no-such-item").await);
    told.push(program.get("/v1/tags?limit=none").await);
    told.extend(carts_refused(&description, &program).await);
    told.push(Program::without_prices().get("/v1/tags").await);
    let wrong = json!({ "staff_id": "E1", "pin": "0000" });
    for _ in 0..6 {
        told.push(program.post("/v1/staff/check", &wrong).await);
    }
    program.stop();
    told.push(program.post(path, &request).await);
    for (status, kind, problem) in told {
        assert_eq!(kind, "application/problem+json");
        description
            .check(&description.schema("/Problem"), &problem)
            .unwrap();
        let code = problem["code"].as_str().unwrap();
        for text in ["title", "next"] {
            let text = problem[text].as_str().unwrap();
            assert!(text.contains(' '), "{code} has no text: {text:?}");
        }
        let codes = given.entry(status.as_u16()).or_default();
        codes.insert(code.to_owned());
    }
    assert_eq!(given, description.codes());
    for path in description.posts() {
        let listed = description.statuses(&path);
        let expected = given.keys().filter(|status| match **status {
            // Only a return looks for a sale.
            404 => path == "/v1/returns",
            // Who only asks is not refused: the record of a price says what cannot be sold.
            409 | 422 => !["/v1/carts/price", "/v1/staff/check"].contains(&path.as_str()),
            429 => path.starts_with("/v1/carts/") || path == "/v1/staff/check",
            _ => true,
        });
        assert_eq!(listed, expected.copied().collect(), "{path}");
    }
}

/// What is refused because of what a cart holds or costs.
async fn carts_refused(description: &Description, program: &Program) -> Vec<Told> {
    let path = "/v1/carts/sell";
    let (_, example) = description.request(path);
    let changes = [
        ("/data/cart/lines/0/item_code", json!("no-such-item")),
        ("/data/cart/lines/0/item_code", json!("phone")),
        ("/data/total_kop", json!(1)),
    ];
    let mut told = Vec::new();
    for (place, value) in changes {
        let mut call = example.clone();
        *call.pointer_mut(place).unwrap() = value;
        told.push(program.post(path, &call).await);
    }
    told
}

#[tokio::test]
async fn the_list_of_tags_comes_in_parts() {
    let program = Program::start();
    let (_, _, whole) = program.get("/v1/tags").await;
    let (_, _, first) = program.get("/v1/tags?limit=1").await;
    let (_, _, second) = program.get("/v1/tags?limit=1&offset=1").await;
    assert_eq!(first["tags"], json!([whole["tags"][0]]));
    assert_eq!(second["tags"], json!([whole["tags"][1]]));
    assert_eq!(first["next_offset"], 1);
    assert_eq!(second["next_offset"], Value::Null);
    assert_eq!(first["overdue"], whole["overdue"]);
}

#[tokio::test]
async fn a_line_warns_where_the_shelf_says_another_price_of_the_same_kind() {
    let description = Description::read();
    let program = Program::start();
    let (_, mut call) = description.request("/v1/carts/price");
    let (_, _, told) = program.post("/v1/carts/price", &call).await;
    assert_eq!(told["shelf"][0]["shelf_kop"], 49_000);
    assert_eq!(told["shelf"][0]["price_kop"], 59_000);
    *call.pointer_mut("/cart/lines/0/item_code").unwrap() = json!("case");
    let (_, _, told) = program.post("/v1/carts/price", &call).await;
    assert_eq!(told["shelf"], json!([]), "no tag lies where there is none");
}

#[tokio::test]
async fn what_is_sold_needs_a_tag_until_it_is_printed_and_again_when_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::on_disk(folder.path());
    let call = |data: Value| json!({ "employee": "E1", "data": data });
    let (_, _, list) = program.get("/v1/tags").await;
    assert_eq!(list["tags"], json!([]));
    let open = call(json!({ "counted_kop": 0 }));
    program.post_as("1", "/v1/shift/open", &open).await;
    let (_, mut sale) = Description::read().request("/v1/carts/sell");
    *sale.pointer_mut("/data/cart/lines/0/item_code").unwrap() = json!("case");
    *sale.pointer_mut("/data/total_kop").unwrap() = json!(198_000);
    *sale.pointer_mut("/data/payments/0/amount_kop").unwrap() = json!(198_000);
    let (status, _, told) = program.post_as("2", "/v1/carts/sell", &sale).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let (_, _, list) = program.get("/v1/tags").await;
    assert_eq!(list["tags"][0]["due"], "missing");
    let printed = |kop: i64| call(json!({ "tags": [{ "item_code": "case", "price_kop": kop }] }));
    let path = "/v1/tags/printed";
    let (_, _, first) = program.post_as("3", path, &printed(99_000)).await;
    let (_, _, again) = program.post_as("3", path, &printed(99_000)).await;
    assert_eq!(first["kind"], "pricetag.printed");
    assert_eq!(first, again, "the same call is recorded once");
    let (_, _, list) = program.get("/v1/tags").await;
    assert_eq!(list["tags"], json!([]));
    program.post_as("4", path, &printed(89_000)).await;
    let (_, _, list) = program.get("/v1/tags").await;
    assert_eq!(list["tags"][0]["due"], "overdue");
    assert_eq!(list["tags"][0]["shelf_kop"], 89_000);
}
