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
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let host = host.map_or_else(|| format!("127.0.0.1:{port}"), str::to_owned);
    let cookie = cookie
        .map(|cookie| format!("Cookie: {cookie}\r\n"))
        .unwrap_or_default();
    let ask = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{cookie}Connection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
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
