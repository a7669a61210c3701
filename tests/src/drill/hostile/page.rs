//! A web page in the shop's browser that posts to the till API of the agent beside it.

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::demo::sell::Folder;
use crate::drill::shops::sale;
use crate::till_client::{TillClient, Whereabouts};

/// What a page can get wrong on purpose, and the answer it must get.
const TRIES: [(&str, Page, u16); 6] = [
    (
        "page_foreign_origin",
        Page {
            origin: Some("https://evil.example"),
            ..Page::OWN
        },
        403,
    ),
    (
        "page_null_origin",
        Page {
            origin: Some("null"),
            ..Page::OWN
        },
        403,
    ),
    (
        "page_rebound_host",
        Page {
            host: Some("evil.example"),
            ..Page::OWN
        },
        421,
    ),
    (
        "page_without_token",
        Page {
            token: false,
            ..Page::OWN
        },
        401,
    ),
    (
        "page_form",
        Page {
            kind: "application/x-www-form-urlencoded",
            ..Page::OWN
        },
        415,
    ),
    (
        "page_text",
        Page {
            kind: "text/plain",
            ..Page::OWN
        },
        415,
    ),
];

/// How a request differs from the till's own.
#[derive(Clone, Copy)]
struct Page {
    origin: Option<&'static str>,
    host: Option<&'static str>,
    token: bool,
    kind: &'static str,
}

impl Page {
    const OWN: Self = Self {
        origin: None,
        host: None,
        token: true,
        kind: "application/json",
    };
}

/// Tries all; says for each whether it was refused as it must be.
pub(super) async fn try_all(folder: &Folder) -> anyhow::Result<Vec<(&'static str, bool)>> {
    let (port, token) = folder.find().context("the agent runs")?;
    let mut tried = Vec::new();
    for (name, page, expected) in TRIES {
        let status = post(port, &token, name, page).await?;
        if status != expected {
            eprintln!("{name}: {status} instead of {expected}");
        }
        tried.push((name, status == expected));
    }
    Ok(tried)
}

/// One honest receipt, to show that the API works for its own client.
pub(super) async fn sell_one(folder: &Folder) -> anyhow::Result<()> {
    let mut till = TillClient::new(folder.clone());
    let open = r#"{"employee":"E1","data":{"counted_kop":0}}"#;
    for (path, body) in [("/v1/shift/open", open), ("/v1/receipts", &sale(500))] {
        let (status, told) = till.post(path, path, body).await?;
        anyhow::ensure!(
            status == hyper::StatusCode::OK,
            "{path}: {status} {}",
            String::from_utf8_lossy(&told)
        );
    }
    Ok(())
}

async fn post(port: u16, token: &str, key: &str, page: Page) -> anyhow::Result<u16> {
    let own = format!("127.0.0.1:{port}");
    let host = page.host.map_or(own, |host| format!("{host}:{port}"));
    let body = sale(100);
    let mut request = format!(
        "POST /v1/receipts HTTP/1.1\r\nHost: {host}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
         Idempotency-Key: {key}\r\nConnection: close\r\n",
        page.kind,
        body.len(),
    );
    if let Some(origin) = page.origin {
        request += &format!("Origin: {origin}\r\n");
    }
    if page.token {
        request += &format!("Authorization: Bearer {token}\r\n");
    }
    let mut tcp = TcpStream::connect(("127.0.0.1", port)).await?;
    tcp.write_all((request + "\r\n" + &body).as_bytes()).await?;
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split_whitespace().nth(1).context("no status line")?;
    Ok(status.parse()?)
}
