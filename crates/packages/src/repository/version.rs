//! Debian's order of versions. <https://manpages.debian.org/deb-version.7>

use core::cmp::Ordering;

/// Whether version `a` is higher than `b`, as dpkg compares them.
pub fn is_higher(a: &str, b: &str) -> bool {
    compare(a, b).is_gt()
}

/// Compares two versions: `[epoch:]upstream[-revision]`.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    let number = |text: &str| text.trim_start_matches('0').to_owned();
    let epochs = (number(a.0), number(b.0));
    by_number(&epochs.0, &epochs.1).then_with(|| part(a.1, b.1)).then_with(|| part(a.2, b.2))
}

fn parts(version: &str) -> (&str, &str, &str) {
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, upstream, revision)
}

/// Compares by turns a run of other characters and a run of digits.
fn part(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (word_a, word_b) = (run(&mut a, false), run(&mut b, false));
        let longest = word_a.len().max(word_b.len());
        let ranks = |word: &str| -> Vec<i32> {
            (0..longest).map(|at| rank(word.as_bytes().get(at))).collect()
        };
        let order = ranks(word_a).cmp(&ranks(word_b));
        let order = order.then_with(|| by_number(run(&mut a, true), run(&mut b, true)));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Takes the run of digits, or of other characters, off the beginning of `text`.
fn run<'a>(text: &mut &'a str, digits: bool) -> &'a str {
    let end = text.bytes().position(|b| b.is_ascii_digit() != digits).unwrap_or(text.len());
    let (run, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    *text = rest;
    run
}

/// The rank of a character, or of the end of a text (`None`), in the order of versions: tilde, then
/// the end, then letters, then all others.
fn rank(byte: Option<&u8>) -> i32 {
    match byte {
        Some(b'~') => -1,
        None => 0,
        Some(b) if b.is_ascii_alphabetic() => i32::from(*b),
        Some(b) => 256 + i32::from(*b),
    }
}

/// Compares two numbers in decimal, however long.
fn by_number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbench::{oracle, run};

    const IN_ORDER: [&str; 20] = [
        "0~~",
        "0~~a",
        "0~",
        "0",
        "0.1~rc1-1",
        "0.1-1",
        "0.1-1+b1",
        "0.1a-1",
        "0.1+dfsg-1",
        "0.2-0",
        "0.10-1",
        "1.0~bpo12+1",
        "1.0",
        "1.0-1",
        "1.0-1.1",
        "2.06-13+deb12u1",
        "2.06-13+deb12u10",
        "2.12-9",
        "1:0.5",
        "10:0",
    ];

    #[test]
    fn versions_are_in_debians_order() {
        for (i, a) in IN_ORDER.iter().enumerate() {
            for (j, b) in IN_ORDER.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} {b}");
            }
        }
        for (a, b) in [("1.0", "0:1.00"), ("1.0", "1.0-0"), ("0", "00"), ("1.", "1.0")] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn dpkg_agrees() {
        let Some(dpkg) = oracle("dpkg") else { return };
        for pair in
            IN_ORDER.windows(2).chain([["1.0", "1.00"], ["2.0-1", "1:1"]].iter().map(|p| &p[..]))
        {
            let order = compare(pair[0], pair[1]);
            for (relation, expected) in
                [("lt", Ordering::Less), ("eq", Ordering::Equal), ("gt", Ordering::Greater)]
            {
                let mut command = dpkg.command();
                command.args(["--compare-versions", pair[0], relation, pair[1]]);
                let says = run(&mut command).status;
                assert_eq!(says, Some(i32::from(order != expected)), "{pair:?} {relation}");
            }
        }
    }
}
