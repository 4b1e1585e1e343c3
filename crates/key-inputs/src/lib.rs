//! Reads the outside: spec files, ISOs, GRUB installations, packages.
