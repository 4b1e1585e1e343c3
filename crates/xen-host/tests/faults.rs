//! Tests of `apply` with everything that can go wrong: nothing is changed, or all is restored.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests run programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod namespace;
mod rich_network;
mod sample;

use namespace::section;
use rich_network::{ALL_BACK, Shell, slow, tampered, tree, under, under_both};
use sample::host;
use xen_host::Stack;

#[test]
fn the_whole_network_and_the_files_as_they_were_come_back() {
    let script = "
echo '== apply'; apply --timeout 60 > said; tail -n 1 said; reaches && echo reaches
[ -L /etc/network/interfaces ] || echo 'no link now'; ip -6 address show dev eth0 scope global
echo '== rollback'; on_state rollback
echo '== after'; as_before; reaches && echo reaches
";
    under_both(&tree(), script, |said| {
        let applied = section(said, "apply");
        assert_eq!(applied, "xen-host: xen1 is as described\nreaches\nno link now\n");
        assert!(section(said, "rollback").starts_with("apply: taken back; "), "{said}");
        assert_eq!(section(said, "after"), "all as before\nreaches\n");
    });
}

#[test]
fn what_is_not_noted_is_missed() {
    for (right, wrong, lost) in [
        ("(linkdown|", "(", "10.8.8.0/24 via 10.8.0.2 dev loose linkdown"),
        ("cp -a \"/$file\"", "cp \"/$file\"", "/etc/network/interfaces l 777"),
        ("how=append", "how=what", "2001:db8:5::/48 via 2001:db8::1 dev eth0"),
        ("show table all", "show", "default via 192.168.1.1 dev eth0 table 77"),
        ("ip -o address", "ip -o -4 address", "2001:db8::2/64 scope global"),
    ] {
        // Settings that go with the link and are not noted would be lost.
        let script = "
apply --timeout 60 > said
ip link set loose down; ip link set loose up
on_state rollback
echo '== after'; as_before
";
        let Some(said) = under(Shell::System, &tampered(&[(right, wrong)]), script) else { return };
        let after = section(&said, "after");
        let missed = after.lines().any(|l| l.starts_with('<') && l.contains(lost));
        assert!(missed, "{right}: {after}");
    }
}

/// The sweep: `apply` runs with every amount of room on the disk that holds the state, in steps of
/// `STRIDE` pages.
const SWEEP: &str = r#"
mkdir -p "$XEN_HOST_STATE"
pages=0
while [ $pages -le 44 ]; do
    mount -t tmpfs -o size=512k none "$XEN_HOST_STATE"
    dd if=/dev/zero of="$XEN_HOST_STATE/full" bs=4096 count=$((127 - pages)) 2>/dev/null
    echo "== $pages"
    apply --timeout 60 > said 2>&1
    if grep -q 'apply: done, and taken back' said; then
        # And it is full to the brim when it is taken back.
        dd if=/dev/zero of="$XEN_HOST_STATE/fuller" bs=4096 2>/dev/null
        on_state rollback > rolled
        grep 'apply: taken back; ' rolled || cat rolled
    else
        grep '^apply:' said | sed 's/.*nothing was changed/nothing was changed/'
        [ ! -e "$XEN_HOST_STATE/pending" ] || echo 'something is pending'
    fi
    as_before
    sleep 1.2
    umount -l "$XEN_HOST_STATE"
    pages=$((pages + STRIDE))
done
"#;

/// The numbers of a sweep's runs that ended in a refusal, in a change that was taken back, and in
/// neither.
fn outcomes(said: &str) -> (usize, usize, usize) {
    let (mut refused, mut done, mut bad) = (0, 0, 0);
    for part in said.split("== ").filter(|p| p.starts_with(|c: char| c.is_ascii_digit())) {
        let (_, part) = part.split_once('\n').unwrap();
        if part == format!("nothing was changed\n{ALL_BACK}") {
            refused += 1;
        } else if part.starts_with("apply: taken back; ") && part.ends_with(ALL_BACK) {
            done += 1;
        } else {
            bad += 1;
        }
    }
    (refused, done, bad)
}

