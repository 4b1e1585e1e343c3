//! The work of `grub-mkpasswd-pbkdf2`, without GRUB: reads a password from standard input and
//! prints its hash for `password_pbkdf2` in grub.cfg, or for a key's spec.
//!
//! ```console
//! $ echo secret | cargo run -q -p grub-config --example mkpasswd
//! grub.pbkdf2.sha512.10000.4F6B…
//! ```
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // a program reads and prints

use grub_config::PasswordHash;
use std::io::{BufRead as _, Read as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err("no password on standard input; try: echo secret | mkpasswd".into());
    }
    let mut salt = [0; 64];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut salt)?;
    println!("{}", PasswordHash::derive(password, &salt, PasswordHash::ITERATIONS)?);
    Ok(())
}
