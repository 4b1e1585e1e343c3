//! Adding files to the store that do not come from a server: out of a package, or from another store.

use crate::error::Error;
use crate::store::{Store, Stored, write_error};
use input_file::DigestWriter;
use std::io::{self, BufWriter, Write};

impl Store {
    /// Puts the file with that SHA-256 there, which `write` writes, unless it is there.
    ///
    /// # Errors
    /// Those of `write`; [`Error::Write`], also when what was written has another digest: nothing is
    /// kept then.
    pub fn add<E: From<Error>>(
        &self,
        sha256: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<Stored, E> {
        if let Some(stored) = self.get(sha256)? {
            return Ok(stored);
        }
        let putting = self.put(sha256, &mut || ())?;
        let failed = |e| write_error(&putting.part(), e);
        let mut out = DigestWriter::new(BufWriter::new(putting.open_anew()?));
        let written = write(&mut out);
        let flushed = out.flush().map_err(failed);
        let found = out.finish();
        if let Err(e) = written.and_then(|()| Ok(flushed?)) {
            putting.forget_anew()?;
            return Err(e);
        }
        if found != sha256 {
            putting.forget_anew()?;
            let why = format!("what was to be kept has the SHA-256 {found}, not {sha256}");
            return Err(failed(io::Error::other(why)).into());
        }
        putting.keep_anew()?;
        putting.keep(sha256)?;
        let gone = || failed(io::Error::other("it changed at once")).into();
        self.get(sha256)?.ok_or_else(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use input_file::sha256_hex;
    use std::fs;

    #[test]
    fn only_what_has_its_digest_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path().join("bootkey"));
        let sha256 = sha256_hex(b"the file");
        let add = |bytes: &'static [u8]| {
            let write = |out: &mut dyn Write| {
                out.write_all(bytes).map_err(|e| write_error("x".as_ref(), e))
            };
            store.add::<Error>(&sha256, write)
        };
        let e = add(b"another").unwrap_err().to_string();
        assert!(e.contains(&sha256_hex(b"another")) && e.contains(&sha256), "{e}");
        let broken = |out: &mut dyn Write| {
            out.write_all(b"the").unwrap();
            Err(write_error("y".as_ref(), io::Error::other("full")))
        };
        assert!(store.add::<Error>(&sha256, broken).unwrap_err().to_string().contains("full"));
        assert!(store.get(&sha256).unwrap().is_none() && store.list().unwrap().is_empty());
        let stored = add(b"the file").unwrap();
        assert_eq!(fs::read(&stored.path).unwrap(), b"the file");
        assert_eq!(add(b"not even read").unwrap().path, stored.path);
    }
}
