//! What the judge says about boots: made up ones, moment by moment, and recorded ones.

use super::*;
use boot_recipes::{OF_ANY_LINUX, signs_of};

const PACE: Pace = Pace {
    rest: Duration::from_secs(30),
    settle: Duration::from_secs(1),
    most: Duration::from_secs(600),
};

/// A moment: seconds since the choice, what the serial port says, the screen's lines, its picture.
type Moment<'a> = (u64, &'a str, &'a [&'a str], u64);

fn chosen(screen: &[&str]) -> Seen {
    let screen = screen.iter().map(|line| (*line).to_owned()).collect();
    Seen { screen, picture: 1, ..Seen::default() }
}

/// The judgement about a boot of "Second" in a menu that begins with "First".
fn judge(goal: Goal, moments: &[Moment<'_>]) -> Option<Judgement> {
    let menu = ["GNU GRUB  version 2.06", " First", "*Second", "Memtest86+ v6 is in this title"];
    let mut watcher = Watcher::new(goal, PACE, ["First", "Second"], chosen(&menu));
    moments.iter().find_map(|(at, serial, screen, picture)| {
        watcher.see(Seen {
            at: Duration::from_secs(*at),
            worked: Duration::from_secs(*at),
            serial: (*serial).to_owned(),
            picture: *picture,
            ..chosen(screen)
        })
    })
}

fn of(recipe: &str) -> Goal {
    Goal::Starts(signs_of(recipe))
}

fn word(goal: Goal, moments: &[Moment<'_>]) -> (&'static str, String) {
    let judgement = judge(goal, moments).expect("a judgement");
    (judgement.verdict.word(), format!("{} {}", judgement.why, judgement.seen.unwrap_or_default()))
}

#[test]
fn a_sign_that_stands_is_the_system_and_one_of_failure_behind_it_is_a_failure() {
    let (linux, login) = ("[    0.000000] Linux version 6.1.0\n", "\ndebian login: ");
    let good = [(1, linux, &[][..], 2), (60, login, &[], 3), (62, "", &[], 3)];
    assert_eq!(word(of("live-boot"), &good).0, "system");
    assert_eq!(judge(of("live-boot"), &good[..2]), None, "not before it has settled");
    let panic = "Kernel panic - not syncing: Attempted to kill init!";
    let bad = [(1, linux, &[][..], 2), (60, login, &[], 3), (60, panic, &[], 3), (62, "", &[], 3)];
    assert_eq!(word(of("live-boot"), &bad).0, "failed");
}

#[test]
fn what_stood_in_the_menu_is_no_sign() {
    let menu = ["GNU GRUB  version 2.06", " First", "*Second", "Memtest86+ v6 is in this title"];
    let (verdict, why) = word(of("memtest86plus"), &[(1, "", &menu, 1), (40, "", &menu, 1)]);
    assert_eq!(verdict, "failed", "{why}");
    assert!(why.contains("GRUB stood still"), "{why}");
    let own = ["Second, and Memtest86+ v6.10   | QEMU TCG CPU"];
    assert_eq!(word(of("memtest86plus"), &[(1, "", &own, 2), (3, "", &own, 3)]).0, "system");
}

#[test]
fn the_menu_again_is_a_failure_with_the_error_that_grub_gave() {
    let error = "error: file `/no-such-kernel' not found.\n\nPress any key to continue...";
    let again = "\n GNU GRUB  version 2.06\n*First\n Second\n";
    let (verdict, why) = word(Goal::Unknown, &[(1, error, &[], 2), (12, again, &[], 1)]);
    assert_eq!(verdict, "failed");
    assert!(why.contains("back to the menu: error: file `/no-such-kernel'"), "{why}");
    // The same where only the screen shows it.
    let menu = ["GNU GRUB  version 2.06", " First", "*Second"];
    let moments = [(1, "", &[error][..], 2), (12, "", &menu, 1)];
    assert!(word(Goal::Unknown, &moments).1.contains("back to the menu"));
    // A GRUB that the entry starts has another menu.
    let other = ["GNU GRUB  version 2.06", "*GNU/Linux", " GNU (aka GNU/Hurd)"];
    let moments = [(1, "", &[][..], 2), (3, "", &other, 3), (5, "", &other, 3)];
    assert_eq!(word(of("grub-rescue"), &moments).0, "system");
}

#[test]
fn grub_says_why_it_does_not_start_something() {
    let said = "error: invalid magic number.\n\nNot loaded: (loop)/isolinux/vmlinuz\n";
    let (verdict, why) =
        word(of("self-contained-installer"), &[(1, said, &[], 2), (3, "", &[], 2)]);
    assert_eq!(verdict, "failed");
    assert!(why.contains("invalid magic number") && why.contains("Not loaded"), "{why}");
    // What a kernel prints is not GRUB's.
    let later = "Linux version 6\nerror: a driver's\nNot loaded: firmware\n";
    let moments =
        [(1, later, &[][..], 2), (5, "", &[], 2), (9, "debian login:", &[], 2), (11, "", &[], 2)];
    assert_eq!(word(Goal::Starts(&OF_ANY_LINUX), &moments).0, "system");
}

#[test]
fn what_comes_to_rest_without_a_sign_is_proven_only_so_far() {
    let kernel = [(1, "Linux version 6.1\n", &[][..], 2), (5, "", &[], 3), (34, "", &[], 3)];
    assert_eq!(judge(of("live-boot"), &kernel), None, "not at rest for long enough");
    let kernel = [kernel[0], kernel[1], (35, "", &[], 3)];
    assert_eq!(word(of("live-boot"), &kernel).0, "kernel");
    let (verdict, why) = word(of("live-boot"), &[(1, "", &[], 2), (31, "", &[], 2)]);
    assert_eq!(verdict, "not proven");
    assert!(why.contains("see the picture"), "{why}");
    let busy: Vec<Moment<'_>> = (0..700).map(|at| (at, "", &[][..], at)).collect();
    assert_eq!(word(Goal::Unknown, &busy).0, "not proven");
}

#[test]
fn an_end_counts_only_where_it_was_asked_for() {
    let end = |goal: Goal, ending| {
        let mut watcher = Watcher::new(goal, PACE, ["First", "Second"], chosen(&[]));
        let seen = Seen { ending: Some(ending), is_over: true, ..Seen::default() };
        watcher.see(seen).unwrap().verdict
    };
    assert_eq!(end(Goal::Ends(Ending::Reset), Ending::Reset), Verdict::System);
    assert_eq!(end(Goal::Ends(Ending::PoweredOff), Ending::Reset), Verdict::Failed);
    assert_eq!(end(of("ipxe"), Ending::Reset), Verdict::Failed);
}

/// A graphical system: its screen cannot be read, and stands still until another console is asked for.
#[test]
fn a_drawn_screen_that_stands_still_is_quiet_and_another_console_may_tell() {
    let run = |there: &[&str]| {
        let goal = Goal::Starts(&OF_ANY_LINUX);
        let mut watcher = Watcher::new(goal, PACE, ["First", "Second"], chosen(&[]));
        let mut see = |at: u64, worked: u64, screen: &[&str], picture: u64| {
            let (at, worked) = (Duration::from_secs(at), Duration::from_secs(worked));
            let judgement = watcher.see(Seen { at, worked, picture, ..chosen(screen) });
            (judgement, watcher.is_quiet())
        };
        // It is drawn, and does nothing any more.
        assert_eq!(see(20, 20, &[], 2), (None, false));
        assert_eq!(see(49, 21, &[], 2), (None, false));
        assert_eq!(see(50, 21, &[], 2), (None, true));
        // Its other console.
        assert_eq!(see(52, 22, there, 3), (None, false));
        see(204, 30, there, 3).0.expect("a judgement").on_another_console()
    };
    let up = run(&["Debian GNU/Linux 12 debian tty3", "debian login:"]);
    assert_eq!(up.verdict, Verdict::System);
    assert_eq!(up.why, "behind its drawn screen, on another console: it came up, and said so");
    let down = run(&["(initramfs)"]);
    assert_eq!(down.verdict, Verdict::Failed);
    assert!(down.why.starts_with("behind its drawn screen, on another console: "), "{}", down.why);
    let silent = run(&[]);
    assert_eq!(silent.verdict, Verdict::NotProven);
    assert!(silent.why.starts_with("nothing changed any more for 152 s"), "{}", silent.why);
}

/// What real boots printed behind the choice, recorded in QEMU.
#[test]
fn recorded_boots_are_judged_right() {
    for (recipe, said, verdict, words) in [
        (
            "self-contained-installer",
            include_str!("transcripts/installer.txt"),
            "system",
            "Select a language",
        ),
        (
            "self-contained-installer",
            include_str!("transcripts/no-initrd.txt"),
            "failed",
            "had no initrd",
        ),
        (
            "self-contained-installer",
            include_str!("transcripts/wrong-rdinit.txt"),
            "failed",
            "had no initrd",
        ),
        (
            "self-contained-installer",
            include_str!("transcripts/zeroed-kernel.txt"),
            "failed",
            "invalid magic number",
        ),
        (
            "self-contained-installer",
            include_str!("transcripts/unreadable-partition.txt"),
            "failed",
            "Cannot open",
        ),
    ] {
        let mut moments: Vec<Moment<'_>> = Vec::new();
        // As it comes: in pieces of some lines.
        let lines: Vec<&str> = said.split_inclusive('\n').collect();
        moments.extend(
            lines.iter().enumerate().map(|(n, line)| (n as u64 / 20, *line, &[][..], 2 + n as u64)),
        );
        let last = moments.len() as u64 / 20;
        moments.extend((1..40).map(|n| (last + n, "", &[][..], 1000)));
        let (is, why) = word(of(recipe), &moments);
        assert_eq!(is, verdict, "{why}");
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn a_menu_with_a_theme_has_no_headline_and_is_known_when_it_comes_back() {
    let menu = ["First", "*Second", "Enter: start"];
    let mut watcher = Watcher::new(of("live-boot"), PACE, ["First", "Second"], chosen(&menu));
    let mut see = |at: u64, screen: &[&str]| {
        let at = Duration::from_secs(at);
        watcher.see(Seen { at, worked: at, picture: at.as_secs() + 1, ..chosen(screen) })
    };
    assert_eq!(see(1, &["error: file `/none' not found."]), None);
    let judgement = see(3, &["*First", "Second", "Enter: start"]).expect("a judgement");
    assert_eq!(judgement.verdict, Verdict::Failed);
    assert!(judgement.why.contains("came back to the menu: error: file"), "{}", judgement.why);
}
