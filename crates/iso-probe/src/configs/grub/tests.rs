//! The tests of menus where GRUB has no say: budgets, and what it says of trouble.

use super::{menu, menu_with};
use crate::configs::budget::MenuBudget;
use crate::configs::files::memory::Memory;
use crate::configs::menu::Menu;

const MENU: &str = "/boot/grub/grub.cfg";

fn files(text: &str) -> Memory {
    Memory::new([(MENU, text), ("/k", "kernel")])
}

fn read(text: &str) -> Menu {
    menu(&mut files(text), MENU)
}

fn trouble(text: &str) -> (usize, String) {
    let trouble = read(text).trouble.unwrap_or_else(|| panic!("no trouble with {text}"));
    assert_eq!(trouble.file, MENU);
    (trouble.line, trouble.what)
}

#[test]
fn trouble_names_the_line() {
    let says = |text: &str, line: usize, what: &str| {
        assert_eq!(trouble(text), (line, what.to_owned()), "{text}");
    };
    says("\n\nmenuentry x { linux /k | a\n}", 3, "GRUB knows no pipes, lists and redirections");
    says("menuentry x\n{ linux /k\n}", 1, "it has no block of commands, or no single one");
    says("# a\nmenuentry x { }", 2, "`}` is not expected there");
    says("menuentry x {\n linux /gone\n}", 2, "it starts /gone, which is not there");
    says("menuentry x {\n linux /k\n initrd /k /i\n}", 3, "it starts /i, which is not there");
    says(
        "if true; then\n source $prefix/x\nfi",
        2,
        "it reads (cd0)/boot/grub/x, which is not there",
    );
    says("menuentry 'x {\n linux /k\n}", 1, "the quote has no end");
    says("echo a\nif true; then", 2, "the end of the file is reached inside a block or a command");
    says("menuentry { linux /k; }", 1, "it has no title");
    says("echo $ x", 1, "`$` without the name of a variable");
    assert_eq!(read("menuentry x { linux /k; }").trouble, None);
}

#[test]
fn a_key_is_outside() {
    let mut files = Memory::new([(MENU, "source $prefix/other.cfg"), ("/boot/grub/other.cfg", "")]);
    let prefix = format!("({}){}", super::OUTSIDE, "/boot/grub");
    let menu = menu_with(&mut files, MENU, &[("prefix", &prefix)]);
    assert_eq!(
        menu.trouble.unwrap().what,
        "it reads (outside)/boot/grub/other.cfg, which is not there"
    );
}

/// Reads with a budget, which must be spent; the menu that is left.
fn spends_all(mut files: Memory, units: usize) -> Menu {
    files.budget = MenuBudget::of(units);
    let menu = menu(&mut files, MENU);
    assert_eq!(files.budget.left(), 0);
    assert!(menu.trouble.is_some(), "it says so");
    menu
}

#[test]
fn endless_loops_end() {
    for text in [
        "while true; do true; done",
        "until false; do set a=$a$a; done",
        "set a=a\nwhile true; do set a=$a$a; done",
        "while true; do menuentry x { linux /k; }; done",
        "while true; do source $prefix/none.cfg; done",
        "while true; do for f in /*; do true $f; done; done",
        "set a='x x x x'\nwhile true; do set b=\"$b $a\"; true $b; done",
        "function f {\n while true; do regexp --set a '(x*)*' xxxxxxxx; done\n}\nf",
        "while true; do eval 'set x=1'; done",
        "submenu x { while true; do true; done; }",
        "menuentry x { while true; do linux /k a; done; }",
        "while true; do search --set=root --file /k; done",
        "while true; do export x$x; set x=a$x; done",
        // Its innermost blocks are refused, for the depth.
        "function f {\n f\n until true; do true; done\n}\nf",
    ] {
        let menu = spends_all(files(text), 20_000);
        assert!(menu.items.len() < 200, "{text}: {} items", menu.items.len());
    }
}

