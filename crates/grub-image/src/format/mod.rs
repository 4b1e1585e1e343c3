//! The bytes of GRUB's images, a table for each file that gets patched.
//!
//! Offsets are stable from GRUB 2.00 on; the images and their roles are described in
//! <https://www.gnu.org/software/grub/manual/grub/html_node/Images.html>. Nothing is validated
//! in here.

pub mod boot_sector;
pub mod diskboot;
pub mod foreign_signature;
pub mod gpt;
pub mod lzma_decompress;
pub mod module_info;
