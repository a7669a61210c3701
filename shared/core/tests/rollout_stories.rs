//! Stories of rollouts that a support engineer can read: every file of `stories/` is played to its end.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a failed expectation is a failed test"
)]

#[path = "rollout_stories/script.rs"]
mod script;
#[path = "rollout_stories/world.rs"]
mod world;

use std::fs;
use std::path::Path;

use script::Script;

#[test]
fn every_story_ends_as_it_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut stories: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    stories.sort();
    assert!(stories.len() >= 10);
    let mut faults = Vec::new();
    for story in &stories {
        let name = story.file_name().unwrap().to_str().unwrap();
        let mut script = Script::default();
        for (number, line) in (1..).zip(fs::read_to_string(story).unwrap().lines()) {
            if let Err(fault) = script.play(line) {
                faults.push(format!("{name}:{number}: {line}\n{fault}"));
                break;
            }
        }
        if let Err(fault) = script.settle() {
            faults.push(format!("{name}: at its end: {fault}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
