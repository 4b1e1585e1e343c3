//! The `bootkey` command.
fn main() {}
