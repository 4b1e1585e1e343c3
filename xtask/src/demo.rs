//! `cargo xtask demo`: from a clone to a key image, without root.

use std::process::{Command, Stdio};

use crate::sh::{self, Error};

const SPEC: &str = "images/rescue.toml";
const KEY: &str = "target/rescue.img";

/// Builds the rescue key and says what to do with it.
///
/// # Errors
/// When a step fails; the steps before have said what they did.
pub fn run() -> Result<(), Error> {
    say("1. bootkey itself");
    let program = sh::built_bootkey()?;
    let bootkey = || {
        let mut command = Command::new(&program);
        command.current_dir(sh::root()).stdin(Stdio::null());
        command
    };
    say("2. GRUB and the ISOs: Debian's packages, fetched into a private folder, no root");
    sh::run(bootkey().args(["fetch", SPEC]))?;
    say("3. The plan: what a build would do, and why");
    sh::run(bootkey().args(["plan", SPEC]))?;
    say("4. The menu: the grub.cfg that the key will show");
    sh::run(bootkey().args(["menu", SPEC]))?;
    say("5. The key");
    sh::run(bootkey().args(["build", SPEC, "-o", KEY]))?;
    println!(
        "
{KEY} is ready. To try it in a virtual machine (in a terminal, Ctrl-A X ends it):

  {bootkey} try {KEY}

To write it to a USB stick (`{bootkey} devices` shows which disk is yours; ALL ON IT IS LOST):

  sudo {bootkey} write {KEY} /dev/sdX
",
        bootkey = program.display()
    );
    Ok(())
}

fn say(what: &str) {
    eprintln!("\n== {what}");
}
