//! The rule: which characters act on the text around them instead of being a part of it.

/// Whether a character reorders the text around it, or breaks its line, which could make a title
/// read as something else on a terminal.
pub fn reorders_text(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// Whether a character has no place in a message as it is: a control character, one that
/// [reorders text](reorders_text), or one that nobody sees.
///
/// The joiners U+200C and U+200D are not among them, because names in Persian and Indian scripts
/// need them.
pub fn acts_on_text(c: char) -> bool {
    c.is_control() || reorders_text(c) || is_invisible(c)
}

/// Whether a character leaves no trace in a line, so that two different names look the same.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{180E}' | '\u{200B}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}')
        || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}
