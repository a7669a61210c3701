//! A second implementation judges what the authorities made: the `openssl` command line.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of a test may fail it at once"
)]

use std::path::Path;
use std::process::Command;

use ring::rand::SystemRandom;
use storefleet_core::time::Timestamp;
use storefleet_provision::ca::{Csr, Issued};
use storefleet_provision::centre::CentreKeys;
use storefleet_provision::identity::Serial;
use storefleet_provision::offline::OfflineRoot;

fn openssl(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let run = Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .output();
    let run = run.unwrap_or_else(|error| panic!("install openssl for this test: {error}"));
    let text = [run.stdout, run.stderr].concat();
    (
        run.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn to_pem(folder: &Path, name: &str, der: &[u8]) {
    std::fs::write(folder.join("in.der"), der).unwrap();
    let (done, text) = openssl(
        folder,
        &["x509", "-inform", "DER", "-in", "in.der", "-out", name],
    );
    assert!(done, "{text}");
}

/// A request made by openssl itself, signed with its own key.
fn issue(folder: &Path, keys: &CentreKeys, now: Timestamp) -> Issued {
    let make = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "wp.key",
        "-subj",
        "/CN=anyone",
        "-outform",
        "DER",
        "-out",
        "wp.csr",
    ];
    let (done, text) = openssl(folder, &make);
    assert!(done, "{text}");
    let csr = Csr::parse(&std::fs::read(folder.join("wp.csr")).unwrap()).unwrap();
    let serial = Serial::random(&SystemRandom::new()).unwrap();
    let id = "s00421-1".parse().unwrap();
    keys.issuer
        .issue_workplace(&csr, &id, true, now, serial)
        .unwrap()
}

#[test]
fn openssl_accepts_the_chain_the_names_and_the_revocation_list() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rng = SystemRandom::new();
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let now = Timestamp(i64::try_from(since.as_millis()).unwrap());
    OfflineRoot::create(folder, "Probe", now, &rng).unwrap();
    let keys = CentreKeys::read(&folder.join("online"), now).unwrap();
    let workplace = issue(folder, &keys, now);
    to_pem(folder, "wp.pem", &workplace.der);
    to_pem(folder, "issuing.crt", keys.issuer.certificate());

    let verify = |purpose: &str, name: &str| {
        let chain = [
            "verify",
            "-x509_strict",
            "-CAfile",
            "root.crt",
            "-untrusted",
            "issuing.crt",
        ];
        openssl(folder, &[&chain[..], &["-purpose", purpose, name]].concat())
    };
    assert_eq!(
        verify("sslclient", "wp.pem"),
        (true, "wp.pem: OK\n".to_owned())
    );
    assert!(!verify("sslserver", "wp.pem").0, "a workplace is no server");

    let (_, text) = openssl(folder, &["x509", "-in", "wp.pem", "-noout", "-text"]);
    assert!(text.contains("Subject: CN=s00421-1") || text.contains("Subject: CN = s00421-1"));
    assert!(text.contains("URI:urn:storefleet:workplace:s00421-1, URI:urn:storefleet:training"));
    assert!(text.contains("TLS Web Client Authentication"));
    assert!(!text.contains("anyone"));

    let names = ["hq.example".to_owned(), "127.0.0.1".to_owned()];
    let (server, _) = keys.issuer.issue_server(&names, now, &rng).unwrap();
    to_pem(folder, "server.pem", &server);
    assert_eq!(
        verify("sslserver", "server.pem"),
        (true, "server.pem: OK\n".to_owned())
    );
    let (_, text) = openssl(folder, &["x509", "-in", "server.pem", "-noout", "-text"]);
    assert!(text.contains("DNS:hq.example, IP Address:127.0.0.1"));

    let list = keys
        .issuer
        .revocation_list([(workplace.serial, now)], 1, now)
        .unwrap();
    std::fs::write(folder.join("crl.pem"), list).unwrap();
    let checked = [
        "verify",
        "-crl_check",
        "-CAfile",
        "root.crt",
        "-untrusted",
        "issuing.crt",
        "-CRLfile",
        "crl.pem",
    ];
    let (done, text) = openssl(folder, &[&checked[..], &["wp.pem"]].concat());
    assert!(!done && text.contains("certificate revoked"), "{text}");
    let (done, text) = openssl(folder, &[&checked[..], &["server.pem"]].concat());
    assert!(done, "{text}");
}
