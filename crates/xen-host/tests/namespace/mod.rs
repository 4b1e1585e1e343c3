//! A machine with one network card, made of namespaces: its own network, its own /etc and /run,
//! and at the far end of a cable a router that answers. Needs root.
#![allow(dead_code)] // each test takes what it needs

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use testbench::{Ran, is_root, missing, oracle};
use xen_host::HostFile;

/// The script that makes the machine; the test's own commands follow.
const SETUP: &str = r#"
set -u
mount --make-rprivate /
# Ends with the test, however that ends.
unshare -n sleep 300 &
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
# What the machine's network and its /etc are, whole; but for what passes, as an address's lifetime.
whole() {
    ip -o address show | sed 's/ *\\ *valid_lft.*//'
    ip -o link show | sed 's/ qlen .*//; s/state [A-Z]*//'
    for family in -4 -6; do
        ip $family route show table all | sort
        ip $family rule show
    done
    find /etc -printf '%p %y %m %U:%G %l\n' | sort
    find /etc -type f -exec md5sum {} + | sort
}
# Waits until the kernel has made sure that nobody else has our IPv6 addresses. One that it gives a
# link by itself comes only when the link is up.
settled() {
    n=0
    until [ "$(ip -6 -o address show dev other scope link | wc -l)" -eq 1 ] &&
        [ -z "$(ip -6 -o address show tentative)" ]; do
        n=$((n + 1))
        [ $n -lt 300 ] || exit 97
        sleep 0.1
    done
}
# Says whether all of it is as it was when `whole > before` was said; addresses need a moment.
as_before() {
    n=0
    until whole > "$room/now" && cmp -s "$room/before" "$room/now"; do
        n=$((n + 1))
        if [ $n -ge 8 ]; then diff "$room/before" "$room/now"; return 0; fi
        sleep 0.5
    done
    echo 'all as before'
}
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

/// The network that the machine has before, made by ifupdown.
const BEFORE: &str = r#"
cat > /etc/network/interfaces << 'END'
auto eth0
iface eth0 inet static
    address 192.168.1.20/24
    gateway 192.168.1.1
END
cp /etc/network/interfaces interfaces.before
ifup eth0 && reaches || exit 98
apply() { sh ./apply --stack interfaces --yes "$@" || echo "apply said $?"; }
facts() {
    reaches && echo reaches
    ip -o -4 addr show scope global | awk '{ print $2, $4 }'
    ip -4 route show default
    ls /sys/class/net/br0/brif 2>/dev/null | sed 's/^/port /'
    cmp -s interfaces.before /etc/network/interfaces && echo 'files as before'
}
# Puts a program in front of the real one: its name, its lines.
mkdir stand-ins
PATH="$room/stand-ins:$PATH"
stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" > "stand-ins/$1"
    chmod 755 "stand-ins/$1"
}
# Hides programs: everything else is linked into the one directory that is left.
hide() {
    mkdir visible
    for dir in /usr/sbin /usr/bin "$room/stand-ins"; do ln -sf "$dir"/* visible/; done
    for program in "$@"; do rm -f "visible/$program"; done
    PATH="$room/visible"
}
"#;

/// Runs a script on the machine with ifupdown, whose network is up; `None`: skipped.
#[track_caller]
pub fn scenario(files: &[HostFile], script: &str) -> Option<String> {
    oracle("ifup")?;
    oracle("brctl")?;
    let ran = machine(files, &format!("{BEFORE}\n{script}"))?;
    println!("{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(ran.status, Some(0));
    Some(ran.stdout)
}

/// The part of a scenario's output behind a line `== WORD`.
#[track_caller]
pub fn section<'a>(said: &'a str, word: &str) -> &'a str {
    let start = said.split_once(&format!("== {word}\n")).expect(word).1;
    start.split("== ").next().unwrap()
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
