//! The book in `docs/`: every page is in it, its links hold, it has every key and option, and its examples do
//! what they say.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod commands_page;
mod examples;
mod links;
mod markdown;
mod reference;
mod spec_page;
