//! Arguments of the programs behind cargo's aliases.

use std::env;
use std::ffi::OsString;

/// The arguments of this process. An alias ends in `--`, so the one that people write after its name
/// as well, `cargo drill -- kill --json`, arrives here and means nothing.
pub fn given() -> impl Iterator<Item = OsString> {
    without_second_dashes(env::args_os())
}

fn without_second_dashes(
    mut arguments: impl Iterator<Item = OsString>,
) -> impl Iterator<Item = OsString> {
    let program = arguments.next();
    let first = arguments.next().filter(|first| first != "--");
    program.into_iter().chain(first).chain(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrives(arguments: &[&str]) -> Vec<OsString> {
        without_second_dashes(arguments.iter().map(OsString::from)).collect()
    }

    #[test]
    fn an_alias_takes_its_arguments_with_and_without_dashes() {
        let asked = ["drill", "kill", "--json"];
        assert_eq!(arrives(&["drill", "--", "kill", "--json"]), asked);
        assert_eq!(arrives(&asked), asked);
        assert_eq!(arrives(&["demo"]), ["demo"]);
        assert_eq!(arrives(&["demo", "a", "--"]), ["demo", "a", "--"]);
    }
}
