//! Forms of syslinux' configurations that distributions ship, with the source of each rule.

use super::menu;
use crate::configs::budget::MenuBudget;
use crate::configs::files::memory::Memory;
use crate::configs::menu::{Item, Menu};

const CFG: &str = "/isolinux/isolinux.cfg";

fn read(text: &str, more: &[(&str, &str)]) -> Menu {
    let files = [(CFG, text), ("/isolinux/vmlinuz", "k"), ("/live/vmlinuz", "k")];
    menu(&mut Memory::new(files.into_iter().chain(more.iter().copied())), CFG)
}

/// A line for each item: `*` for the default one, the title, what it starts; those of a menu that
/// it opens are indented.
fn shown(menu: &Menu) -> String {
    let mut out = String::new();
    show(menu, "", &mut out);
    out
}

fn show(menu: &Menu, indent: &str, out: &mut String) {
    for (n, Item { title, boots, menu: inner, .. }) in menu.items.iter().enumerate() {
        let mark = if n == menu.default { "*" } else { " " };
        let boots = boots
            .as_ref()
            .map(|b| format!(": {} | {} | {}", b.kernel, b.initrds.join(" "), b.args.join(" ")));
        *out += &format!("{indent}{mark}{title}{}\n", boots.unwrap_or_default());
        if let Some(inner) = inner {
            show(inner, &format!("{indent}  "), out);
        }
    }
}

#[track_caller]
fn check(text: &str, more: &[(&str, &str)], expected: &str) {
    assert_eq!(shown(&read(text, more)), expected, "{text}");
}

#[test]
fn labels() {
    // Words in any case; `looking_at()` in com32/menu/readconfig.c compares without it.
    check(
        "DeFault Live\nLABEL live\n\tMENU LABEL ^Live system\n\tKeRnEl /live/vmlinuz\n  append a=B\n",
        &[],
        "*Live system: /live/vmlinuz |  | a=B\n",
    );
    // Without `kernel`, the label is the kernel's name: `ld.kernel = refstrdup(p)` at `label`.
    check("label vmlinuz\n append a\n", &[], "*vmlinuz: /isolinux/vmlinuz |  | a\n");
    // The last word of a kind counts; `append` outside of labels is for those without their own,
    // and `append -` is none: `record()`.
    check(
        "append one\nlabel a\nkernel vmlinuz\nlabel b\nkernel x\nlinux vmlinuz\nappend two\n\
         label c\nkernel vmlinuz\nappend -\n",
        &[],
        "*a: /isolinux/vmlinuz |  | one\n b: /isolinux/vmlinuz |  | two\n c: /isolinux/vmlinuz |  | \n",
    );
    // Words behind the kernel's name come first: the command line is put together as text.
    check("label a\nkernel vmlinuz x\nappend y\n", &[], "*a: /isolinux/vmlinuz |  | x y\n");
}

#[test]
fn initrds() {
    // `new_linux_kernel()` in com32/elflink/ldlinux/kernel.c: the first `initrd=` counts, with all
    // that commas add; `initrd` in a label is put behind what `append` says.
    for (text, initrds) in [
        ("append initrd=a.img,/b.img x", "/isolinux/a.img /b.img | x"),
        ("initrd a.img,b.img\nappend x", "/isolinux/a.img /isolinux/b.img | x"),
        ("append initrd=a.img x\ninitrd b.img", "/isolinux/a.img | x"),
        ("append x initrd=../a.img initrd=b.img", "/a.img | x"),
        ("append initrd= x", " | x"),
    ] {
        let expected = format!("*a: /isolinux/vmlinuz | {initrds}\n");
        check(&format!("label a\nlinux vmlinuz\n{text}\n"), &[], &expected);
    }
}

