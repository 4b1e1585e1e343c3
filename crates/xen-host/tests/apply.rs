//! Tests of the scripts on a machine made of namespaces: files that work leave it reachable, and
//! files with a fault are taken back.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests run programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod namespace;
mod sample;

use namespace::{machine, scenario, section};
use sample::{find, host};
use testbench::oracle;
use xen_host::Stack;

const AS_BEFORE: &str =
    "reaches\neth0 192.168.1.20/24\ndefault via 192.168.1.1 dev eth0 onlink \nfiles as before\n";
const BRIDGED: &str =
    "reaches\nbr0 192.168.1.10/24\ndefault via 192.168.1.1 dev br0 onlink \nport eth0\n";

#[test]
fn applied_and_confirmed_the_host_is_reached_through_its_bridge() {
    let script = r#"
echo '== before'; facts
echo '== apply'; apply --timeout 10
echo '== confirm'; sh "$XEN_HOST_STATE/apply" confirm
sleep 12
echo '== after'; facts
echo '== check'; sh ./check
echo '== again'; apply
stat -c '%a' /etc/xen/web.cfg /etc/network/interfaces
"#;
    let Some(said) = scenario(&host().tree(Stack::Interfaces), script) else { return };
    assert_eq!(section(&said, "before"), AS_BEFORE);
    let applied = section(&said, "apply");
    assert!(applied.contains("+    bridge_ports eth0\n"), "no diff");
    assert!(applied.contains("-    address 192.168.1.20/24\n"), "no diff");
    assert!(applied.contains("xen-host: xen1 is as described"));
    assert_eq!(section(&said, "after"), BRIDGED);
    assert!(section(&said, "check").contains("xen-host: ok: ports of br0: eth0"));
    assert!(section(&said, "again").contains("nothing to do"));
    assert!(section(&said, "again").ends_with("644\n644\n"));
}

#[test]
fn what_nobody_confirms_is_taken_back() {
    let script = r#"
echo '== apply'; apply --timeout 10
echo '== meanwhile'; facts
echo '== twice'; apply 2>&1
sleep 14
echo '== after'; facts
ls /etc/xen/web.cfg /sys/class/net/br0 2>/dev/null
cat "$XEN_HOST_STATE/log"
"#;
    let Some(said) = scenario(&host().tree(Stack::Interfaces), script) else { return };
    assert_eq!(section(&said, "meanwhile"), BRIDGED);
    assert!(section(&said, "twice").contains("an earlier change waits"));
    let after = section(&said, "after");
    assert!(after.starts_with(AS_BEFORE), "{after}");
    assert!(!after.contains("/etc/xen/web.cfg") && !after.contains("/sys/class/net/br0"));
    assert!(after.contains("apply: taken back"));
}

#[test]
fn sabotage_is_taken_back_in_time() {
    let mut files = host().tree(Stack::Interfaces);
    let path = "interfaces/etc/network/interfaces";
    let bad = files.iter_mut().find(|f| f.path == path).unwrap();
    bad.text = bad.text.replace("bridge_ports eth0", "bridge_ports none");
    let script = r#"
begun=$(date +%s)
echo '== apply'; apply --timeout 20
echo '== locked'; reaches || echo 'locked out'
# Its time limit, from the beginning of `apply`; and a second for what it does then.
while [ -e "$XEN_HOST_STATE/pending" ] && [ $(($(date +%s) - begun)) -lt 30 ]; do sleep 1; done
sleep 2
echo '== after'; facts
"#;
    let Some(said) = scenario(&files, script) else { return };
    let applied = section(&said, "apply");
    assert!(applied.contains("xen-host: WRONG: ports of br0: none"), "{applied}");
    assert!(applied.contains("xen-host: WRONG: gateway 192.168.1.1 asked through br0"));
    assert!(applied.contains("xen-host: xen1 is not as described: 2 wrong"));
    assert_eq!(section(&said, "locked"), "locked out\n");
    assert_eq!(section(&said, "after"), AS_BEFORE);
}

