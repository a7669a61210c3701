//! The tree is the architecture: who may import whom, and every list is whole.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Crates of ours that each crate may import.
const ALLOWED: &[(&str, &[&str])] = &[
    ("shared/core", &[]),
    ("shared/wire", &["core"]),
    ("shared/journal", &["core", "wire"]),
    ("shared/settings", &[]),
    ("shared/daemon", &[]),
    ("shared/messages", &[]),
    ("shared/golden", &["core"]),
    (
        "provisioning",
        &["core", "wire", "journal", "settings", "daemon", "messages"],
    ),
    (
        "agent",
        &["core", "wire", "journal", "settings", "daemon", "messages"],
    ),
    (
        "controller",
        &[
            "core",
            "wire",
            "journal",
            "settings",
            "daemon",
            "messages",
            "provision",
        ],
    ),
];

/// Crates that could read a clock, a file or a socket, or draw at random.
const IMPURE: &[&str] = &[
    "tokio", "rand", "ring", "redb", "tracing", "jiff", "axum", "rustix",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    manifest["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

#[test]
fn crates_import_only_what_their_layer_may() {
    for (folder, allowed) in ALLOWED {
        let found = dependencies(&root().join(folder).join("Cargo.toml"));
        let ours = found
            .iter()
            .filter_map(|name| name.strip_prefix("storefleet-"));
        for name in ours {
            assert!(
                allowed.contains(&name),
                "{folder} must not import storefleet-{name}"
            );
        }
    }
}

#[test]
fn the_core_cannot_read_a_clock_a_file_or_a_socket() {
    let found = dependencies(&root().join("shared/core/Cargo.toml"));
    for name in IMPURE {
        assert!(
            !found.contains(*name),
            "shared/core must not depend on {name}"
        );
    }
    assert_eq!(
        found,
        [
            "hmac",
            "minicbor",
            "pbkdf2",
            "serde",
            "serde_json",
            "sha2",
            "thiserror"
        ]
        .map(str::to_owned)
        .into()
    );
}

#[test]
fn the_top_level_is_as_agreed() {
    let expected: BTreeSet<_> = [
        "agent",
        "controller",
        "shared",
        "provisioning",
        "tests",
        "deploy",
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "clippy.toml",
        "deny.toml",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "target",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    for item in fs::read_dir(root()).unwrap() {
        let name = item.unwrap().file_name().into_string().unwrap();
        assert!(
            name.starts_with('.') || expected.contains(&name),
            "{name} has no place at the top"
        );
    }
}

#[test]
fn files_hold_one_idea_and_no_room_is_a_junk_room() {
    let mut long = BTreeMap::new();
    for path in sources(&root()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for junk in [
            "mod.rs",
            "utils.rs",
            "util.rs",
            "common.rs",
            "helper.rs",
            "helpers.rs",
            "manager.rs",
        ] {
            assert_ne!(name, junk, "{}", path.display());
        }
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > 800 {
            long.insert(path, lines);
        }
    }
    assert!(long.is_empty(), "find the second noun: {long:?}");
}

#[test]
fn every_file_says_what_it_is_in_its_first_line() {
    for path in sources(&root()) {
        let text = fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("//!"),
            "{} begins with {first:?}",
            path.display()
        );
    }
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    for (folder, _) in ALLOWED.iter().chain(&[("tests", &[][..])]) {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{folder}");
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    found
}
