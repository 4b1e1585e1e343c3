//! Walking DER: an element, then the next.

use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use shown_text::shown;

/// Elements that follow each other.
#[derive(Clone)]
pub(super) struct Walk<'a>(SliceReader<'a>);

impl<'a> Walk<'a> {
    /// A walk over the elements that `bytes` consist of.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        SliceReader::new(bytes).ok().map(Self)
    }

    /// The next element, whatever it is; `None` at the end, or when it is no DER.
    pub(super) fn next(&mut self) -> Option<AnyRef<'a>> {
        AnyRef::decode(&mut self.0).ok()
    }

    /// The bytes of the next element, its tag and length among them.
    pub(super) fn next_whole(&mut self) -> Option<&'a [u8]> {
        self.0.tlv_bytes().ok()
    }

    /// Whether the next element is of that kind.
    pub(super) fn is_next(&self, tag: Tag) -> bool {
        Tag::peek(&self.0).is_ok_and(|t| t == tag)
    }

    /// The contents of the next element if it is of that kind; it is passed over only then.
    pub(super) fn take(&mut self, tag: Tag) -> Option<&'a [u8]> {
        if !self.is_next(tag) {
            return None;
        }
        self.next().map(|e| e.value())
    }

    /// The elements in the next one, if it is a sequence.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        Self::new(self.take(Tag::Sequence)?)
    }

    /// The elements in the next one, if it is a set.
    pub(super) fn set(&mut self) -> Option<Self> {
        Self::new(self.take(Tag::Set)?)
    }
}

/// The tag `[number]` of an element that holds others.
pub(super) fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: der::TagNumber(number) }
}

/// The tag `[number]` of an element that holds bytes.
pub(super) fn context_primitive(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: false, number: der::TagNumber(number) }
}

/// The text of a string, of whatever kind it is, safe to print.
pub(super) fn text(any: AnyRef<'_>) -> String {
    let bytes = any.value();
    if any.tag() == Tag::BmpString {
        let units = bytes.as_chunks().0.iter().map(|b| u16::from_be_bytes(*b));
        let units: Vec<u16> = units.collect();
        return shown(&String::from_utf16_lossy(&units));
    }
    shown(&String::from_utf8_lossy(bytes))
}
