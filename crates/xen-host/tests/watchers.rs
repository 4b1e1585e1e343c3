//! Tests of the watchers over a change that `apply` makes: what they find undone they take back,
//! whatever becomes of them and of the session.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests run programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod namespace;
mod rich_network;
mod sample;

use namespace::section;
use rich_network::{ALL_BACK, Shell, slow, tampered, tree, under, under_both};

#[test]
fn without_anything_to_watch_nothing_is_changed() {
    for (hidden, why) in [
        ("setsid systemd-run", "neither a running systemd with `systemd-run` nor `setsid`"),
        ("flock", "there is no program `flock` here"),
    ] {
        let script = format!(
            "hide {hidden}\n\
             echo '== apply'; apply --timeout 2 2>&1 | grep apply\n\
             [ ! -e \"$XEN_HOST_STATE\" ] || ls -A \"$XEN_HOST_STATE\"\n\
             echo '== after'; as_before"
        );
        let Some(said) = under(Shell::System, &tree(), &script) else { return };
        let applied = section(&said, "apply");
        assert!(applied.contains(why) && applied.ends_with("apply said 1\n"), "{applied}");
        assert_eq!(section(&said, "after"), ALL_BACK);
    }
}

/// A stand-in for `systemd-run`: it starts the given command outside the session, with nothing in
/// its environment but what it was given.
const SYSTEMD: &str = r#"
mkdir -p /run/systemd/system
stand_in systemd-run 'echo "$*" >> '"$room"'/units
environment=
while [ "$1" != sh ]; do
    case $1 in
    --setenv) environment="$environment $2"; shift ;;
    --unit | -p) shift ;;
    esac
    shift
done
/usr/bin/setsid env -i $environment "$@" > /dev/null 2>&1 < /dev/null &'
hide setsid
"#;

#[test]
fn systemd_watches_where_there_is_one() {
    let script = format!(
        "{SYSTEMD}
echo '== apply'; apply --timeout 15 > said; grep apply: said
echo '== units'; cat units
taken_back 40
echo '== after'; as_before
"
    );
    let Some(said) = under(Shell::System, &tree(), &script) else { return };
    assert!(section(&said, "apply").starts_with("apply: done"), "{said}");
    let units = section(&said, "units");
    for (unit, number) in units.lines().zip(1..=2) {
        assert!(unit.starts_with(&format!("--unit xen-host-watch{number}-")), "{unit}");
        assert!(unit.contains(" -p KillMode=process --setenv XEN_HOST_STATE=/"), "{unit}");
        assert!(unit.contains(&format!("/state/apply watch {number} ")), "{unit}");
    }
    assert_eq!(units.lines().count(), 2);
    assert_eq!(section(&said, "after"), ALL_BACK);
}

/// With a `systemd-run` that succeeds but starts nothing, no watcher reports, and nothing is
/// changed; if there is `setsid`, that starts the watcher.
#[test]
fn nothing_is_changed_before_the_watchers_have_reported_in() {
    let script = |hidden: &str| {
        format!(
            "mkdir -p /run/systemd/system
stand_in systemd-run 'exit 0'
{hidden}
echo '== apply'; apply --timeout 15 2>&1 | grep apply
[ ! -e $XEN_HOST_STATE/pending ] || echo pending
taken_back 40
echo '== after'; as_before
"
        )
    };
    let without = script("hide setsid");
    let Some(said) = under(Shell::System, &tree(), &without) else { return };
    let applied = section(&said, "apply");
    assert!(applied.contains("what would take this back did not start"), "{applied}");
    assert!(applied.ends_with("apply said 1\n"), "{applied}");
    assert_eq!(section(&said, "after"), ALL_BACK);
    let Some(said) = under(Shell::System, &tree(), &script("")) else { return };
    assert!(section(&said, "apply").starts_with("apply: done"), "{said}");
    assert_eq!(section(&said, "after"), ALL_BACK);

    let credulous = tampered(&[
        ("start_watchers \"$id\" &&", "{ start_watchers \"$id\" || true; } &&"),
        ("watches 1 \"$id\" || watches 2 \"$id\" ||", "true ||"),
    ]);
    let Some(said) = under(Shell::System, &credulous, &without) else { return };
    assert!(section(&said, "apply").ends_with("pending\nnobody takes it back\n"), "{said}");
    assert_ne!(section(&said, "after"), ALL_BACK);
}

