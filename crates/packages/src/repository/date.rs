//! Dates in Debian's indexes: `Sat, 11 Jul 2026 10:16:37 UTC`.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The seconds since 1970 of a date, if it is one.
pub(super) fn seconds(date: &str) -> Option<u64> {
    let (_, rest) = date.split_once(',')?;
    let mut words = rest.split_ascii_whitespace();
    let day: u64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = 1 + MONTHS.iter().position(|m| m.eq_ignore_ascii_case(month))? as u64;
    let year: u64 = words.next()?.parse().ok()?;
    let mut time = words.next()?.split(':').map(|n| n.parse::<u64>().ok());
    let mut number = || time.next().flatten();
    let (hour, minute, second) = (number()?, number()?, number()?);
    let zone = words.next()?;
    let fits = (1..=31).contains(&day) && (1970..=9999).contains(&year);
    let fits = fits && hour < 24 && minute < 60 && second <= 60 && words.next().is_none();
    if !fits || !["UTC", "GMT", "Z", "+0000"].contains(&zone) {
        return None;
    }
    // Days from civil, with March as the first month.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn dates_are_seconds() {
        // As `date -u -d … +%s` says.
        for (date, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 UTC", 0),
            ("Sat, 11 Jul 2026 10:16:37 UTC", 1_783_764_997),
            ("Tue, 29 Feb 2000 23:59:59 +0000", 951_868_799),
            ("Wed,  1 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Fri, 31 Dec 2100 12:00:00 Z", 4_133_937_600),
        ] {
            assert_eq!(seconds(date), Some(expected), "{date}");
        }
        for bad in [
            "",
            "Sat",
            "Sat, 11 Jul 2026",
            "Sat, 11 Jul 2026 10:16:37",
            "Sat, 11 Jul 2026 10:16:37 CET",
            "Sat, 0 Jul 2026 10:16:37 UTC",
            "Sat, 1 Foo 2026 10:16:37 UTC",
            "Sat, 1 Jul 1969 10:16:37 UTC",
            "Sat, 1 Jul 2026 24:00:00 UTC",
            "Sat, 1 Jul 2026 10:16:37 UTC x",
            "Sat, 1 Jul 99999 1:1:1 UTC",
        ] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
