//! Snippets for unattended installs with Red Hat's and Debian's installers.

use crate::host::Host;
use crate::{HostFile, Stack};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::fmt::Write as _;

/// A shell script that writes the files, each from a here-document whose end mark is in none of
/// them.
fn script(host: &Host, stack: Stack) -> String {
    let files: Vec<HostFile> =
        host.network_files(stack).into_iter().chain(host.guest_files()).collect();
    let mut end = "EOF".to_owned();
    while files.iter().any(|f| f.text.lines().any(|line| line == end)) {
        end.push('_');
    }
    let mut out = "set -e\numask 022\n".to_owned();
    for HostFile { path, mode, text } in &files {
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        // OK to ignore: writing to a String does not fail.
        let _ = write!(
            out,
            "mkdir -p '/{dir}'\n(umask 077; cat > '/{path}' << '{end}')\n{text}{end}\n\
             chmod {mode:o} '/{path}'\n"
        );
    }
    out
}

/// The snippet for Red Hat's installer: a `%post` section.
pub(super) fn kickstart(host: &Host, stack: Stack) -> String {
    format!(
        "# Installs the network ({stack}) and the guests of the Xen host {}.\n%post --erroronfail\n\
         {}%end\n",
        host.name,
        script(host, stack)
    )
}

/// The snippet for Debian's installer: the script in base64, because its answers are single lines.
pub(super) fn preseed(host: &Host, stack: Stack) -> String {
    let script = STANDARD.encode(script(host, stack));
    format!(
        "# Installs the network ({stack}) and the guests of the Xen host {}.\n\
         d-i preseed/late_command string in-target sh -c 'echo {script} | base64 -d | sh'\n",
        host.name
    )
}
