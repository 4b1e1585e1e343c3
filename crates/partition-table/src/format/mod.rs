//! The bytes of the tables that are read, under the specifications' own names. Nothing in here is
//! checked.

pub mod gpt;
pub mod mbr;
