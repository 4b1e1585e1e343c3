//! Tests of each file with the program that it is for: the program accepts it, and refuses one that
//! was tampered with, which shows that it looks.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests run programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod namespace;
mod sample;

use namespace::install;
use sample::{by_mac, checked, find, host};
use std::process::Stdio;
use testbench::{Oracle, Ran, missing, oracle, run};
use xen_host::{Host, HostFile, Stack};

fn hosts() -> [Host; 2] {
    [host(), checked(&by_mac()).unwrap().0]
}

/// Replaces a text that must be there.
fn tampered(files: &[HostFile], path: &str, from: &str, to: &str) -> Vec<HostFile> {
    let mut files = files.to_vec();
    let file = files.iter_mut().find(|f| f.path == path).unwrap();
    assert!(file.text.contains(from), "{from:?} is not in {path}");
    file.text = file.text.replacen(from, to, 1);
    files
}

fn ifquery(tool: &Oracle, files: &[HostFile]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    install(files, dir.path());
    let file = dir.path().join("etc/network/interfaces");
    tool.run(["-i".as_ref(), file.as_os_str(), "br0".as_ref()])
}

#[test]
fn ifupdown_reads_interfaces() {
    let Some(tool) = oracle("ifquery") else { return };
    let files = host().network_files(Stack::Interfaces);
    let said = ifquery(&tool, &files).expect_success("ifquery").stdout;
    for line in [
        "address: 192.168.1.10",
        "netmask: 255.255.255.0",
        "gateway: 192.168.1.1",
        "bridge_ports: eth0",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    ifquery(&tool, &hosts()[1].network_files(Stack::Interfaces)).expect_success("ifquery");
    let bad = tampered(&files, "etc/network/interfaces", "inet static", "inet sttic");
    ifquery(&tool, &bad).expect_objection(1, "unknown or no method", "a method that is none");
    let bad = tampered(&files, "etc/network/interfaces", "iface br0", "iface br1");
    ifquery(&tool, &bad).expect_objection(1, "unknown interface br0", "another bridge");
}

/// The networkd files that netplan makes of a host's files.
fn netplan(tool: &Oracle, files: &[HostFile]) -> (Ran, String) {
    let dir = tempfile::tempdir().unwrap();
    install(files, dir.path());
    let ran = tool.run(["generate".as_ref(), "--root-dir".as_ref(), dir.path().as_os_str()]);
    let made = dir.path().join("run/systemd/network");
    let mut text = String::new();
    if let Ok(entries) = std::fs::read_dir(made) {
        let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
        paths.sort();
        text.extend(paths.iter().map(|p| std::fs::read_to_string(p).unwrap()));
    }
    (ran, text)
}

#[test]
fn netplan_generates_the_bridge() {
    let Some(tool) = oracle("netplan") else { return };
    let files = host().network_files(Stack::Netplan);
    let (ran, made) = netplan(&tool, &files);
    let said = ran.expect_success("netplan generate").stderr;
    assert_eq!(said, "", "netplan complains");
    for line in ["Address=192.168.1.10/24", "Gateway=192.168.1.1", "Bridge=br0", "Kind=bridge"] {
        assert!(made.contains(line), "{line} is not in\n{made}");
    }
    let (ran, made) = netplan(&tool, &hosts()[1].network_files(Stack::Netplan));
    ran.expect_success("netplan generate");
    assert!(made.contains("MACAddress=52:54:00:12:34:56"), "{made}");
    let path = "etc/netplan/60-xen-host.yaml";
    let bad = tampered(&files, path, "via: \"192.168.1.1\"", "via: \"192.168.1\"");
    netplan(&tool, &bad).0.expect_objection(1, "via: \"192.168.1\"", "half a gateway");
    let bad = tampered(&files, path, "interfaces: [\"eth0\"]", "interfaces: [\"eth1\"]");
    netplan(&tool, &bad).0.expect_objection(
        1,
        "interface 'eth1' is not defined",
        "a port that there is not",
    );
}

/// NetworkManager reads a keyfile, changes nothing, and prints it.
fn keyfile(tool: &Oracle, text: &str) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("connection");
    std::fs::write(&path, text).unwrap();
    let mut command = tool.command();
    command.args(["--offline", "connection", "modify", "connection.autoconnect", "yes"]);
    run(command.stdin(Stdio::from(std::fs::File::open(path).unwrap())))
}

