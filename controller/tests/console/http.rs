//! The least of an HTTP client.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) cookie: Option<String>,
}

pub(crate) async fn get(port: u16, path: &str, cookie: Option<&str>, host: Option<&str>) -> Answer {
    let host = host.map_or_else(|| format!("127.0.0.1:{port}"), str::to_owned);
    let cookie = cookie
        .map(|cookie| format!("Cookie: {cookie}\r\n"))
        .unwrap_or_default();
    ask(
        port,
        &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{cookie}"),
        b"",
    )
    .await
}

/// Sends a form as a page of `origin` would.
pub(crate) async fn post(port: u16, path: &str, cookie: &str, origin: &str, form: &str) -> Answer {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nOrigin: {origin}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n"
    );
    ask(port, &head, form.as_bytes()).await
}

/// Sends a file in a form as a page of ours would.
pub(crate) async fn upload(port: u16, path: &str, cookie: &str, name: &str, file: &str) -> Answer {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\
         Origin: http://127.0.0.1:{port}\r\nContent-Type: multipart/form-data; boundary=XX\r\n"
    );
    let body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{file}\r\n--XX--\r\n"
    );
    ask(port, &head, body.as_bytes()).await
}

async fn ask(port: u16, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let length = body.len();
    let ask = format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let set = head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "));
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: format!("{head}\r\n"),
        body: body.to_owned(),
        cookie: set.map(|set| set.split(';').next().unwrap().to_owned()),
    }
}

impl Answer {
    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        let mut lines = self.head.lines();
        let line = lines.find_map(|line| line.strip_prefix("location: "));
        line.unwrap_or_else(|| panic!("{} leads nowhere:\n{}", self.status, self.body))
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> &str {
        let (_, rest) = self
            .body
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap();
        rest.split_once('"').unwrap().0
    }
}

/// Reads a stream of events until one says that something changed.
pub(crate) async fn wait_for_change(port: u16, cookie: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let ask = format!("GET /events HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut told = String::new();
    while !told.contains("event: changed") {
        let mut piece = [0; 1_024];
        let len = stream.read(&mut piece).await.unwrap();
        assert_ne!(len, 0, "closed after {told}");
        told.push_str(std::str::from_utf8(&piece[..len]).unwrap());
    }
}
