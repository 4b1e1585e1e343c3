//! Completions, judged by the shells that load them, and the manual, judged by the programs that show it.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use testbench::{Oracle, Ran, bootkey, oracle, run};

/// What `bootkey` prints with `args`.
fn bootkey_prints(args: &[&str]) -> String {
    run(Command::new(bootkey()).args(args)).expect_success("bootkey").stdout
}

/// A shell that completes a line by a script in which `wrong` stands for `build`, or by the real one.
struct Shell {
    program: Oracle,
    room: TempDir,
}

impl Shell {
    #[track_caller]
    fn new(name: &str) -> Option<Self> {
        let shell = Self { program: oracle(name)?, room: TempDir::new().unwrap() };
        shell.load(&bootkey_prints(&["completions", name]));
        Some(shell)
    }

    fn load(&self, script: &str) {
        fs::write(self.room.path().join("_bootkey"), script).unwrap();
    }

    /// Runs a program of the shell's in a directory where the script lies as `_bootkey`, with nobody's own settings.
    fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.program.command();
        command.args(args).current_dir(self.room.path());
        command.env("HOME", self.room.path()).env("TERM", "dumb").env_remove("ZDOTDIR");
        run(&mut command)
    }
}

/// A shell's way to complete the words of a line, the last of which is unfinished.
type Completes = fn(&Shell, &[&str]) -> Ran;

fn bash(shell: &Shell, words: &[&str]) -> Ran {
    let (line, last) = (words.join("' '"), words.len() - 1);
    let script = format!(
        "source ./_bootkey || exit 9; COMP_WORDS=('{line}'); COMP_CWORD={last}; \
         _bootkey bootkey '{}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words[last],
        words[last - 1]
    );
    shell.run(&["--norc", "--noprofile", "-c", &script])
}

/// Completion works in an interactive zsh only: one in a pseudo-terminal, in which Tab lists what fits. It is typed when
/// the prompt is there; before, the terminal would edit the line, and not zsh.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PROMPT="ready> "; fpath=($PWD $fpath); autoload -U compinit; compinit -D -u; LISTMAX=0
bindkey "^I" list-choices; print loa""ded'
zpty -r -m z loaded '*loaded*ready> *' || exit 9
zpty -n -w z "$1"$'\t'
zpty -n -w z $'\x15print e\'\'nd\n'
zpty -r -m z out $'*end\r*'
print -r -- $out
zpty -d z
"#;

fn zsh(shell: &Shell, words: &[&str]) -> Ran {
    shell.run(&["-f", "-c", ZSH, "zsh", &words.join(" ")])
}

#[track_caller]
fn completes(name: &str, complete: Completes) {
    let Some(shell) = Shell::new(name) else { return };
    let offers = |words: &[&str]| complete(&shell, words).expect_success(name).stdout;
    for (words, offered, not) in [
        (&["bootkey", "bui"][..], "build", "verify"),
        (&["bootkey", "build", "--sec"], "--secure-boot", "--seed"),
        (&["bootkey", "build", "--firmware", "uefi-i"], "uefi-ia32", "uefi-x64"),
        (&["bootkey", "grub", "fe"], "fetch", "where"),
        (&["bootkey", "completions", "fi"], "fish", "zsh"),
        (&["bootkey", "build", "--color", "al"], "always", "never"),
    ] {
        let said = offers(words);
        assert!(said.contains(offered), "{name}, {words:?}: {said:?}");
        assert!(!said.contains(not), "{name}, {words:?}: {said:?}");
    }
    // A script that knows no `build` completes none, so what was offered is of the script.
    shell.load(&bootkey_prints(&["completions", name]).replace("build", "bxild"));
    let said = offers(&["bootkey", "bxi"]);
    assert!(said.contains("bxild") && !offers(&["bootkey", "bui"]).contains("build"), "{said:?}");
}

#[test]
fn bash_completes() {
    completes("bash", bash);
}

#[test]
fn zsh_completes() {
    completes("zsh", zsh);
}

