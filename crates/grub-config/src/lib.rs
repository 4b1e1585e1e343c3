//! The grub.cfg language: words, quoting, menu entries.
