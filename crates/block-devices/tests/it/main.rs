//! Machines that are made of files: what of their devices is offered, and what is said of the others.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod contents;
mod decisions;
mod hostile;
mod machine;
mod this_machine;
mod told;
