//! GRUB's core image and boot sector, built on plain bytes.
