//! What the script finds on the key.

/// What the script relies on and only the key knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnKey<'a> {
    /// Path of `memdisk` on the partition `$usbboot`, whether it is there or not.
    pub memdisk: &'a str,
    /// Parameters for every Linux kernel: its consoles.
    pub consoles: &'a [&'a str],
}