#[test]
fn the_manual_is_as_man_and_mandoc_want_it() {
    let room = TempDir::new().unwrap();
    let pages = room.path().join("man1");
    fs::create_dir(&pages).unwrap();
    let dir = pages.to_str().unwrap();
    run(Command::new(bootkey()).args(["man", dir])).expect_success("bootkey man");
    let mut names: Vec<String> = fs::read_dir(&pages)
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for page in ["bootkey.1", "bootkey-build.1", "bootkey-grub-fetch.1", "bootkey-schema.1"] {
        assert!(names.iter().any(|name| name == page), "{page} is not among {names:?}");
    }
    let first = fs::read_to_string(pages.join("bootkey.1")).unwrap();
    assert_eq!(first, bootkey_prints(&["man"]));

    let paths: Vec<_> = names.iter().map(|name| pages.join(name)).collect();
    let bad = room.path().join("bad.1");
    fs::write(&bad, ".TH X 1\n.SH NAME\nx \\- y\n.nosuchmacro\n.SH\n").unwrap();
    if let Some(groff) = oracle("groff") {
        let judge = |page: &Path| {
            run(groff.command().args(["-k", "-man", "-ww", "-Tutf8", "-z"]).arg(page))
        };
        for path in &paths {
            let said = judge(path).expect_success("groff");
            assert_eq!(said.stderr, "", "{}", path.display());
        }
        assert!(judge(&bad).stderr.contains("nosuchmacro"));
    }
    if let Some(mandoc) = oracle("mandoc") {
        // A page without a date is the same whenever it was made; how clap_mangen breaks lines has no effect.
        let known = ["missing date", "skipping paragraph macro: br"];
        let judge = |page: &Path| run(mandoc.command().args(["-Tlint", "-Wwarning"]).arg(page));
        for path in &paths {
            let said = judge(path);
            let said: Vec<&str> =
                said.stdout.lines().filter(|l| !known.iter().any(|k| l.contains(k))).collect();
            assert_eq!(said, [""; 0], "{}", path.display());
        }
        assert!(judge(&bad).stdout.contains("nosuchmacro"));
    }
    if let Some(man) = oracle("man") {
        let mut shown = man.command();
        shown.args(["-P", "cat", "-M"]).arg(room.path()).arg("bootkey-build").env("MANWIDTH", "80");
        let shown = run(&mut shown).expect_success("man").stdout;
        assert!(
            shown.contains("BOOTKEY-BUILD(1)") || shown.contains("bootkey-build(1)"),
            "{shown}"
        );
        assert!(shown.contains("EXAMPLES") && shown.contains("key.qcow2"), "{shown}");
    }
}

#[test]
fn what_was_meant_is_named() {
    let says = |args: &[&str]| {
        let ran = run(Command::new(bootkey()).args(args));
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.stderr);
        ran.stderr
    };
    assert!(says(&["biuld", "x.iso"]).contains("'build'"));
    assert!(says(&["build", "x.iso", "--outptu", "x"]).contains("'--output'"));
    let room = TempDir::new().unwrap();
    let spec = room.path().join("key.toml");
    fs::write(&spec, "[menu]\ntimout = 3\n").unwrap();
    let said = says(&["plan", spec.to_str().unwrap()]);
    assert!(said.contains("unknown key `timout`; did you mean `timeout`?"), "{said}");
}

/// Colours by `--color`, and else by the environment as the world reads it. Standard error is a file here.
#[test]
fn colours_are_as_they_are_asked_for() {
    let coloured = |args: &[&str], environment: &[(&str, &str)]| {
        let mut command = Command::new(bootkey());
        command.env_clear().envs(environment.iter().copied()).args(args);
        let ran = run(&mut command);
        assert_ne!(ran.stdout.len() + ran.stderr.len(), 0, "{args:?}");
        ran.stdout.contains('\x1b') || ran.stderr.contains('\x1b')
    };
    // A message of ours, one of the reader of arguments, a help.
    for args in [&["probe", "/no/such.iso"][..], &["biuld"], &["plan", "--help"]] {
        let with = |more: &str, environment| {
            // In front, for behind a wrong word it is not looked at.
            coloured(&[&[more], args].concat(), environment)
        };
        assert!(!coloured(args, &[]), "{args:?}");
        assert!(!with("--color=auto", &[]), "{args:?}");
        assert!(with("--color=always", &[("NO_COLOR", "1")]), "{args:?}");
        assert!(coloured(args, &[("CLICOLOR_FORCE", "1")]), "{args:?}");
        assert!(!coloured(args, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), "{args:?}");
        assert!(!with("--color=never", &[("CLICOLOR_FORCE", "1")]), "{args:?}");
    }
    let refused = run(Command::new(bootkey()).args(["--color=red", "devices"]));
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
}
