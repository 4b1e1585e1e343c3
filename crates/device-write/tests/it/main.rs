//! Images on media of every kind of ill will, and on loop devices.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics
#![allow(clippy::ptr_arg)] // a slice is no `ReadAt`

mod fake;
mod faults;
mod interrupted;
mod loops;
mod written;
