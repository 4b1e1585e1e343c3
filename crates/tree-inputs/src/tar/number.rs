//! Numbers in headers: octal digits, or base-256.

/// The value of a field: octal digits between spaces and NULs (no digit means 0), or a two's
/// complement big-endian integer whose first byte has the high bit set. `None` if it is neither.
pub(super) fn number(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        let negative = first & 0x40 != 0;
        // The high bit is the mark; the bit below is the sign.
        let top = if negative { i64::from(*first) - 0x100 } else { i64::from(first & 0x7F) };
        return rest
            .iter()
            .try_fold(top, |value, byte| value.checked_mul(256)?.checked_add(i64::from(*byte)));
    }
    let text = field.trim_ascii_start();
    let digits = text.iter().take_while(|b| (b'0'..=b'7').contains(b)).count();
    if text[digits..].iter().any(|b| *b != b' ' && *b != 0) {
        return None;
    }
    text[..digits]
        .iter()
        .try_fold(0i64, |value, digit| value.checked_mul(8)?.checked_add(i64::from(digit - b'0')))
}

/// The number in a text of decimal digits and nothing else.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    let all = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    core::str::from_utf8(text).ok().filter(|_| all)?.parse().ok()
}

/// The time in a pax record: decimal seconds, perhaps negative, perhaps with a fraction.
pub(super) fn time(text: &[u8]) -> Option<file_tree::Timestamp> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = text.splitn(2, |b| *b == b'.');
    let whole = i64::try_from(decimal(parts.next()?)?).ok()?;
    let fraction = parts.next().unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut digits = fraction.iter().map(|d| u32::from(d - b'0'));
    let nanoseconds = (0..9).fold(0, |n, _| n * 10 + digits.next().unwrap_or(0));
    // Before 1970 the fraction counts towards the past.
    let (seconds, nanoseconds) = match (negative, nanoseconds) {
        (false, n) => (whole, n),
        (true, 0) => (-whole, 0),
        (true, n) => (-whole - 1, 1_000_000_000 - n),
    };
    Some(file_tree::Timestamp { seconds, nanoseconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_and_base_256() {
        for (field, want) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"\0\0\0\0", Some(0)),
            (b"77777777777\0", Some(0o77_777_777_777)),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\0", Some(1 << 33)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", Some(-2)),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None),
            (b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"0000648\0", None),
            (b"-1\0", None),
            (b"64 4", None),
            (b"", None),
        ] {
            assert_eq!(number(field), want, "{}", field.escape_ascii());
        }
    }

    #[test]
    fn times_on_both_sides_of_1970() {
        let at = |t: &str| time(t.as_bytes()).map(|t| (t.seconds, t.nanoseconds));
        assert_eq!(at("12"), Some((12, 0)));
        assert_eq!(at("12.5"), Some((12, 500_000_000)));
        assert_eq!(at("12.0000000019"), Some((12, 1)));
        assert_eq!(at("-1"), Some((-1, 0)));
        assert_eq!(at("-0.25"), Some((-1, 750_000_000)));
        for bad in ["", "-", ".5", "1.x", "+1", "99999999999999999999", "1e3", "1.5.5"] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }
}
