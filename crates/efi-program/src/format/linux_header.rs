//! The places in a Linux kernel that say that it is one.
//!
//! x86: <https://docs.kernel.org/arch/x86/boot.html>;
//! arm64: <https://docs.kernel.org/arch/arm64/booting.html>

/// The offset of [`X86_MAGIC`] in an x86 kernel (`header`).
pub(crate) const X86_HEADER: usize = 0x202;
/// The value of `header`.
pub(crate) const X86_MAGIC: &[u8; 4] = b"HdrS";
/// The offset of the version text's own offset (`kernel_version`), counted from [`X86_SETUP`].
pub(crate) const X86_KERNEL_VERSION: usize = 0x20e;
/// The offset that `kernel_version` counts from.
pub(crate) const X86_SETUP: usize = 0x200;

/// The offset of [`ARM64_MAGIC`] in an arm64 kernel (`magic`).
pub(crate) const ARM64_HEADER: usize = 0x38;
/// The value of `magic`.
pub(crate) const ARM64_MAGIC: &[u8; 4] = b"ARM\x64";
