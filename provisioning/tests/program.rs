//! The program as people run it: its folder, its exit codes, and what it says to a centre.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of a test may fail it at once"
)]

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use storefleet_core::time::Timestamp;
use storefleet_provision::centre::CentreKeys;

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let program = env!("CARGO_BIN_EXE_storefleet-provision");
    let run = Command::new(program).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (run.status.code(), text(run.stdout), text(run.stderr))
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

#[test]
fn a_root_is_made_once_and_its_keys_rotate() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("root");
    let at = folder.to_str().unwrap();
    let (code, text, error) = run(&["ca", "init", "--folder", at]);
    assert_eq!(code, Some(0), "{error}");
    assert!(text.contains("/online to the centre"));
    assert_eq!(
        run(&["ca", "init", "--folder", at]).0,
        Some(3),
        "never twice"
    );
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let is_key = path
            .extension()
            .is_some_and(|it| it == "key" || it == "pem");
        assert!(!is_key || mode == 0o600, "{}", path.display());
    }
    let before = CentreKeys::read(&folder.join("online"), now()).unwrap();
    let (code, text, error) = run(&["keys", "rotate", "--folder", at, "--role", "ack", "--roots"]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert!(text.contains("signed key list 2"));
    assert_eq!(
        run(&["ca", "issuing", "--folder", at]).0,
        Some(0),
        "signed by the next root"
    );
    let after = CentreKeys::read(&folder.join("online"), now()).unwrap();
    assert_eq!(after.list.number, 3);
    assert_eq!(after.list.issuing.len(), 2);
    assert_eq!(after.list.roots.current, before.list.roots.next);
    assert_ne!(after.ack.public(), before.ack.public());
    assert_eq!(after.manifest.public(), before.manifest.public());
    let (_, text, _) = run(&["keys", "list", "--folder", at]);
    assert!(text.contains("key list 3"));
    assert_eq!(text.matches("\nack ").count(), 2);
}

#[test]
fn bad_arguments_are_2_and_a_missing_centre_is_3() {
    assert_eq!(run(&["claim", "no-workplace"]).0, Some(2));
    let place = tempfile::tempdir().unwrap();
    let at = place.path().to_str().unwrap();
    assert_eq!(run(&["keys", "rotate", "--folder", at]).0, Some(2));
    assert_eq!(run(&["keys", "list", "--folder", at]).0, Some(3));
    let (code, _, error) = run(&["revoke", "--data", at, "s1-1", "--reason", "stolen"]);
    assert_eq!(code, Some(3));
    assert!(
        error.contains("admin.sock") && error.contains("check --data"),
        "{error}"
    );
}

fn one_answer(folder: &Path, answer: &'static str) -> thread::JoinHandle<String> {
    let listener = UnixListener::bind(folder.join("admin.sock")).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut part = [0; 1_024];
            let read = stream.read(&mut part).unwrap();
            request.extend(part.iter().take(read));
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    })
}

#[test]
fn a_claim_is_posted_and_its_code_printed() {
    let place = tempfile::tempdir().unwrap();
    let body = r#"{"code":"01ABC-DEFGH","expires":"2027-01-01T00:00:00Z"}"#;
    let answer = format!(
        "HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let centre = one_answer(place.path(), answer.leak());
    let at = place.path().to_str().unwrap();
    let order = [
        "claim",
        "--data",
        at,
        "s1-1",
        "--time-zone",
        "Europe/Moscow",
    ];
    let card = ["--legal-entity", "ООО", "--language", "en", "--training"];
    let (code, text, error) = run(&[&order[..], &card[..]].concat());
    assert_eq!((code, text.as_str()), (Some(0), "01ABC-DEFGH\n"), "{error}");
    let request = centre.join().unwrap();
    assert!(
        request.starts_with("POST /v1/claims HTTP/1.1\r\n"),
        "{request}"
    );
    let sent = r#"{"workplace":"s1-1","time_zone":"Europe/Moscow","legal_entity":"ООО","language":"en","training":true,"replaces":false}"#;
    assert!(request.ends_with(sent), "{request}");
}

#[test]
fn a_refusal_says_what_and_what_next() {
    let place = tempfile::tempdir().unwrap();
    let answer = "HTTP/1.1 409 Conflict\r\nconnection: close\r\n\r\n\
        {\"title\":\"s1-1 has no machine\",\"code\":\"not-enrolled\",\"next\":\"check the id\"}";
    let centre = one_answer(place.path(), answer);
    let at = place.path().to_str().unwrap();
    let (code, _, error) = run(&["retire", "--data", at, "s1-1", "--reason", "stolen"]);
    assert_eq!(code, Some(2));
    assert!(
        error.contains("s1-1 has no machine (not-enrolled); check the id"),
        "{error}"
    );
    assert!(centre.join().unwrap().starts_with("POST /v1/retirements"));
}
