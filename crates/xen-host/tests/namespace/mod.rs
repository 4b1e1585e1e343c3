//! A machine with one network card, made of namespaces: its own network, its own /etc and /run,
//! and at the far end of a cable a router that answers. Needs root.
#![allow(dead_code)] // each test takes what it needs

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use testbench::{Ran, is_root, missing, oracle};
use xen_host::HostFile;

/// What makes the machine; the test's own commands follow.
const SETUP: &str = r#"
set -u
mount --make-rprivate /
# Ends with the test, however that ends.
unshare -n sleep 120 &
router=$!
trap 'kill $router 2>/dev/null' EXIT
n=0
while [ "$(readlink /proc/$router/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do
    n=$((n + 1))
    [ $n -lt 50 ] || exit 99
    sleep 0.1
done
on_router() { nsenter -t $router -n "$@"; }
ip link set lo up
ip link add eth0 type veth peer name far
ip link set far netns $router
on_router ip addr add 192.168.1.1/24 dev far
on_router ip link set far up
# Read-only, as in a container: systemd then does not wait for udev.
mount -t sysfs -o ro none /sys
cp -a /etc "$room/etc"
mount --bind "$room/etc" /etc
mount -t tmpfs none /run
mkdir -p /run/network /run/systemd
rm -rf /etc/network/interfaces.d /etc/netplan /etc/systemd/network
mkdir -p /etc/systemd/network
export XEN_HOST_STATE="$room/state" PATH="/usr/sbin:/sbin:$PATH"
reaches() { ping -c 1 -W 2 192.168.1.1 >/dev/null 2>&1; }
cd "$room"
"#;

/// Runs a script on such a machine, in a directory that holds `files`. `None`: skipped.
#[track_caller]
pub fn machine(files: &[HostFile], script: &str) -> Option<Ran> {
    if !is_root() {
        missing("root, for network namespaces");
        return None;
    }
    for program in ["ip", "ping", "nsenter", "setsid"] {
        oracle(program)?;
    }
    let unshare = oracle("unshare")?;
    let dir = tempfile::tempdir().unwrap();
    install(files, dir.path());
    let script = format!("room={}\n{SETUP}\n{script}", dir.path().display());
    Some(unshare.run(["-n", "-m", "sh", "-c", &script]))
}

/// Puts files below a directory, with their modes.
pub fn install(files: &[HostFile], root: &Path) {
    for file in files {
        let path = root.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &file.text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(file.mode.into())).unwrap();
    }
}
