//! The processors that programs are for.

use serde::{Deserialize, Serialize};

use crate::format::pe;
use crate::image::coff_header_at;
use crate::source::{Source, of_slice};

/// A processor architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Machine {
    /// 32-bit PC.
    X86,
    /// 64-bit PC.
    X86_64,
    /// 32-bit ARM.
    Arm,
    /// 64-bit ARM.
    Arm64,
    /// 64-bit RISC-V.
    Riscv64,
    /// 64-bit LoongArch.
    #[serde(rename = "loongarch64")]
    LoongArch64,
    /// Itanium.
    Ia64,
    /// Any other, or a damaged header.
    Other,
}

impl Machine {
    /// The machine of the PE program that starts with `head`; `None` when it is none.
    pub fn of_program(head: &[u8]) -> Option<Self> {
        let mut read_at = of_slice(head);
        let head = Source::new(head.len(), &mut read_at);
        let at = coff_header_at(&head).ok()? + pe::SIGNATURE.len();
        head.array(at).map(|number| Self::from_number(u16::from_le_bytes(number)))
    }

    /// The machine with this number in [`pe::CoffHeader::machine`].
    pub(crate) fn from_number(number: u16) -> Self {
        match number {
            pe::IMAGE_FILE_MACHINE_I386 => Self::X86,
            pe::IMAGE_FILE_MACHINE_AMD64 => Self::X86_64,
            pe::IMAGE_FILE_MACHINE_ARM
            | pe::IMAGE_FILE_MACHINE_THUMB
            | pe::IMAGE_FILE_MACHINE_ARMNT => Self::Arm,
            pe::IMAGE_FILE_MACHINE_ARM64 => Self::Arm64,
            pe::IMAGE_FILE_MACHINE_RISCV64 => Self::Riscv64,
            pe::IMAGE_FILE_MACHINE_LOONGARCH64 => Self::LoongArch64,
            pe::IMAGE_FILE_MACHINE_IA64 => Self::Ia64,
            _ => Self::Other,
        }
    }

    /// The word for it in recipes and in recorded facts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::X86_64 => "x86-64",
            Self::Arm => "arm",
            Self::Arm64 => "arm64",
            Self::Riscv64 => "riscv64",
            Self::LoongArch64 => "loongarch64",
            Self::Ia64 => "ia64",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Machine::{self, Arm, Arm64, Ia64, LoongArch64, Other, Riscv64, X86, X86_64};

    #[test]
    fn recorded_facts_have_the_same_words() {
        for machine in [X86, X86_64, Arm, Arm64, Riscv64, LoongArch64, Ia64, Other] {
            let word = serde_json::to_string(&machine).unwrap();
            assert_eq!(word, format!("{:?}", machine.as_str()));
        }
    }

    #[test]
    fn programs_by_their_headers() {
        let mut program = vec![0; 0x100];
        program[..2].copy_from_slice(b"MZ");
        program[0x3c] = 0x80;
        program[0x80..0x86].copy_from_slice(b"PE\0\0\x64\x86");
        assert_eq!(Machine::of_program(&program), Some(X86_64));
        assert_eq!(Machine::of_program(&program[..0x86]), Some(X86_64));
        assert_eq!(Machine::of_program(&program[..0x85]), None);
        program[0x84..0x86].copy_from_slice(&[0x4c, 1]);
        assert_eq!(Machine::of_program(&program), Some(X86));
        program[0x3c..0x40].fill(0xff);
        assert_eq!(Machine::of_program(&program), None);
    }
}
