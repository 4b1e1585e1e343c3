//! The identity of this boot of the machine, which tells whether the power may have been lost since.

use std::fs;

/// The identity of this boot, which Linux makes anew each time; `None` where there is no `/proc`.
pub(crate) fn boot() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id = text.trim_end();
    let plain = |b: u8| b.is_ascii_hexdigit() || b == b'-';
    (id.len() == 36 && id.bytes().all(plain)).then(|| id.to_owned())
}
