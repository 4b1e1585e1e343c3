//! `bootkey try`: a key in a virtual machine.

use super::build::is_ignored;
use crate::cli::Try;
use crate::failure::Failure;
use crate::say::Say;
use bootkey::trial::{Console, Heard, Options, prepare};
use input_file::shown;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) fn run(args: &Try, say: &Say) -> Result<(), Failure> {
    if args.all {
        return super::try_all::run(args, say);
    }
    let console = match (args.terminal, args.window) {
        (true, _) => Console::Terminal,
        (false, true) => Console::Window,
        (false, false) if has_desktop() => Console::Window,
        (false, false) => Console::Terminal,
    };
    let options = Options {
        firmware: one(&args.firmware, "--firmware")?,
        secure_boot: args.secure_boot,
        bus: args.disk,
        size: args.size,
        keep: args.keep.clone(),
        entry: one(&args.entry, "--entry")?,
        memory: args.memory,
        console,
    };
    let trial = prepare(&args.key, &options)?;
    if !trial.starts {
        say.warning(&format!("the key has no program that {} starts", trial.firmware));
    }
    if let Some(why) = &trial.refused {
        say.warning(&format!(
            "Secure Boot will refuse the key's {}; build the key with --secure-boot",
            shown_text::shown(why)
        ));
    }
    let secure = if args.secure_boot { ", Secure Boot" } else { "" };
    say.note(&format!("starting `{}` by {}{secure}", shown(&args.key), trial.firmware));
    if let Some(why) = &trial.slow {
        say.note(&format!("without KVM, so it is slow: {why}"));
    }
    match &args.keep {
        None => say.note("what it writes is lost"),
        Some(keep) => say.note(&format!("what it writes goes into `{}`", shown(keep))),
    }
    if console == Console::Terminal {
        say.note("this terminal is its serial port: Ctrl-A X ends it");
        match trial.heard {
            Heard::All => {}
            Heard::Menu => say.note(
                "the key is not made for serial ports (menu.serial = true), so what its menu starts \
                 may say nothing here; a window shows it (--window)",
            ),
            Heard::NoMenu => say.warning(
                "the menu is drawn on a screen, which a terminal does not show; \
                 take --window or --firmware uefi-x64, or build the key with menu.serial = true",
            ),
        }
    }
    // Ctrl-C ends QEMU at its window; we stay, to remove our files.
    let (stop, nothing) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let signals = [(SIGINT, &nothing), (SIGTERM, &stop), (SIGHUP, &stop)];
    for (signal, flag) in signals.into_iter().filter(|(signal, _)| !is_ignored(*signal)) {
        signal_hook::flag::register(signal, Arc::clone(flag)).map_err(Failure::Signal)?;
    }
    let tried = trial.run(&stop);
    if console == Console::Terminal && std::io::stdout().is_terminal() {
        // What a firmware or a system has set stays behind it: no line breaks, no cursor, colours.
        print!("\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[0m");
    }
    if !tried? {
        say.warning("no menu was seen in which the entry could be chosen");
    }
    match stop.load(Ordering::Relaxed) {
        true => Err(bootkey::Error::Stopped.into()),
        false => Ok(()),
    }
}

/// The value of an option that only --all takes more than once.
fn one<T: Clone>(values: &[T], option: &'static str) -> Result<Option<T>, Failure> {
    match values {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        _ => {
            let message = "several are for --all; say one".to_owned();
            Err(Failure::Option { option, message })
        }
    }
}

/// Whether there is somebody to look at windows.
fn has_desktop() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().any(set)
}
