//! Words from a closed set. Those of a later version are told from those that never were.

use core::fmt;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

macro_rules! choice {
    ($(#[$attr:meta])* $name:ident $what:literal {
        $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+
    } $(later $later:literal: $why:literal)?) => {
        $(#[$attr])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[doc = $doc])+ $variant, )+ }

        impl $name {
            /// Every choice there is.
            pub const ALL: &[Self] = &[$( Self::$variant ),+];

            /// The word in the spec.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl core::str::FromStr for $name {
            type Err = String;

            /// The error says what can be written instead.
            fn from_str(word: &str) -> Result<Self, String> {
                let known = Self::ALL.iter().find(|c| c.as_str() == word);
                known.copied().ok_or_else(|| {
                    let usable: Vec<_> =
                        Self::ALL.iter().map(|c| format!("{:?}", c.as_str())).collect();
                    let usable = usable.join(" or ");
                    $(if word == $later {
                        return format!("{word:?} is not supported yet: {}; use {usable}", $why);
                    })?
                    format!("{word:?} is no {}; use {usable}", $what)
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "enum": [$( $word ),+],
                    "x-taplo": { "docs": { "enumValues": [$( concat!($( $doc ),+).trim() ),+] } },
                })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

choice! {
    /// A kind of partition table.
    Table "partition table" {
        /// Master boot record: four partitions, 2 TiB.
        Mbr = "mbr",
        /// GUID partition table: any size.
        Gpt = "gpt",
        /// GPT, and an MBR that lists the same partitions for firmware that wants one.
        Hybrid = "hybrid",
    }
}

choice! {
    /// A kind of firmware that starts a key.
    Firmware "firmware" {
        /// PC BIOS, or the compatibility module of a UEFI.
        Bios = "bios",
        /// UEFI on 64-bit PCs.
        UefiX64 = "uefi-x64",
        /// UEFI on PCs with 32-bit firmware.
        UefiIa32 = "uefi-ia32",
        /// UEFI on 64-bit ARM.
        UefiArm64 = "uefi-arm64",
    }
}

choice! {
    /// A partition's file system.
    Filesystem "file system" {
        /// Without a journal.
        Ext2 = "ext2",
        /// With a journal.
        Ext3 = "ext3",
        /// With a journal, extents and checksums.
        Ext4 = "ext4",
        /// The file system that everybody reads and writes. Files of up to 4 GiB, no owners.
        Fat32 = "fat32",
    } later "exfat": "bootkey makes none, but a partition that is made again by hand may be exFAT"

}

choice! {
    /// A kind of FAT, for the EFI system partition.
    EspFilesystem "kind of FAT" {
        /// For up to some MiB.
        Fat12 = "fat12",
        /// From about 2 MiB on.
        Fat16 = "fat16",
        /// From 33 MiB on; all firmware reads it.
        Fat32 = "fat32",
    }
}

impl Filesystem {
    /// The family of file systems by which recipes name it, `ext` or `fat`: kernels tell the
    /// members of a family apart by themselves.
    pub fn recipes_name(self) -> &'static str {
        match self {
            Self::Ext2 | Self::Ext3 | Self::Ext4 => "ext",
            Self::Fat32 => "fat",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_others_are_explained() {
        for f in Filesystem::ALL {
            assert_eq!(f.as_str().parse(), Ok(*f));
        }
        let e = |s: &str| s.parse::<Filesystem>().unwrap_err();
        let usable = r#"use "ext2" or "ext3" or "ext4" or "fat32""#;
        let exfat = e("exfat");
        assert!(
            exfat.starts_with(r#""exfat" is not supported yet: bootkey makes none"#),
            "{exfat}"
        );
        assert!(exfat.ends_with(usable), "{exfat}");
        assert_eq!(e("EXT2"), format!(r#""EXT2" is no file system; {usable}"#));
        let e = "apm".parse::<Table>().unwrap_err();
        assert_eq!(e, r#""apm" is no partition table; use "mbr" or "gpt" or "hybrid""#);
    }
}
