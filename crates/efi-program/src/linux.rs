//! Whether the program is a Linux kernel, and which.

use crate::format::linux_header::{
    ARM64_HEADER, ARM64_MAGIC, X86_HEADER, X86_KERNEL_VERSION, X86_MAGIC, X86_SETUP,
};
use serde::Serialize;
use shown_text::shown;

/// Longest version text, in bytes.
const MAX_VERSION: usize = 256;
/// The number of a kernel's first bytes in which all that is read here lies.
pub(crate) const HEAD: usize = X86_SETUP + u16::MAX as usize + MAX_VERSION;

/// A Linux kernel that firmware can start (with an EFI stub).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Linux {
    /// `6.1.0-42-amd64 (debian-kernel@lists.debian.org) #1 SMP …`; only x86 kernels say it.
    pub version: Option<String>,
}

pub(crate) fn read(bytes: &[u8]) -> Option<Linux> {
    let is = |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|b| b.starts_with(magic));
    if is(X86_HEADER, X86_MAGIC) {
        return Some(Linux { version: x86_version(bytes) });
    }
    is(ARM64_HEADER, ARM64_MAGIC).then_some(Linux { version: None })
}

fn x86_version(bytes: &[u8]) -> Option<String> {
    let offset = bytes.get(X86_KERNEL_VERSION..)?.first_chunk().copied().map(u16::from_le_bytes)?;
    let text = bytes.get(X86_SETUP + usize::from(offset)..)?;
    let end = text.iter().take(MAX_VERSION).position(|b| *b == 0)?;
    let text = String::from_utf8_lossy(text.get(..end)?);
    (offset != 0 && !text.is_empty()).then(|| shown(&text))
}
