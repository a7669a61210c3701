//! The form of a promotion over a real socket: every kind has its fields, and a held one is changed after a look.

use crate::office::{Desk, desk};

const WHY: &str = "why=a%20reason%20of%20the%20tests";

/// The fields of a page's form as a browser would send them.
fn sent(page: &str) -> Vec<(String, String)> {
    let form = page.split_once("class=\"together\"").unwrap().1;
    let mut fields = Vec::new();
    for tag in form.split('<').skip(1) {
        let name = attribute(tag, "name");
        if tag.starts_with("input") {
            let is_off = tag.contains("type=\"checkbox\"") && !tag.contains(" checked");
            if let (Some(name), false) = (name, is_off) {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("textarea") {
            let text = tag.split_once('>').unwrap().1;
            fields.extend(name.map(|name| (name, plain(text).replace('\n', "\r\n"))));
        } else if tag.starts_with("select") {
            fields.extend(name.map(|name| (name, String::new())));
        } else if tag.starts_with("option") && tag.contains(" selected") {
            fields.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
        }
    }
    fields
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    Some(plain(rest.split_once('"')?.0))
}

fn plain(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn body(fields: &[(String, String)]) -> String {
    let pairs = fields.iter().map(|(name, value)| {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn put(fields: &mut [(String, String)], name: &str, value: &str) {
    let field = fields.iter_mut().find(|(known, _)| known == name).unwrap();
    value.clone_into(&mut field.1);
}

async fn form_of(desk: &Desk, id: &str) -> Vec<(String, String)> {
    let path = format!("/promotions/{id}/edit");
    sent(
        &desk
            .reads(
                &path,
                &["Изменить акцию"],
                &["promo-", "promotion-", "day-"],
            )
            .await
            .body,
    )
}

#[tokio::test]
async fn every_kind_shows_its_fields_after_it_is_chosen() {
    let desk = desk().await;
    for (kind, shown) in [
        ("happy_hour", "name=\"hours_from\""),
        ("card_price", "name=\"prices\""),
        ("bundle", "name=\"slot1_groups\""),
        ("gift", "name=\"beside_items\""),
        ("qty_tiers", "name=\"tiers\""),
        ("coupon", "name=\"campaign\""),
        ("points_redeem", "name=\"cap\""),
        ("accrue", "name=\"delay_days\""),
        ("manual", "name=\"needs_reason\""),
        ("rounding", "name=\"step_rub\""),
    ] {
        let page = desk
            .post("/promotions/new", &format!("step=kind&kind={kind}&name=N1"))
            .await;
        assert_eq!(page.status, 200, "{kind}");
        assert!(
            page.body.contains(shown) && page.body.contains("value=\"N1\""),
            "{kind}"
        );
        for raw in ["promo-", "promotion-", "day-"] {
            assert!(!page.body.contains(&format!(">{raw}")), "{kind} {raw}");
        }
    }
    let bare = desk
        .post("/promotions/new", "step=look&kind=bundle&set_price=x")
        .await;
    assert_eq!(bare.status, 422);
    for text in ["Заполните хотя бы одну часть", "Нужна сумма в рублях"]
    {
        assert!(bare.body.contains(text), "{text}");
    }
}

#[tokio::test]
async fn every_promotion_of_the_reference_opens_and_is_the_same_when_nothing_was_touched() {
    let desk = desk().await;
    for number in 1..=34 {
        let id = format!("P{number:02}");
        if desk.get(&format!("/promotions/{id}")).await.status == 404 {
            continue;
        }
        let fields = form_of(&desk, &id).await;
        let path = format!("/promotions/{id}/edit");
        let same = desk
            .post(&path, &format!("step=look&{}", body(&fields)))
            .await;
        assert_eq!(same.status, 422, "{id}");
        assert!(same.body.contains("менять нечего"), "{id}:\n{}", same.body);
    }
}

#[tokio::test]
async fn a_promotion_is_changed_after_the_old_and_the_new_were_seen() {
    let desk = desk().await;
    desk.reads("/promotions/P05", &["/promotions/P05/edit"], &[])
        .await;
    let mut fields = form_of(&desk, "P05").await;
    put(&mut fields, "set_price", "699");
    let path = "/promotions/P05/edit";
    let seen = desk
        .post(path, &format!("step=look&{}", body(&fields)))
        .await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    for text in ["Цена набора", "799", "699", "Изменения получ"] {
        assert!(seen.body.contains(text), "{text}");
    }
    let save = format!(
        "step=save&{WHY}&seen={}&key=q1&{}",
        seen.hidden("seen"),
        body(&fields)
    );
    assert_eq!(desk.post(path, &save).await.location(), "/promotions/P05");
    desk.reads(
        "/promotions/P05",
        &["699", "a reason of the tests", "<dd>2</dd>"],
        &[],
    )
    .await;
    desk.reads("/promotions/P05/edit", &["value=\"3\""], &[])
        .await;
}

#[tokio::test]
async fn who_was_slower_sees_both_versions_and_overwrites_nothing_unseen() {
    let desk = desk().await;
    let path = "/promotions/P01/edit";
    let (mut slower, mut faster) = (form_of(&desk, "P01").await, form_of(&desk, "P01").await);
    put(&mut faster, "percent", "11");
    put(&mut slower, "percent", "13");
    let seen_slower = desk
        .post(path, &format!("step=look&{}", body(&slower)))
        .await;
    let seen = desk
        .post(path, &format!("step=look&{}", body(&faster)))
        .await;
    let save = format!(
        "step=save&{WHY}&seen={}&key=f1&{}",
        seen.hidden("seen"),
        body(&faster)
    );
    assert_eq!(desk.post(path, &save).await.location(), "/promotions/P01");

    let late = format!(
        "step=save&{WHY}&seen={}&key=f2&{}",
        seen_slower.hidden("seen"),
        body(&slower)
    );
    let late = desk.post(path, &late).await;
    assert_eq!(late.status, 422);
    let both = desk
        .post(path, &format!("step=look&{}", body(&slower)))
        .await;
    assert_eq!(both.status, 422);
    for text in [
        "обе версии",
        "скидка 11\u{a0}%",
        "скидка 13\u{a0}%",
        "value=\"over\"",
    ] {
        assert!(both.body.contains(text), "{text}\n{}", both.body);
    }
    desk.reads(
        "/promotions/P01",
        &["скидка 11\u{a0}%"],
        &["скидка 13\u{a0}%"],
    )
    .await;

    let over = desk
        .post(path, &format!("step=over&{}", body(&slower)))
        .await;
    assert_eq!(over.status, 200, "{}", over.body);
    put(&mut slower, "opened", over.hidden("opened"));
    let save = format!(
        "step=save&{WHY}&seen={}&key=f3&{}",
        over.hidden("seen"),
        body(&slower)
    );
    assert_eq!(desk.post(path, &save).await.location(), "/promotions/P01");
    desk.reads("/promotions/P01", &["скидка 13\u{a0}%"], &[])
        .await;
}