#[test]
fn what_is_no_kernel() {
    // `KERNEL` goes by the end of the name, `LINUX` does not: doc/syslinux.txt, "KERNEL file".
    for end in ["bin", "bs", "bss", "c32", "com", "cbt", "img", "0"] {
        check(&format!("label a\nkernel x.{end}\n"), &[], "*a\n");
        let linux = format!("*a: /isolinux/x.{end} |  | \n");
        check(&format!("label a\nlinux x.{end}\n"), &[], &linux);
    }
    for word in
        ["localboot 0x80", "boot x", "bss x", "pxe x", "fdimage x", "comboot x", "com32 hdt"]
    {
        check(&format!("label a\n{word}\n"), &[], "*a\n");
    }
    // The end of a program's name may be left out: `apply_extension()`.
    check("label a\nkernel reboot\n", &[("/isolinux/reboot.c32", "")], "*a\n");
}

#[test]
fn defaults() {
    let labels = "label a\nkernel vmlinuz\nlabel b\nkernel vmlinuz\n";
    let first = "*a: /isolinux/vmlinuz |  | \n b: /isolinux/vmlinuz |  | \n";
    let second = " a: /isolinux/vmlinuz |  | \n*b: /isolinux/vmlinuz |  | \n";
    check(labels, &[], first);
    check(&format!("default b\n{labels}"), &[], second);
    // It is a command line: what follows the label are parameters.
    let quiet =
        second.replacen("*b: /isolinux/vmlinuz |  | ", "*b: /isolinux/vmlinuz |  | quiet", 1);
    check(&format!("default b quiet\n{labels}"), &[], &quiet);
    // The case of labels matters.
    check(&format!("default B\n{labels}"), &[], first);
    // A menu program is no label; `menu default` marks one.
    check(&format!("default vesamenu.c32\n{labels}"), &[], first);
    check(&format!("default vesamenu.c32\n{labels}menu default\n"), &[], second);
    check(&format!("ui menu.c32\ndefault b\n{labels}"), &[], second);
    check(&format!("ui menu.c32\nontimeout b\n{labels}"), &[], second);
}

#[test]
fn included_files() {
    // `parse_one_config()`: as if the texts were one; paths start from the first file's directory.
    check(
        "include sub/menu.cfg\nMENU INCLUDE /isolinux/more.cfg\n",
        &[
            ("/isolinux/sub/menu.cfg", "label a\nkernel vmlinuz\n"),
            ("/isolinux/more.cfg", "append late\nlabel b\nkernel ../live/vmlinuz"),
        ],
        "*a: /isolinux/vmlinuz |  | late\n b: /live/vmlinuz |  | \n",
    );
    // With more words, `include` opens a submenu.
    check(
        "label a\nkernel vmlinuz\ninclude more.cfg Other ways\n",
        &[("/isolinux/more.cfg", "label b\nkernel vmlinuz\nmenu title More\n")],
        "*a: /isolinux/vmlinuz |  | \n More\n  *b: /isolinux/vmlinuz |  | \n",
    );
    let menu = read("include gone.cfg\nlabel a\nkernel vmlinuz\n", &[]);
    let trouble = menu.trouble.unwrap();
    assert_eq!(
        (trouble.line, trouble.what.as_str()),
        (1, "it includes gone.cfg, which is not there")
    );
}

#[test]
fn menus_in_menus() {
    check(
        "label a\nkernel vmlinuz\nmenu begin adv\n menu title Advanced ^options\n label back\n  menu exit\n \
         label b\n  kernel vmlinuz\n  append b\n label c\n  menu default\n  kernel vmlinuz\nmenu end\n\
         label d\nkernel vmlinuz\n",
        &[],
        "*a: /isolinux/vmlinuz |  | \n Advanced options\n   b: /isolinux/vmlinuz |  | b\n  *c: /isolinux/vmlinuz |  | \n d: /isolinux/vmlinuz |  | \n",
    );
    // Separators, what is disabled, texts; what is hidden can be started by its name.
    check(
        "label a\nmenu label -- text --\nmenu disable\nmenu separator\nlabel h\nmenu hide\nkernel vmlinuz\nappend h\n\
         label b\ntext help\nlabel no\nkernel no\nendtext\nkernel vmlinuz\nlabel q\nmenu quit\nlabel g\nmenu goto x\n",
        &[],
        "*b: /isolinux/vmlinuz |  | \n h: /isolinux/vmlinuz |  | h\n",
    );
}

