//! The page with every command and option, as `--help` tells them.

use crate::reference::bootkey_prints;

const HEAD: &str = "\
# Every command and option

Made from `bootkey --help` by a test (`BOOTKEY_WRITE_BOOK=1 cargo test -p tests --test book`); changes belong into `crates/bootkey/src/cli`. The same is in the manual
(`bootkey man`), and in `bootkey COMMAND --help`.
";

/// The page.
pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let mut args: Vec<&str> = command.iter().map(String::as_str).collect();
        let name =
            ["bootkey"].into_iter().chain(args.iter().copied()).collect::<Vec<_>>().join(" ");
        args.push("--help");
        let help = bootkey_prints(&args);
        assert!(help.contains("Examples:"), "`{name} --help` has no examples");
        page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.trim_end()));
        let below = subcommands(&help).map(|sub| [command.clone(), vec![sub]].concat());
        open.extend(below.collect::<Vec<_>>().into_iter().rev());
    }
    page
}

/// The commands that a help lists, but for `help` itself.
fn subcommands(help: &str) -> impl Iterator<Item = String> {
    let (_, listed) = help.split_once("\nCommands:\n").unwrap_or_default();
    let lines = listed.lines().take_while(|line| !line.is_empty());
    // What is longer than a line goes on below, farther to the right.
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned)
}

#[test]
fn commands_are_found_in_a_help() {
    let help = "Usage: x\n\nCommands:\n  build  Build it,\n         all of it\n  help   Print this\n\nOptions:\n";
    assert_eq!(subcommands(help).collect::<Vec<_>>(), ["build"]);
    assert_eq!(subcommands("Usage: x\n").count(), 0);
}
