//! How QEMU runs the guest's instructions.

/// How QEMU runs the guest's instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Accelerator {
    /// By the processor, through the kernel.
    Kvm,
    /// One by one, in a program: ten times as slow, and everywhere the same.
    #[default]
    Tcg,
}

impl Accelerator {
    /// QEMU's name of it.
    pub(crate) fn qemu(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::Tcg => "tcg,thread=multi",
        }
    }
}
