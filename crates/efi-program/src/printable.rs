//! Text from outside, made fit for people.

/// Text from outside, for people: what a terminal would act on is escaped.
pub(crate) fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut s, c| {
        if c.is_control() {
            s.extend(c.escape_default())
        } else {
            s.push(c)
        }
        s
    })
}
