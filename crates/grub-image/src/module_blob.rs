//! The module blob: what GRUB's kernel finds behind itself in memory.

use crate::Error;
use crate::format::module_info::{
    MAGIC, ModuleHeader, ModuleInfo32, ModuleInfo64, OBJ_TYPE_CONFIG, OBJ_TYPE_ELF,
    OBJ_TYPE_MEMDISK, OBJ_TYPE_PREFIX,
};
pub use crate::platform::PointerSize;

/// The objects in a blob, in the order in which it lies there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Objects<'a> {
    /// `.mod` files in load order.
    pub modules: &'a [&'a [u8]],
    /// The image behind `(memdisk)`.
    pub memdisk: Option<&'a [u8]>,
    /// Commands to run before anything else, for the rescue parser: one simple command a line.
    pub config: Option<&'a str>,
    /// The value of `$prefix`.
    pub prefix: &'a str,
}

impl Objects<'_> {
    /// The blob's bytes.
    ///
    /// # Errors
    /// [`Error::NulByte`] in config or prefix, [`Error::PayloadTooLong`] past 4 GiB.
    pub fn to_blob(&self, pointer: PointerSize) -> Result<Vec<u8>, Error> {
        for (what, text) in [("early config", self.config.unwrap_or("")), ("prefix", self.prefix)] {
            if text.contains('\0') {
                return Err(Error::NulByte { what });
            }
        }
        let (head, align) = match pointer {
            PointerSize::Four => (12, 4),
            PointerSize::Eight => (24, 8),
        };
        let mut blob = vec![0; head];
        for module in self.modules {
            put(&mut blob, OBJ_TYPE_ELF, module, module.len(), align)?;
        }
        if let Some(memdisk) = self.memdisk {
            put(&mut blob, OBJ_TYPE_MEMDISK, memdisk, memdisk.len(), crate::SECTOR)?;
        }
        // A text is followed by at least one NUL.
        if let Some(config) = self.config {
            put(&mut blob, OBJ_TYPE_CONFIG, config.as_bytes(), config.len() + 1, align)?;
        }
        put(&mut blob, OBJ_TYPE_PREFIX, self.prefix.as_bytes(), self.prefix.len() + 1, align)?;

        let size = length(blob.len())?;
        let head = match pointer {
            PointerSize::Four => {
                ModuleInfo32 { magic: MAGIC.into(), offset: 12.into(), size: size.into() }
                    .to_bytes()
                    .to_vec()
            }
            PointerSize::Eight => ModuleInfo64 {
                magic: MAGIC.into(),
                pad: 0.into(),
                offset: 24.into(),
                size: u64::from(size).into(),
            }
            .to_bytes()
            .to_vec(),
        };
        blob.splice(..head.len(), head);
        Ok(blob)
    }
}

/// Appends one object: head, data, zeros up to `len` rounded to `align`.
fn put(blob: &mut Vec<u8>, kind: u32, data: &[u8], len: usize, align: usize) -> Result<(), Error> {
    let len = len.next_multiple_of(align);
    let size = length(len)?.checked_add(8).ok_or(Error::PayloadTooLong { len: len as u64 + 8 })?;
    blob.extend(ModuleHeader { kind: kind.into(), size: size.into() }.to_bytes());
    blob.extend(data);
    blob.resize(blob.len() + len - data.len(), 0);
    Ok(())
}

/// A length as the 32 bits the image has for it.
pub(crate) fn length(len: usize) -> Result<u32, Error> {
    u32::try_from(len).map_err(|_| Error::PayloadTooLong { len: len as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_64_bit_blob_with_a_prefix_only() {
        // Vector T7: grub-mkimage -O x86_64-efi -p /boot/grub without modules.
        let blob = Objects { prefix: "/boot/grub", ..Objects::default() };
        let expected = b"mimg\0\0\0\0\x18\0\0\0\0\0\0\0\x30\0\0\0\0\0\0\0\
                         \x03\0\0\0\x18\0\0\0/boot/grub\0\0\0\0\0\0";
        assert_eq!(blob.to_blob(PointerSize::Eight).unwrap(), expected);
    }

    #[test]
    fn objects_are_padded_each_in_its_way() {
        let blob = Objects {
            modules: &[b"abcde"],
            memdisk: Some(b"disk"),
            config: Some("four"),
            prefix: "abc",
        };
        let blob = blob.to_blob(PointerSize::Four).unwrap();
        let mut expected = b"mimg\x0c\0\0\0".to_vec();
        expected.extend((12u32 + 16 + 520 + 16 + 12).to_le_bytes());
        expected.extend(b"\0\0\0\0\x10\0\0\0abcde\0\0\0");
        expected.extend(b"\x01\0\0\0\x08\x02\0\0disk");
        expected.extend([0; 508]);
        // A text whose length is a multiple of 4 already still gets its NUL.
        expected.extend(b"\x02\0\0\0\x10\0\0\0four\0\0\0\0");
        expected.extend(b"\x03\0\0\0\x0c\0\0\0abc\0");
        assert_eq!(blob, expected);
    }

    #[test]
    fn nul_bytes_are_refused() {
        for o in [
            Objects { prefix: "a\0b", ..Objects::default() },
            Objects { config: Some("\0"), ..Objects::default() },
        ] {
            assert!(matches!(o.to_blob(PointerSize::Four), Err(Error::NulByte { .. })));
        }
    }
}
