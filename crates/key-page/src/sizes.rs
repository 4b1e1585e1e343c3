//! Sizes as people read them.

use crate::words::Words;

/// A size in the largest unit of which there is one: `1.5 GiB`; below 1 KiB, in bytes.
pub(crate) fn size(bytes: u64, words: &Words) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let unit = UNITS.iter().enumerate().rfind(|(n, _)| bytes >> (10 * (n + 1)) > 0);
    let Some((n, unit)) = unit else { return self::bytes(bytes, words) };
    let shift = 10 * (n + 1);
    // Tenths, rounded down: no file is shown as larger than it is.
    let tenths = (u128::from(bytes) * 10) >> shift;
    format!("{}{}{} {unit}", tenths / 10, words.decimal, tenths % 10)
}

/// A number of bytes, with a mark after each three digits: `1,288,490,188 bytes`.
pub(crate) fn bytes(bytes: u64, words: &Words) -> String {
    let digits = bytes.to_string();
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push_str(words.thousands);
        }
        out.push(digit);
    }
    format!("{out} {}", words.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn sizes_are_never_more_than_there_is() {
        for (len, text, exact) in [
            (0, "0 bytes", "0 bytes"),
            (1023, "1,023 bytes", "1,023 bytes"),
            (1024, "1.0 KiB", "1,024 bytes"),
            ((1 << 30) - 1, "1023.9 MiB", "1,073,741,823 bytes"),
            (3 << 29, "1.5 GiB", "1,610,612,736 bytes"),
            (u64::MAX, "16777215.9 TiB", "18,446,744,073,709,551,615 bytes"),
        ] {
            assert_eq!(
                (&*size(len, Language::English.words()), &*bytes(len, Language::English.words())),
                (text, exact)
            );
        }
        assert_eq!(size(3 << 29, Language::German.words()), "1,5 GiB");
        assert_eq!(bytes(1 << 20, Language::German.words()), "1.048.576 Bytes");
    }
}
