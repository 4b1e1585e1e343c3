//! What udev has found out about a device, and keeps in a file that everybody may read.

use crate::System;
use std::collections::BTreeMap;

/// The properties of a block device in udev's database.
#[derive(Debug, Default)]
pub(crate) struct Properties(BTreeMap<String, String>);

impl Properties {
    /// The properties of the device with this number, such as `8:16`. `None`: udev does not know it.
    pub fn of(system: &System, number: &str) -> Option<Self> {
        let text = system.read(format!("/run/udev/data/b{number}")).ok()?;
        let properties = text.lines().filter_map(|line| line.strip_prefix("E:")?.split_once('='));
        Some(Self(properties.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A value as it was before udev wrote odd bytes as `\x20`.
    pub fn decoded(&self, name: &str) -> Option<String> {
        let text = self.get(name)?.as_bytes();
        let (mut out, mut at) = (Vec::new(), 0);
        while at < text.len() {
            match escape(&text[at..]) {
                Some(byte) => {
                    out.push(byte);
                    at += 4;
                }
                None => {
                    out.push(text[at]);
                    at += 1;
                }
            }
        }
        Some(String::from_utf8_lossy(&out).into_owned())
    }
}

/// The byte that `\x20` at the start of a text stands for.
fn escape(text: &[u8]) -> Option<u8> {
    let digits = text.strip_prefix(b"\\x")?.get(..2)?;
    let digits = core::str::from_utf8(digits).ok()?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}
