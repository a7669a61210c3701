//! "What will this shop charge for this cart at that time, and why": the form, and the same for programs.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::html;
use serde::Serialize;
use serde_json::value::RawValue;
use storefleet_core::pricing::json::record::to_json;
use storefleet_provision::admin::Problem;

use super::Desk;
use super::form::{Fault, Fields, summary};
use super::frame::Section;
use super::publish;
use super::scene::{Page, Scene};
use super::telling::read_wall;
use crate::pricing::office::{Basis, Books};

pub(super) mod ask;
pub(super) mod told;

/// The addresses of this folder.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/charge", get(show))
        .route("/api/v1/charge", get(api))
}

async fn show(scene: Scene) -> Response {
    scene.show(page).await
}

fn page(scene: &Scene) -> Page {
    let words = scene.words();
    let fields = &scene.fields;
    let store = scene.inner.publisher.master.read();
    let asked = !fields.get("store").is_empty() || !fields.get("at").is_empty();
    let told = if asked {
        told::priced(&words, &store, fields, None)?
    } else {
        Err(Vec::new())
    };
    let faults = told.as_ref().err().cloned().unwrap_or_default();
    let main = html! {
        (publish::banner(&words, &store)?)
        (summary(&words, &faults))
        div.beside.wide {
            div { @match &told {
                Ok(told) => (told),
                Err(_) => section.panel { p.empty { (words.text("charge-empty")) } }
            } }
            form.panel.stacked method="get" action="/charge" { (ask::fields(&words, fields, &faults)) p { button.primary { (words.text("charge-do")) } } }
        }
    };
    drop(store);
    let mut page = scene.page(
        Section::Charge,
        None,
        words.text("nav-charge"),
        words.text("charge-subtitle"),
        &main,
    );
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// What a program is answered: the same as by a till.
#[derive(Debug, Serialize)]
struct Charged {
    /// Hash over the datasets that priced it.
    stack: String,
    /// Every line and why it costs what it does; the same bytes as at a till.
    record: Box<RawValue>,
}

async fn api(scene: Scene) -> Response {
    scene.show(charged).await
}

fn charged(scene: &Scene) -> Page {
    let fields = &scene.fields;
    let store = scene.inner.publisher.master.read();
    let priced = ask::shop_of(&store, fields, released(fields))?.and_then(|books| {
        let cart = ask::cart(&store, &books, fields)?;
        let priced = books
            .price(cart)
            .map_err(|problem| vec![Fault::new("line", problem)])?;
        Ok((books.stack.to_string(), to_json(&priced)))
    });
    Ok(match priced {
        Ok((stack, record)) => match RawValue::from_string(record) {
            Ok(record) => axum::Json(Charged { stack, record }).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        },
        Err(faults) => refused(scene, &faults),
    })
}

/// Names the field, what is wrong with it, and what to do.
fn refused(scene: &Scene, faults: &[Fault]) -> Response {
    let words = scene.words();
    let first = faults
        .first()
        .cloned()
        .unwrap_or_else(|| Fault::new("", "fault-title"));
    let problem = Problem {
        title: words.text(&first.text),
        code: first.field,
        next: words.text("charge-api-next"),
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let body = serde_json::to_string(&problem).unwrap_or_default();
    (StatusCode::UNPROCESSABLE_ENTITY, kind, body).into_response()
}

/// As the shop's tills have it at the time that is asked for.
fn released(fields: &Fields) -> Basis {
    Basis::Released(read_wall(fields.get("at")))
}

/// The books of the shop that a form names, with the data that it asks for.
pub(super) fn books<'s>(
    store: &'s crate::master::MasterStore,
    fields: &Fields,
) -> Result<Result<Books<'s>, Vec<Fault>>, crate::master::StoreError> {
    let basis = match fields.get("basis") {
        "draft" => Basis::Draft,
        _ => released(fields),
    };
    ask::shop_of(store, fields, basis)
}