#[test]
fn with_a_full_disk_nothing_is_changed() {
    under_both(&tree(), &SWEEP.replace("STRIDE", "4"), |said| {
        let (refused, done, bad) = outcomes(said);
        assert_eq!(bad, 0, "{said}");
        assert!(refused >= 3 && done >= 3, "{refused} refused, {done} done");
    });
    // Without a look at what was written, it goes ahead and cannot come back.
    let careless = tampered(&[
        ("prepare || die", "prepare || :"),
        (" && [ \"$(cat \"$state/$1.new\")\" = \"$2\" ] &&", ";"),
        ("{ keep deadline", "true || { keep deadline"),
        ("watches 1 \"$id\" || watches 2 \"$id\" ||", "true ||"),
        ("    is_pending \"$id\" || die", "    true || die"),
    ]);
    let Some(said) = under(Shell::System, &careless, &SWEEP.replace("STRIDE", "100")) else {
        return;
    };
    assert_eq!(outcomes(&said).2, 1, "{said}");
}

#[test]
fn nothing_is_installed_behind_a_roll_back() {
    // One that ends by itself, and one that has to be ended.
    for seconds in [4, 1000] {
        let script = format!(
            "{}echo '== apply'; apply --timeout 2 2>&1 | grep apply
taken_back 30
sleep 1
echo '== after'; as_before
",
            slow(seconds)
        );
        under_both(&tree(), &script, |said| {
            let applied = section(said, "apply");
            assert!(applied.ends_with("not to its end\napply said 1\n"), "{applied}");
            assert_eq!(section(said, "after"), ALL_BACK);
        });
    }
    let script = format!(
        "{}apply --timeout 2 > said 2>&1\ntaken_back 30\nsleep 2\necho '== after'; as_before\n",
        slow(6)
    );
    let heedless = tampered(&[
        ("    is_pending \"$id\" || die", "    true || die"),
        ("[ \"${changing:-}\" = yes ] || lock_at_last", "true"),
    ]);
    let Some(said) = under(Shell::System, &heedless, &script) else { return };
    assert_ne!(section(&said, "after"), ALL_BACK);
}

/// A program of the stack that hangs for ever while it is taken back.
#[test]
fn a_program_that_hangs_does_not_keep_it_from_coming_back() {
    let script = "
sed -i 's/^    limit=[0-9][0-9]$/    limit=2/' apply
echo '== apply'; apply --timeout 600 > said; grep apply: said
stand_in ifup 'sleep 1000'
echo '== rollback'; on_state rollback
echo '== after'; ip -4 -o address show dev eth0 | awk '{ print $4 }'; reaches && echo reaches
";
    under_both(&tree(), script, |said| {
        assert!(section(said, "apply").starts_with("apply: done"), "{said}");
        let rolled = section(said, "rollback");
        assert!(rolled.contains("`ifup --force eth0` took more than 2 seconds"), "{rolled}");
        let mut after: Vec<_> = section(said, "after").lines().collect();
        after.sort_unstable();
        assert_eq!(after, ["10.6.0.1", "192.168.1.20/24", "192.168.1.21/24", "reaches"]);
    });
}

#[test]
fn what_is_being_taken_back_is_not_confirmed() {
    let script = r#"
apply --timeout 60 > said 2>&1
stand_in ifup 'touch '"$room"'/rolling; sleep 3; exec /usr/sbin/ifup "$@"'
on_state rollback > rolled &
until_there rolling
echo '== confirm'; on_state confirm
echo '== second'; on_state rollback
wait $!
rm stand-ins/ifup
echo '== late'; on_state confirm
echo '== rolled'; cat rolled
echo '== after'; as_before
"#;
    under_both(&tree(), script, |said| {
        let confirmed = section(said, "confirm");
        let late = "apply: too late: it is being taken back at this moment\napply said 1\n";
        assert_eq!(confirmed, late);
        assert_eq!(section(said, "second"), "apply: it was taken back already\n");
        assert!(section(said, "late").contains("there is nothing to confirm"), "{said}");
        assert!(section(said, "rolled").contains("apply: taken back; "), "{said}");
        assert_eq!(section(said, "after"), ALL_BACK);
    });
    // One that looks at nothing says yes.
    let credulous = tampered(&[
        ("mv \"$state/pending\" \"$state/rolling-back\" 2>/dev/null", "true"),
        ("confirm() {\n    lock ||", "confirm() {\n    true ||"),
    ]);
    let Some(said) = under(Shell::System, &credulous, script) else { return };
    assert!(section(&said, "confirm").contains("apply: confirmed"), "{said}");
}

#[test]
fn what_is_still_being_made_is_not_confirmed() {
    let script = format!(
        r#"{}
(apply --timeout 60 > said 2>&1) &
until_there "$XEN_HOST_STATE/watcher2"; sleep 1
echo '== early'; on_state confirm
wait $!
echo '== in time'; on_state confirm
echo '== after'; facts; true
"#,
        slow(4)
    );
    under_both(&tree(), &script, |said| {
        let early = section(said, "early");
        assert_eq!(early, "apply: wait: the change is still being made\napply said 1\n");
        assert!(section(said, "in time").starts_with("apply: confirmed"), "{said}");
        assert!(section(said, "after").contains("port eth0"), "{said}");
    });
}