#[test]
fn network_manager_reads_the_keyfiles() {
    let Some(tool) = oracle("nmcli") else { return };
    for host in hosts() {
        for file in host.network_files(Stack::NetworkManager) {
            let said = keyfile(&tool, &file.text).expect_success(&file.path).stdout;
            // All that was written is still there.
            for line in file.text.lines().filter(|l| l.contains('=')) {
                // NetworkManager prints this key only where it is not the default.
                if !line.starts_with("autoconnect") {
                    assert!(said.contains(line), "{line} is not in\n{said}");
                }
            }
        }
    }
    let files = host().network_files(Stack::NetworkManager);
    let br = "etc/NetworkManager/system-connections/br0.nmconnection";
    for (from, to, status, words) in [
        ("type=bridge", "type=brigde", 2, "invalid connection type; brigde"),
        ("uuid=", "uuid=not-", 1, "is not a valid UUID"),
    ] {
        let bad = tampered(&files, br, from, to);
        keyfile(&tool, &find(&bad, br).text).expect_objection(status, words, to);
    }
}

/// xl's own parser, `libxlutil`, without a hypervisor: prints what a configuration holds.
const XLU: &str = r#"
import ctypes, glob, sys
xlu = ctypes.CDLL(sorted(glob.glob("/usr/lib/*/libxlutil.so.4*"))[0])
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
xlu.xlu_cfg_init.restype = ctypes.c_void_p
cfg = ctypes.c_void_p(xlu.xlu_cfg_init(ctypes.c_void_p(libc.fdopen(2, b"w")), b"guest"))
data = sys.stdin.buffer.read()
if xlu.xlu_cfg_readdata(cfg, data, len(data)):
    sys.exit(1)
def string(name):
    value = ctypes.c_char_p()
    if xlu.xlu_cfg_get_string(cfg, name.encode(), ctypes.byref(value), 1) == 0:
        print(name, "=", value.value.decode())
for name in ["name", "type", "kernel", "ramdisk", "extra", "on_crash"]:
    string(name)
for name in ["memory", "vcpus"]:
    value = ctypes.c_long()
    if xlu.xlu_cfg_get_long(cfg, name.encode(), ctypes.byref(value), 1) == 0:
        print(name, "=", value.value)
xlu.xlu_cfg_get_listitem.restype = ctypes.c_char_p
for name in ["vif", "disk"]:
    items, count = ctypes.c_void_p(), ctypes.c_int()
    if xlu.xlu_cfg_get_list(cfg, name.encode(), ctypes.byref(items), ctypes.byref(count), 1) == 0:
        for n in range(count.value):
            print(name, "=", xlu.xlu_cfg_get_listitem(items, n).decode())
"#;

/// `None`: skipped.
fn xlu(text: &str) -> Option<Ran> {
    let python = oracle("python3")?;
    let found = std::fs::read_dir("/usr/lib/x86_64-linux-gnu").ok().is_some_and(|entries| {
        entries.flatten().any(|e| e.file_name().to_string_lossy().starts_with("libxlutil.so.4"))
    });
    if !found {
        missing("xl's parser (package `libxenmisc4.17`)");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("guest.cfg");
    std::fs::write(&path, text).unwrap();
    let mut command = python.command();
    command.args(["-c", XLU]).stdin(Stdio::from(std::fs::File::open(path).unwrap()));
    Some(run(&mut command))
}

#[test]
fn xl_reads_the_guests() {
    let files = host().guest_files();
    let Some(ran) = xlu(&find(&files, "etc/xen/db.2.cfg").text) else { return };
    assert_eq!(
        ran.expect_success("libxlutil").stdout,
        "name = db.2\n\
         type = pv\n\
         kernel = /srv/a & b/vmlinuz\n\
         ramdisk = /srv/a & b/initrd.img\n\
         extra = root=/dev/xvda ro quiet x=<1>\n\
         on_crash = destroy\n\
         memory = 1024\n\
         vcpus = 2\n\
         vif = mac=00:16:3e:e9:9e:6e,bridge=br0\n\
         disk = format=raw,vdev=xvda,access=rw,target=/dev/vg0/db\n\
         disk = format=raw,vdev=xvdb,access=ro,target=/srv/one, two.img\n"
    );
    let bad = tampered(&files, "etc/xen/web.cfg", "\"web\"", "\"web");
    xlu(&find(&bad, "etc/xen/web.cfg").text).unwrap().expect_objection(
        1,
        "lexical error",
        "a quote that is not closed",
    );
}

fn validate(tool: &Oracle, text: &str) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("guest.xml");
    std::fs::write(&path, text).unwrap();
    tool.run([path.as_os_str(), "domain".as_ref()])
}

#[test]
fn libvirt_validates_the_domains() {
    let (Some(tool), Some(_)) = (oracle("virt-xml-validate"), oracle("xmllint")) else { return };
    let files = host().guest_files();
    for path in ["etc/libvirt/libxl/web.xml", "etc/libvirt/libxl/db.2.xml"] {
        validate(&tool, &find(&files, path).text).expect_success(path);
        for (from, to) in [("<source bridge", "<source brigde"), ("type='xen'", "type='xem'")] {
            let bad = tampered(&files, path, from, to);
            validate(&tool, &find(&bad, path).text).expect_objection(
                3,
                "guest.xml fails to validate",
                to,
            );
        }
    }
}
