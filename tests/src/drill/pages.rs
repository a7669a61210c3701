//! `pages`: every page of the console in Chromium, in both languages, without a complaint.

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
const PAGES: [(&str, &str, &str); 4] = [
    ("/fleet", "Магазин", "Shop"),
    ("/fleet?view=list", "Магазин", "Shop"),
    ("/stores/d0001", "Журнал", "Journal"),
    ("/alerts", "Всё спокойно", "All calm"),
];
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
