//! Runs of `apply` in a network that has everything that it notes and restores, under the shells that
//! a key's machines have.
#![allow(dead_code)] // each test takes what it needs

use crate::namespace::scenario;
use crate::sample::host;
use testbench::oracle;
use xen_host::{HostFile, Stack};

/// A network with everything that `apply` notes and restores: IPv6, routes besides the default
/// ones, one over a cable that is not plugged in, a table and rules of its own, a file that is a
/// link.
pub(crate) const RICH: &str = r#"
ip -6 address add 2001:db8::2/64 dev eth0
ip address add 192.168.1.21/24 dev eth0 label eth0:1
ip address add 10.6.0.1 peer 10.6.0.2/32 dev eth0
ip link add other type veth peer name far-other
ip address add 10.7.0.1/24 dev other
ip link set far-other up
ip link set other up
ip link add loose type veth peer name far-loose
ip address add 10.8.0.1/24 dev loose
ip link set loose up
ip -6 address add 2001:db8:8::1/64 nodad dev loose
ip route add 10.8.8.0/24 via 10.8.0.2
ip route add 10.9.0.0/16 via 192.168.1.1 metric 7 src 192.168.1.21
ip route add 10.10.0.0/16 nexthop via 192.168.1.1 weight 1 nexthop via 10.7.0.2 weight 2
ip route add blackhole 10.11.0.0/16
ip -6 route add 2001:db8:5::/48 via 2001:db8::1
ip -6 route add default via 2001:db8::1 metric 5
ip route add default via 192.168.1.1 table 77
ip rule add from 10.7.0.0/24 lookup 77
ip -6 rule add from 2001:db8:7::/64 lookup 77
mv /etc/network/interfaces /etc/network/interfaces.real
ln -s interfaces.real /etc/network/interfaces
mkdir -p /etc/xen
echo 'somebody has it' > /etc/xen/web.cfg
chown 12:34 /etc/xen/web.cfg
chmod 640 /etc/xen/web.cfg
settled
"#;

/// The commands with which all scenarios of this file begin.
pub(crate) const COMMON: &str = r#"
# Until nothing is pending any more, or $1 seconds have passed.
taken_back() {
    n=0
    while [ -e "$XEN_HOST_STATE/pending" ] || [ -e "$XEN_HOST_STATE/rolling-back" ]; do
        n=$((n + 1))
        [ $n -lt $(($1 * 4)) ] || { echo 'nobody takes it back'; return; }
        sleep 0.25
    done
}
until_there() {
    n=0
    until [ -e "$1" ] || [ $n -ge 80 ]; do n=$((n + 1)); sleep 0.1; done
}
on_state() { sh "$XEN_HOST_STATE/apply" "$@" 2>&1 || echo "apply said $?"; }
"#;

/// The shell and the tools around it, of the kinds that a key's machines have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    /// The system's own shell and tools.
    System,
    /// busybox's, but for the programs that make the network.
    Busybox,
}

/// Runs a scenario under both shells and looks at what each said.
pub(crate) fn under_both(files: &[HostFile], script: &str, look: impl Fn(&str)) {
    for shell in [Shell::System, Shell::Busybox] {
        if let Some(said) = under(shell, files, script) {
            look(&said);
        }
    }
}

#[track_caller]
pub(crate) fn under(shell: Shell, files: &[HostFile], script: &str) -> Option<String> {
    let tools = match shell {
        Shell::System => "",
        Shell::Busybox => {
            oracle("busybox")?;
            "mkdir busybox\n\
             for applet in $(busybox --list); do\n\
             case $applet in ip | if* | brctl | ping* | find | run-parts) continue ;; esac\n\
             ln -s \"$(command -v busybox)\" \"busybox/$applet\"\n\
             done\n\
             PATH=\"$room/stand-ins:$room/busybox:$PATH\"\n"
        }
    };
    scenario(files, &format!("{COMMON}{RICH}{tools}whole > before\n{script}"))
}

/// The host's files, with something in `apply` replaced by something that is wrong.
pub(crate) fn tampered(changes: &[(&str, &str)]) -> Vec<HostFile> {
    let mut files = tree();
    let apply = files.iter_mut().find(|f| f.path == "apply").unwrap();
    for (right, wrong) in changes {
        assert!(apply.text.contains(right), "no {right:?} in the script");
        apply.text = apply.text.replace(right, wrong);
    }
    files
}

pub(crate) fn tree() -> Vec<HostFile> {
    host().tree(Stack::Interfaces)
}

pub(crate) const ALL_BACK: &str = "all as before\n";

/// An `ifdown` that takes this many seconds, the first time only.
pub(crate) fn slow(seconds: u32) -> String {
    r#"
stand_in ifdown '[ -e '"$room"'/slow ] || exec /usr/sbin/ifdown "$@"
rm '"$room"'/slow
sleep SECONDS
exec /usr/sbin/ifdown "$@"'
touch slow
"#
    .replace("SECONDS", &seconds.to_string())
}
