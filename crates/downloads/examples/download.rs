//! Downloads a file into a cache: `download URL SHA256 CACHE`. The benchmark's side of this crate.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // an example does I/O

use downloads::{Client, Expect, Settings, Store, download};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, sha256, cache] = &args[..] else {
        return Err("usage: download URL SHA256 CACHE".into());
    };
    let client = Client::new(Settings::default())?;
    let expect = Expect { sha256: sha256.clone(), max_len: u64::MAX };
    let store = Store::at(cache.into());
    download(&client, &[url.parse()?], &expect, &store, &mut |_| ())?;
    Ok(())
}
