//! The blob of modules behind the kernel: one head, then objects.
//! <https://www.gnu.org/software/grub/manual/grub/html_node/Images.html>

use ondisk::{Le32, Le64};

ondisk::ondisk! {
    /// Head of the blob where pointers have 4 bytes.
    pub struct ModuleInfo32 [12] {
        0x00  magic   : Le32 = "\"mimg\".";
        0x04  offset  : Le32 = "First object, from the start of this head: 12.";
        0x08  size    : Le32 = "Length of the blob with this head, in bytes.";
    }

    /// Head of the blob where pointers have 8 bytes.
    pub struct ModuleInfo64 [24] {
        0x00  magic   : Le32 = "\"mimg\".";
        0x04  pad     : Le32 = "Zero.";
        0x08  offset  : Le64 = "First object, from the start of this head: 24.";
        0x10  size    : Le64 = "Length of the blob with this head, in bytes.";
    }

    /// Head of every object, on every platform.
    pub struct ModuleHeader [8] {
        0x00  kind  : Le32 = "What the object is.";
        0x04  size  : Le32 = "Length with this head and its padding, in bytes.";
    }
}

/// Magic number of both heads: the bytes `6d 69 6d 67`, "mimg".
pub const MAGIC: u32 = 0x676D_696D;

/// [`ModuleHeader::kind`]: a `.mod` file.
pub const OBJ_TYPE_ELF: u32 = 0;
/// [`ModuleHeader::kind`]: the image behind the device `(memdisk)`.
pub const OBJ_TYPE_MEMDISK: u32 = 1;
/// [`ModuleHeader::kind`]: the text run before anything else.
pub const OBJ_TYPE_CONFIG: u32 = 2;
/// [`ModuleHeader::kind`]: the value of `$prefix`.
pub const OBJ_TYPE_PREFIX: u32 = 3;
