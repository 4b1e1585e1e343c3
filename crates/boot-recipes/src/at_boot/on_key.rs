//! The facts about a key that the script depends on.

/// The facts about a key that the script depends on.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnKey<'a> {
    /// The path on the partition `$usbboot` at which the script looks for `memdisk`.
    pub memdisk: &'a str,
    /// The parameters that name the consoles, for every Linux kernel.
    pub consoles: &'a [&'a str],
}