#[test]
fn a_dry_run_changes_nothing_and_a_wrong_word_is_said() {
    let script = r#"
echo '== dry'; apply --dry-run
echo '== facts'; facts
echo '== words'; apply --timeout soon 2>&1; apply --timeout 010 2>&1; apply --stack 2>&1; sh ./apply confirm 2>&1; sh ./apply --stack x --yes 2>&1
sh ./apply --help
"#;
    let Some(said) = scenario(&host().tree(Stack::Interfaces), script) else { return };
    assert!(section(&said, "dry").contains("+    bridge_ports eth0\n"));
    assert_eq!(section(&said, "facts"), AS_BEFORE);
    let words = section(&said, "words");
    let number = "--timeout takes a number of seconds, from 1 to 99999\napply said 1\n";
    assert_eq!(words.matches(number).count(), 2, "{words}");
    let value = "--stack wants a value; `apply --help` says which\napply said 1\n";
    assert!(words.contains(value), "{words}");
    assert!(words.contains("there is nothing to confirm"));
    assert!(words.contains("no files for a stack called x"));
    assert!(words.contains("./apply rollback     take it back now"));
}

/// systemd-networkd itself makes the bridge; with another bridge's name in one file it does not,
/// and the check says so.
#[test]
fn networkd_makes_the_bridge() {
    let networkd = "/lib/systemd/systemd-networkd";
    if !std::path::Path::new(networkd).is_file() {
        testbench::missing("systemd-networkd (package `systemd`)");
        return;
    }
    let script = format!(
        "cp networkd/etc/systemd/network/* /etc/systemd/network/\n\
         mkdir -p /run/systemd/netif\n\
         chown systemd-network:systemd-network /run/systemd/netif 2>/dev/null\n\
         SYSTEMD_LOG_TARGET=console {networkd} 2>&1 &\n\
         networkd=$!\n\
         sleep 3\n\
         sh ./check\n\
         echo \"check said $?\"\n\
         kill $networkd\nexit 0"
    );
    let files = host().tree(Stack::Networkd);
    let Some(ran) = machine(&files, &script) else { return };
    let said = ran.expect_success("the machine").stdout;
    assert!(said.contains("xen-host: ok: address of br0: 192.168.1.10/24"), "{said}");
    assert!(said.contains("xen-host: xen1 is as described\ncheck said 0"), "{said}");
    assert!(!said.contains("Unknown key") && !said.contains("Failed to parse"), "{said}");

    let mut files = files;
    let path = "networkd/etc/systemd/network/10-br0-port.network";
    let bad = files.iter_mut().find(|f| f.path == path).unwrap();
    bad.text = bad.text.replace("Bridge=br0", "Brigde=br0");
    let Some(ran) = machine(&files, &script) else { return };
    let said = ran.expect_success("the machine").stdout;
    assert!(said.contains("Unknown key"), "{said}");
    assert!(said.contains("xen-host: WRONG: ports of br0: none"), "{said}");
    assert!(said.contains("check said 1"), "{said}");
}

/// The check notices a network such as Xen's default script made in 2009, here made by hand.
#[test]
fn the_check_tells_what_network_bridge_does() {
    let script = r#"
ip link set eth0 down; ip addr flush dev eth0
ip link set eth0 name peth0
ip link add eth0 type bridge
ip link set peth0 master eth0 up
ip addr add 192.168.1.10/24 dev eth0; ip link set eth0 up
ip route add default via 192.168.1.1
echo '== check'; sh ./check; echo "said $?"
"#;
    let Some(said) = scenario(&host().tree(Stack::Interfaces), script) else { return };
    let said = section(&said, "check");
    assert!(said.contains("xen-host: WRONG: br0 is a bridge"), "{said}");
    assert!(said.contains("xen-host: WRONG: address of eth0: 192.168.1.10/24"), "{said}");
    assert!(said.ends_with("said 1\n"), "{said}");
}

#[test]
fn shellcheck_has_nothing_to_say() {
    let Some(tool) = oracle("shellcheck") else { return };
    let dir = tempfile::tempdir().unwrap();
    let files = host().tree(Stack::Interfaces);
    namespace::install(&files, dir.path());
    for script in ["apply", "check"] {
        tool.run([dir.path().join(script)]).expect_success(script);
        assert_eq!(find(&files, script).mode, 0o755);
    }
    let bad = find(&files, "check").text.replace("\"$dev/address\"", "$dev/address");
    let path = dir.path().join("check");
    std::fs::write(&path, bad).unwrap();
    tool.run([path]).expect_objection(1, "SC2086", "a variable without quotes");
}
