//! `pages`: every page of the console in Chromium, in both languages, without a complaint.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::demo::sell::Folder;
use crate::drill::Drill;
use crate::drill::shops::{emptied, sale, started};
use crate::processes::{Centre, Products};
use crate::till_client::TillClient;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "pages",
    about: "every page of the console in Chromium, in Russian and English, live",
};

/// Path, and what must be read there in Russian and in English.
const PAGES: [(&str, &str, &str); 21] = [
    ("/fleet", "Магазин", "Shop"),
    ("/fleet?view=list", "Магазин", "Shop"),
    ("/stores/d0001", "Журнал", "Journal"),
    ("/alerts", "Всё спокойно", "All calm"),
    ("/catalog", "Артикул", "Code"),
    ("/catalog/100001", "Цены по уровням", "Prices by layer"),
    ("/catalog/100001/price", "Цена вручную", "Price by hand"),
    ("/prices", "вся сеть", "the whole network"),
    ("/promotions", "Новая акция", "New promotion"),
    ("/promotions/P01", "История", "History"),
    (
        "/promotions/P01/edit",
        "Примерить на чеке",
        "Try it on a cart",
    ),
    ("/promotions/new", "Примерить на чеке", "Try it on a cart"),
    ("/assortment", "Матрица не задана", "The matrix is not set"),
    (
        "/assortment/edit",
        "Формат или кластер",
        "Format or cluster",
    ),
    ("/import", "Последние изменения", "Latest changes"),
    ("/rollouts", "Завершена", "Done"),
    ("/rollouts/R-1", "Что в ней", "What it brings"),
    (
        "/rollouts/R-1/receipts",
        "Чеки выкладки R-1",
        "Receipts of release R-1",
    ),
    (
        "/tails",
        "Ничего не ждёт решения",
        "Nothing waits for a decision",
    ),
    (
        "/rollouts/new",
        "Всё опубликовано",
        "Everything is published",
    ),
    (CHARGE, "Базовый прайс сети", "Base list of the network"),
];
/// A cart of two items in a shop of the loaded tables.
const CHARGE: &str =
    "/charge?store=S00001&at=2026-03-01T10:00&item=100001&quantity=1&item=100044&quantity=1";
const SHOWN_MAX: Duration = Duration::from_secs(10);

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let centre = Centre::start(&products, folder.path()).await?;
    let agents = started(&centre, folder.path(), 3).await?;
    let mut till = TillClient::new(Folder(agents[0].data().to_owned()));
    let open = json!({ "employee": "E1", "data": { "counted_kop": 0 } }).to_string();
    till.post("/v1/shift/open", "open", &open).await?;
    till.post("/v1/receipts", "sale-1", &sale(123_456)).await?;
    emptied(agents[0].data()).await?;

    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../controller/tests/data/pricing");
    let tables = tables.display().to_string();
    let load = [
        "load",
        &tables,
        "--why",
        "the drill of the pages",
        "--accept",
        "--second",
        "lead",
    ];
    centre.server.command(&load)?;

    let browser = Browser::start().await?;
    let base = format!("http://127.0.0.1:{}", centre.console_port);
    browser.page.goto(&format!("{base}/fleet")).await?;
    let closed = browser.page.source().await?;
    ensure!(!closed.contains("d0001"), "a page is shown to a stranger");
    browser.complaints().await?;
    browser
        .page
        .goto(&centre.server.text("console.link")?)
        .await?;
    let mut read = Vec::new();
    for (path, russian, english) in PAGES {
        for (language, wanted) in [("ru", russian), ("en", english)] {
            let mark = if path.contains('?') { '&' } else { '?' };
            let address = format!("{base}{path}{mark}lang={language}");
            browser.page.goto(&address).await?;
            let seen = format!(
                "return document.documentElement.lang === '{language}' && \
                 document.body.innerText.includes('{wanted}') && \
                 document.documentElement.scrollWidth <= innerWidth"
            );
            browser.wait_for(&seen, SHOWN_MAX).await.context(address)?;
            read.push(format!("{path} {language}"));
        }
    }
    changes_a_price(&browser, &base).await?;
    let live = sees_the_next_sale(&browser, &base, &mut till).await?;
    let counted = sees_the_next_shop(&browser, &base, &centre).await?;
    let complaints = browser.complaints().await?;
    browser.close().await?;
    Ok(json!({
        "drill": "pages",
        "holds": complaints.is_empty(),
        "pages": read,
        "sale_shown_after_s": live.as_secs_f64(),
        "shop_counted_after_s": counted.as_secs_f64(),
        "browser_complaints": complaints,
    }))
}

/// A price is changed by the form as a person does it: filled, looked at, saved.
async fn changes_a_price(browser: &Browser, base: &str) -> anyhow::Result<()> {
    let form = format!("{base}/catalog/100001/price?lang=ru");
    browser.page.goto(&form).await?;
    let fill = "document.querySelector('[name=amount_rub]').value = '46990';\
                document.querySelector('[name=valid_from]').value = '2030-12-01T00:00';\
                document.querySelector('[name=why]').value = 'цена из учения';\
                document.querySelector('[value=look]').click(); return true";
    browser.look(fill).await?;
    let shown = |text: &str| {
        format!("return document.body.innerText.replace(/\\s/g, ' ').includes('{text}')")
    };
    let looked = browser.wait_for(&shown("Что изменится"), SHOWN_MAX).await;
    looked.context("the price was not looked at")?;
    browser
        .look("document.querySelector('[value=save]').click(); return true")
        .await?;
    let saved = browser
        .wait_for(&shown("«цена из учения»"), SHOWN_MAX)
        .await;
    saved.context("the price was not saved")?;
    Ok(())
}

/// A sale appears on the shop's page by itself.
async fn sees_the_next_sale(
    browser: &Browser,
    base: &str,
    till: &mut TillClient<Folder>,
) -> anyhow::Result<Duration> {
    browser
        .page
        .goto(&format!("{base}/stores/d0001?lang=ru"))
        .await?;
    till.post("/v1/receipts", "sale-2", &sale(777_755)).await?;
    let shown = "return document.body.innerText.replace(/\\s/g, ' ').includes('7 777,55')";
    browser.wait_for(shown, SHOWN_MAX).await
}

/// A shop that is claimed while the page stands open is counted in its heading.
async fn sees_the_next_shop(
    browser: &Browser,
    base: &str,
    centre: &Centre,
) -> anyhow::Result<Duration> {
    browser.page.goto(&format!("{base}/fleet?lang=en")).await?;
    let heading = |text: &str| {
        format!("return document.querySelector('header.top').innerText.includes('{text}')")
    };
    browser.wait_for(&heading("3 shops"), SHOWN_MAX).await?;
    centre.claim(&"d0009-1".parse()?)?;
    let shown = browser.wait_for(&heading("4 shops"), SHOWN_MAX).await;
    shown.context("the heading still counts three shops")
}