#[test]
fn a_session_that_ends_ends_neither_the_change_nor_its_watchers() {
    for kill in ["KILL -- -", "HUP -- -"] {
        let script = format!(
            r#"{}
setsid sh ./apply --stack interfaces --yes --timeout 9 > said 2>&1 &
session=$!
until_there "$XEN_HOST_STATE/watcher2"; sleep 0.5
kill -s {kill}$session
n=0
until [ $n -ge 40 ] || [ -e /sys/class/net/br0/brif/eth0 ]; do n=$((n + 1)); sleep 0.2; done
sleep 1
echo '== made'; facts
taken_back 30
echo '== after'; as_before
echo '== again'; apply --timeout 60 > said 2>&1; grep apply: said; on_state confirm
"#,
            slow(2)
        );
        under_both(&tree(), &script, |said| {
            assert!(section(said, "made").contains("port eth0"), "{kill}: {said}");
            assert_eq!(section(said, "after"), ALL_BACK, "{kill}");
            // The killed process has left no lock behind.
            let again = section(said, "again");
            assert!(again.starts_with("apply: done"), "{said}");
            assert!(again.contains("apply: confirmed"), "{said}");
        });
    }
}

#[test]
fn of_two_watchers_one_is_enough() {
    for killed in ["1", "2"] {
        let script = r#"
apply --timeout 6 > said 2>&1
read -r _ watcher < "$XEN_HOST_STATE/watcherKILLED"
kill -s KILL "$watcher"
taken_back 20
echo '== after'; as_before
"#
        .replace("KILLED", killed);
        under_both(&tree(), &script, |said| assert_eq!(section(said, "after"), ALL_BACK));
    }
}

/// Whichever process takes the change back is killed in the middle, and the other one finishes.
#[test]
fn a_roll_back_that_is_killed_is_finished() {
    let script = r#"
apply --timeout 5 > said 2>&1
stand_in ifup 'echo $PPID >> '"$room"'/rolling; sleep 2; exec /usr/sbin/ifup "$@"'
until_there rolling
sleep 0.5
kill -s KILL "$(head -n 1 rolling)"
rm stand-ins/ifup
taken_back 40
echo '== rolling'; wc -l < rolling
echo '== after'; as_before
"#;
    under_both(&tree(), script, |said| {
        assert_eq!(section(said, "after"), ALL_BACK);
        assert_ne!(section(said, "rolling"), "0\n");
    });
}

#[test]
fn a_change_that_nobody_watches_is_taken_back_at_once() {
    let script = format!(
        r#"{}
(apply --timeout 60 > said 2>&1) &
until_there "$XEN_HOST_STATE/watcher2"; sleep 0.5
for number in 1 2; do
    read -r _ watcher < "$XEN_HOST_STATE/watcher$number"
    kill -s KILL "$watcher"
done
wait $!
echo '== apply'; grep apply said
[ ! -e "$XEN_HOST_STATE/pending" ] || echo 'nobody takes it back'
echo '== after'; as_before
"#,
        slow(2)
    );
    under_both(&tree(), &script, |said| {
        let applied = section(said, "apply");
        assert!(applied.contains("nobody watches over this change any more; it is taken back"));
        assert!(applied.ends_with("apply said 1\n"), "{applied}");
        assert_eq!(section(said, "after"), ALL_BACK);
    });
    let heedless = tampered(&[("watches 1 \"$id\" || watches 2 \"$id\" ||", "true ||")]);
    let Some(said) = under(Shell::System, &heedless, &script) else { return };
    assert!(section(&said, "apply").ends_with("nobody takes it back\n"), "{said}");
}
