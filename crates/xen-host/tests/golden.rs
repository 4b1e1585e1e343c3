//! Tests of every stack's files for one description against those in `tests/golden/`.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod sample;

use core::fmt::Write as _;
use sample::{by_mac, checked, description};
use xen_host::{Description, HostFile, Stack};

fn shown(files: &[HostFile]) -> String {
    let mut out = String::new();
    for HostFile { path, mode, text } in files {
        writeln!(out, "==> /{path} ({mode:04o})\n{text}").unwrap();
    }
    out
}

fn golden(name: &str, d: &Description) {
    let (host, _) = checked(d).unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for stack in Stack::ALL {
            insta::assert_snapshot!(format!("{name}-{stack}"), shown(&host.network_files(stack)));
        }
        insta::assert_snapshot!(format!("{name}-guests"), shown(&host.guest_files()));
    });
}

#[test]
fn by_name_with_a_fixed_address() {
    golden("fixed", &description());
}

#[test]
fn by_mac_with_dhcp() {
    golden("dhcp", &by_mac());
}

/// The article's own host: its screens are open to all, which gives a warning, and its nine
/// settings.
#[test]
fn the_settings_of_2009() {
    let mut d = description();
    d.vnc.listen = Some("0.0.0.0".into());
    let files = checked(&d).unwrap().0.network_files(Stack::Classic);
    let settings: Vec<_> = files[0].text.lines().filter(|l| l.starts_with('(')).collect();
    assert_eq!(
        settings,
        [
            "(xend-unix-server yes)",
            "(xend-unix-path /var/lib/xend/xend-socket)",
            r"(xend-relocation-hosts-allow '^localhost$ ^localhost\\.localdomain$')",
            "(network-script /bin/true)",
            "(vif-script vif-bridge)",
            "(dom0-min-mem 1024)",
            "(dom0-cpus 0)",
            "(vnc-listen '0.0.0.0')",
            "(vncpasswd '')",
        ]
    );
    let guest = checked(&d).unwrap().0.guest_files();
    assert!(guest[0].text.contains("vif = [ \"mac=00:16:3e:27:84:7a,bridge=br0\" ]\n"));
}