#[test]
fn recursion_ends() {
    for text in [
        "function f {\n f\n}\nf",
        "function f {\n if true; then f; fi\n}\nf",
        "source $prefix/grub.cfg",
        "eval \"$x\"\nset x='eval \"$x\"'\neval \"$x\"",
        "submenu x { source $prefix/grub.cfg; }",
    ] {
        assert_eq!(trouble(text).1, "it is nested too deep", "{text}");
    }
    let deep = "if true; then ".repeat(1000);
    assert_eq!(trouble(&deep).1, "it is nested too deep");
    let deep = "submenu x { ".repeat(1000);
    assert_eq!(trouble(&deep).1, "it is nested too deep");
}

/// What is kept of files that are sourced is charged: the 62 files here would make 62 functions of
/// 60,000 words each.
#[test]
fn many_files_with_a_function_each() {
    let body = "a ".repeat(30_000);
    let names: Vec<String> = (0..62).map(|n| format!("/boot/grub/{n}.cfg")).collect();
    let texts: Vec<String> = (0..62).map(|n| format!("function f{n} {{\n{body}\n}}\n")).collect();
    let all = names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str()));
    let sources: String = names.iter().map(|name| format!("source {name}\n")).collect();
    let mut memory = Memory::new(all.chain([(MENU, sources.as_str())]));
    let menu = menu(&mut memory, MENU);
    assert_eq!(menu.trouble.unwrap().what, "it takes more work than a menu should");
    assert!(memory.read < 12, "{} files were read", memory.read);
}

/// The budget is one for all menus of an ISO.
#[test]
fn one_budget_for_all_menus() {
    let mut files = files("set a=1\nmenuentry x { linux /k; }");
    assert!(menu(&mut files, MENU).trouble.is_none());
    let once = MenuBudget::default().left() - files.budget.left();
    assert!(menu(&mut files, MENU).trouble.is_none());
    assert_eq!(MenuBudget::default().left() - files.budget.left(), 2 * once);
}

/// Work grows with the menu's size, not with its square.
#[test]
fn work_is_linear() {
    let units = |entries: usize| {
        let text: String = (0..entries)
            .map(|n| format!("set v{n}=1\nmenuentry 'Entry {n}' a b {{\n linux /k {n} $2\n}}\n"))
            .collect();
        let mut files = files(&text);
        assert_eq!(menu(&mut files, MENU).items.len(), entries);
        MenuBudget::default().left() - files.budget.left()
    };
    let (small, large) = (units(100), units(1000));
    assert!(large < 11 * small, "{small} for 100, {large} for 1000");
}

#[test]
fn an_iso_that_needs_no_menu() {
    let menu = read("linux /k a\ninitrd /k\nboot\nmenuentry never { linux /k; }");
    assert_eq!(menu.items.len(), 1);
    assert_eq!(menu.items[0].boots.as_ref().unwrap().args, ["a"]);
}

/// Parts without a pattern behind one with a pattern are looked for in each path, and charged.
#[test]
fn long_paths_behind_a_pattern_are_charged() {
    let word = format!("/*{}", "/.".repeat(50_000));
    spends_all(files(&format!("for x in {word}; do true; done")), 1_000_000);
}

/// A file that leaves in the middle of a loop or a function takes nothing of them along.
#[test]
fn a_file_that_ends_early_leaves_the_loop_as_it_was() {
    let text = "function f { configfile $prefix/b.cfg; }\n\
                for x in 1 2; do f; menuentry $x { linux /k $x; }; done";
    let gone = "function g {\n for y in a; do exit; done\n}\ng\n";
    let all = [(MENU, text), ("/boot/grub/b.cfg", gone), ("/k", "kernel")];
    let menu = menu(&mut Memory::new(all), MENU);
    let titles: Vec<&str> = menu.items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles, ["1", "2"]);
    assert_eq!(menu.trouble, None);
}
