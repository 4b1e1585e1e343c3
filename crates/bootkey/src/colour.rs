//! Whether output is coloured: what `--color` says, else what the environment does (`NO_COLOR`,
//! `CLICOLOR_FORCE`, `CLICOLOR`, `TERM=dumb`: <https://no-color.org/>, <https://bixense.com/clicolors/>), else
//! whether a terminal shows it.

use anstream::AutoStream;
use anstream::stream::RawStream;
use clap::ColorChoice;
use std::ffi::OsString;

/// The last `--color` of the arguments, wherever it stands: how errors in the arguments are shown depends on
/// it, too.
pub(crate) fn asked(args: &[OsString]) -> ColorChoice {
    let args = args.iter().take_while(|arg| *arg != "--");
    let mut behind = false;
    let mut asked = ColorChoice::Auto;
    for arg in args.filter_map(|arg| arg.to_str()) {
        let value = if behind { Some(arg) } else { arg.strip_prefix("--color=") };
        behind = !behind && arg == "--color";
        // Another word is told when the arguments are read.
        asked = value.and_then(|value| value.parse().ok()).unwrap_or(asked);
    }
    asked
}

/// Makes the choice that of the whole program.
pub(crate) fn choose(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Whether what is written to `stream` is coloured.
pub(crate) fn wanted(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != anstream::ColorChoice::Never
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts() {
        let asked = |line: &str| asked(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(asked("plan x.iso"), ColorChoice::Auto);
        assert_eq!(asked("plan --color never x.iso"), ColorChoice::Never);
        assert_eq!(asked("--color=always plan"), ColorChoice::Always);
        assert_eq!(asked("--color=always plan --color never"), ColorChoice::Never);
        assert_eq!(asked("--color red plan --color=never"), ColorChoice::Never);
        assert_eq!(asked("plan -- --color=never"), ColorChoice::Auto);
        assert_eq!(asked("plan --color"), ColorChoice::Auto);
    }
}