#[test]
fn programs_that_lead_on() {
    let other = ("/isolinux/other.cfg", "label o\nkernel vmlinuz\nappend other\n");
    let inner = "  *o: /isolinux/vmlinuz |  | other\n";
    // Menu programs read the files that they are given: `parse_configs(argv + 1)`.
    check("label a\nkernel vesamenu.c32\nappend other.cfg\n", &[other], &format!("*a\n{inner}"));
    check("label a\ncom32 menu\nappend other.cfg\n", &[other], &format!("*a\n{inner}"));
    check("ui vesamenu.c32 other.cfg\nlabel a\nkernel vmlinuz\n", &[other], inner.trim_start());
    check("default menu.c32 /isolinux/other.cfg\n", &[other], inner.trim_start());
    // `CONFIG` reads a file as the main one; with a directory, its paths start there: `execute()` in
    // com32/elflink/ldlinux/execute.c.
    check("label a\nconfig other.cfg\n", &[other], &format!("*a\n{inner}"));
    check(
        "label a\nconfig /live/live.cfg\nappend /live/\n",
        &[("/live/live.cfg", "label l\nlinux vmlinuz\n")],
        "*a\n  *l: /live/vmlinuz |  | \n",
    );
    // linux.c32 gets the kernel and its parameters.
    check(
        "label a\nkernel linux.c32\nappend vmlinuz initrd=i x\n",
        &[],
        "*a: /isolinux/vmlinuz | /isolinux/i | x\n",
    );
    // ifcpu64.c32: the first command on a processor of 64 bits; a label or a kernel.
    check(
        "label a\ncom32 ifcpu64.c32\nappend l64 -- l32\nlabel l64\nmenu hide\nkernel vmlinuz\nappend 64\n\
         label l32\nmenu hide\nkernel vmlinuz\nappend 32\n",
        &[],
        "*a: /isolinux/vmlinuz |  | 64\n l64: /isolinux/vmlinuz |  | 64\n l32: /isolinux/vmlinuz |  | 32\n",
    );
    check(
        "label a\nkernel ifcpu64.c32\nappend vmlinuz x -- y\n",
        &[],
        "*a: /isolinux/vmlinuz |  | x\n",
    );
}

#[test]
fn circles_end() {
    for text in [
        "include isolinux.cfg\n",
        "include isolinux.cfg Again\n",
        "label a\nconfig isolinux.cfg\n",
        "label a\nkernel menu.c32\nappend isolinux.cfg\nlabel b\nkernel menu.c32\nappend isolinux.cfg\n",
        "label a\nkernel ifcpu64.c32\nappend a\n",
        "ui menu.c32 isolinux.cfg\n",
    ] {
        let mut files = Memory::new([(CFG, text)]);
        files.budget = MenuBudget::of(50_000);
        menu(&mut files, CFG);
        assert!(files.read < 600, "{text}: {} files were read", files.read);
    }
}

#[test]
fn menus_may_be_only_so_deep() {
    let menu = read(&"menu begin x\n".repeat(20_000), &[]);
    assert_eq!(menu.trouble.as_ref().unwrap().what, "it is nested too deep");
    assert_eq!(shown(&menu).lines().count(), 8);
}

#[test]
fn the_work_is_bounded() {
    let long = format!("label a\nkernel vmlinuz\nappend {}\n", "x ".repeat(1000));
    let many = |text: &str| text.repeat(10_000);
    for text in [
        many("label a\n"),
        many("menu begin\n"),
        many("include b\n"),
        many("append a\n"),
        many(&long),
    ] {
        let mut files = Memory::new([(CFG, text.as_str())]);
        files.budget = MenuBudget::of(20_000);
        let menu = menu(&mut files, CFG);
        assert!(menu.items.len() < 2000, "{} items", menu.items.len());
        assert!(files.budget.left() < 100, "{} units are left", files.budget.left());
    }
}
