//! The installer's check as a real process.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn doctor(settings: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_storefleet-agent"))
        .arg("--settings")
        .arg(settings)
        .arg("doctor")
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn a_new_machine_is_told_to_enrol_and_is_not_fit_yet() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let settings = folder.path().join("agent.toml");
    fs::create_dir(&data).unwrap();
    fs::write(&settings, format!("data = {data:?}\n[till]\nport = 0\n")).unwrap();
    let told = doctor(&settings, &[]);
    let lines = String::from_utf8(told.stdout).unwrap();
    let line = lines.lines().find(|line| line.starts_with("[x]")).unwrap();
    assert!(
        line.contains("не подключена") && line.contains("storefleet-agent enrol"),
        "{lines}"
    );
    assert_eq!(told.status.code(), Some(1), "{lines}");

    let told = doctor(&settings, &["--json"]);
    let object: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(object["ok"], false);
    let checks = object["checks"].as_array().unwrap().iter();
    let failed: Vec<_> = checks.filter(|check| check["grade"] == "fail").collect();
    assert_eq!(failed.len(), 1, "{object}");
    assert_eq!(failed.first().unwrap()["check"], "identity");
    assert_eq!(told.status.code(), Some(1));
    // Nothing was left behind and nothing made.
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0);

    fs::remove_dir(&data).unwrap();
    assert_eq!(doctor(&settings, &[]).status.code(), Some(3), "storage");
    fs::write(&settings, "surplus = 1\n").unwrap();
    let told = doctor(&settings, &[]);
    assert_eq!(told.status.code(), Some(2), "settings");
    assert!(String::from_utf8(told.stdout).unwrap().contains("surplus"));
}
