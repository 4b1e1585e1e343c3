//! Whether the conditions of a recipe or a brand hold for an ISO.

use crate::evidence_rank::EvidenceRank;
use crate::marker::Holds;
use crate::recipe::When;
use iso_probe::IsoFacts;

/// Whether a set of conditions holds for an ISO, as far as the facts tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fits {
    /// They hold. The text says why, as the rest of a sentence about the ISO: "has /ipxe.krn".
    Because(String),
    /// At least one does not hold, whatever the initrds hold that were not unpacked.
    Not,
    /// The answer depends on initrds that were not unpacked.
    Unread,
}

impl Fits {
    /// The reason why the conditions hold, if it is certain that they do.
    pub(crate) fn why(self) -> Option<String> {
        match self {
            Self::Because(why) => Some(why),
            Self::Not | Self::Unread => None,
        }
    }
}

/// Whether `when` holds for `facts`. One condition that fails is decisive, even if others are
/// uncertain. If a menu or an initrd speaks in favour, a marker in `none` counts against it only if
/// it is no weaker kind of evidence.
pub(crate) fn fits(when: &When, facts: &IsoFacts) -> Fits {
    if when.size_at_most.is_some_and(|most| facts.file_size_bytes > most) {
        return Fits::Not;
    }
    let mut unread = false;
    let held = when.all.iter().chain(&when.any).filter(|m| m.find(facts).is_some());
    let proof = held.map(EvidenceRank::of).max().filter(|rank| *rank >= EvidenceRank::Menu);
    for marker in &when.none {
        match marker.holds(facts) {
            Holds::Yes(_) if Some(EvidenceRank::of(marker)) < proof => {}
            Holds::Yes(_) => return Fits::Not,
            Holds::Unread => unread = true,
            Holds::No => {}
        }
    }
    let mut found = Vec::new();
    for marker in &when.all {
        match marker.holds(facts) {
            Holds::Yes(what) => found.push(marker.why(&what)),
            Holds::Unread => unread = true,
            Holds::No => return Fits::Not,
        }
    }
    let any: Vec<_> = when.any.iter().map(|marker| (marker, marker.holds(facts))).collect();
    // The best evidence is the reason; of several kinds that are alike, the first.
    let best = any.iter().rev().filter_map(|(marker, holds)| match holds {
        Holds::Yes(what) => Some((EvidenceRank::of(marker), marker.why(what))),
        Holds::No | Holds::Unread => None,
    });
    match best.max_by_key(|(rank, _)| *rank) {
        Some((_, why)) => found.push(why),
        None if any.iter().any(|(_, holds)| *holds == Holds::Unread) => unread = true,
        None if !any.is_empty() => return Fits::Not,
        None => {}
    }
    if unread {
        return Fits::Unread;
    }
    Fits::Because(match found.as_slice() {
        [] => "is left over by every recipe".to_owned(),
        [all @ .., last] if !all.is_empty() => format!("has {} and {last}", all.join(", ")),
        one => format!("has {}", one.concat()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use iso_probe::Initrd;

    fn when(text: &str) -> When {
        toml::from_str(text).unwrap()
    }

    /// What is known decides where it can; what is not known is never taken for absent.
    #[test]
    fn conditions_over_initrds_that_were_not_unpacked() {
        let mut facts = IsoFacts { volume_id: "A".into(), ..IsoFacts::default() };
        let rows = [
            // Nothing known of the initrd; it has the name; it does not.
            ("any = ['label:A', 'initrd:init']", "yes", "yes", "yes"),
            ("any = ['label:B', 'initrd:init']", "unread", "yes", "no"),
            ("all = ['label:A', 'initrd:init']", "unread", "yes", "no"),
            ("all = ['label:B', 'initrd:init']", "no", "no", "no"),
            ("all = ['label:A']\nnone = ['initrd:init']", "unread", "no", "yes"),
            ("all = ['label:B']\nnone = ['initrd:init']", "no", "no", "no"),
            // A label does not count against what an initrd shows.
            ("all = ['initrd:init']\nnone = ['label:A']", "no", "yes", "no"),
        ];
        let says = |text: &str, facts: &IsoFacts| match fits(&when(text), facts) {
            Fits::Because(_) => "yes",
            Fits::Not => "no",
            Fits::Unread => "unread",
        };
        for (text, unread, with, without) in rows {
            facts.initrds.clear();
            facts.unread_initrds = vec!["/initrd".into()];
            assert_eq!(says(text, &facts), unread, "{text}");
            facts.unread_initrds.clear();
            let mut initrd = Initrd::default();
            facts.initrds.insert("/initrd".into(), initrd.clone());
            assert_eq!(says(text, &facts), without, "{text}");
            initrd.names.insert("init".into());
            facts.initrds.insert("/initrd".into(), initrd);
            assert_eq!(says(text, &facts), with, "{text}");
        }
        // What is known of one initrd is enough, whatever is in the other.
        facts.unread_initrds = vec!["/other".into()];
        assert_eq!(says("all = ['initrd:init']", &facts), "yes");
        // Another name in an initrd does count against it, and so does a label against a label.
        assert_eq!(says("any = ['initrd:init']\nnone = ['initrd:ini?']", &facts), "no");
        assert_eq!(says("any = ['label:A', 'initrd:x']\nnone = ['label:A']", &facts), "no");
    }
}