#[test]
fn a_change_that_was_killed_half_way_is_not_confirmed_and_taken_back() {
    let script = format!(
        r#"{}
(apply --timeout 8 > said 2>&1) &
until_there "$XEN_HOST_STATE/watcher2"; sleep 0.7
kill -s KILL -- "-$(cat "$XEN_HOST_STATE/changing")"
wait $!
echo '== apply'; grep apply said
echo '== confirm'; on_state confirm
taken_back 30
echo '== after'; as_before
"#,
        slow(5)
    );
    under_both(&tree(), &script, |said| {
        let applied = section(said, "apply");
        assert!(applied.contains("not to its end") && applied.ends_with("said 1\n"), "{applied}");
        let confirmed = section(said, "confirm");
        assert!(confirmed.contains("the change was not made to its end"), "{confirmed}");
        assert_eq!(section(said, "after"), ALL_BACK);
    });
}

#[test]
fn of_two_at_once_one_is_refused() {
    let script = r#"
(apply --timeout 60 > first 2>&1) &
(apply --timeout 60 > second 2>&1) &
wait $!
until grep -q 'apply said\|apply: done' first; do sleep 0.5; done
sleep 2
echo '== both'; cat first second | grep apply
echo '== rollback'; on_state rollback
echo '== after'; as_before
"#;
    under_both(&tree(), script, |said| {
        let both = section(said, "both");
        assert_eq!(both.matches("apply: done").count(), 1, "{both}");
        assert_eq!(both.matches("apply said 1").count(), 1, "{both}");
        let why = ["another `apply` is at work here", "an earlier change waits"];
        assert!(why.iter().any(|why| both.contains(why)), "{both}");
        assert!(section(said, "rollback").contains("apply: taken back; "), "{said}");
        assert_eq!(section(said, "after"), ALL_BACK);
    });
}

#[test]
fn a_file_that_cannot_be_written_takes_all_of_it_back() {
    let script = r#"
mount --bind /etc/xen /etc/xen
mount -o remount,ro,bind /etc/xen
echo '== apply'; apply --timeout 60 2>&1 | grep apply
[ ! -e "$XEN_HOST_STATE/pending" ] || echo pending
umount /etc/xen
echo '== after'; as_before
"#;
    under_both(&tree(), script, |said| {
        let applied = section(said, "apply");
        let why = "apply: cannot write /etc/xen/db.2.cfg; it is taken back";
        assert!(applied.contains(why) && applied.ends_with("apply said 1\n"), "{applied}");
        assert_eq!(section(said, "after"), ALL_BACK);
    });
}

/// The stacks whose programs do not run in a namespace are tested with stand-ins that note their
/// arguments and make no network: the machine is unreachable until all is taken back.
#[test]
fn every_stack_is_told_and_taken_back() {
    for (stack, told) in [
        (Stack::Networkd, "networkctl reload\nnetworkctl reconfigure eth0\n"),
        (Stack::NetworkManager, "nmcli connection reload\nnmcli connection up br0-port\n"),
        (Stack::Netplan, "netplan apply\n"),
        (Stack::Classic, "ifdown br0\nifdown eth0\nservice network restart\n"),
    ] {
        let script = format!(
            r#"
for program in networkctl nmcli netplan service ifdown; do
    stand_in $program "echo \"$program \$*\" >> $room/told"
done
(cd {stack} && find . -type f) | sed 's|^\.||' > files
first=$(head -n 1 files)
mkdir -p "$(dirname "$first")"
echo before > "$first.real"
ln -s "${{first##*/}}.real" "$first"
whole > before
sh ./apply --stack {stack} --yes --timeout 600 > said 2>&1
echo '== told'; cat told
echo '== locked'; reaches || echo 'locked out'
for file in $(cat files); do cmp "$file" "{stack}$file" || echo "$file differs"; done
# As the real ones may do.
ip link set eth0 down
ip link set loose down
on_state rollback > rolled
echo '== after'; as_before; reaches && echo reaches
"#
        );
        let files = host().tree(stack);
        under_both(&files, &script, |said| {
            let heard = section(said, "told");
            assert!(heard.starts_with(told), "{stack}: {heard}");
            assert_eq!(section(said, "locked"), "locked out\n", "{stack}");
            assert_eq!(section(said, "after"), "all as before\nreaches\n", "{stack}");
        });
    }
}
