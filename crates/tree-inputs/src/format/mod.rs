//! The bytes of archives, under the specifications' own names. Nothing in here is checked.

pub mod gnu;
pub mod ustar;
