//! The scripts that go with the files.

use super::facts::{expected, facts};
use crate::Stack;
use crate::host::Host;
use core::fmt::Write as _;

/// The line of the scripts' sources that is replaced by the facts.
const FACTS: &str = "# @FACTS@\n";
/// The line of `apply`'s source that is replaced by the functions which note and restore the
/// network.
const NETWORK: &str = "# @NETWORK@\n";

/// The script `apply`: puts a stack's files into place on a running system, and takes them back
/// unless that is confirmed in time.
pub(super) fn apply(host: &Host) -> String {
    let mut more = facts(host);
    more.push_str("private() {\n    case $1 in\n");
    for stack in Stack::ALL {
        for file in host.network_files(stack).iter().filter(|f| f.mode == 0o600) {
            // OK to ignore: writing to a String does not fail.
            let _ = writeln!(more, "    '{}') return 0 ;;", file.path);
        }
    }
    more.push_str("    esac\n    return 1\n}\n");
    include_str!("apply/main.sh")
        .replace(FACTS, &more)
        .replace(NETWORK, include_str!("apply/network.sh"))
}

/// The script `check`: compares the running bridge with the description.
pub(super) fn check(host: &Host) -> String {
    include_str!("check.sh").replace(FACTS, &(facts(host) + &expected(host)))
}

/// The unit that runs the check when the system has started, on its console.
pub(super) const UNIT: &str = "\
[Unit]
Description=What the bridge of this Xen host is like
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/xen-host-check
StandardOutput=journal+console

[Install]
WantedBy=multi-user.target
";
