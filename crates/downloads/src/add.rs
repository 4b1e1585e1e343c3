//! Adding files to the store that do not come by [`download`](crate::download()): out of a package, from
//! another store, or from where a lock's packages are.

use crate::download::Expect;
use crate::error::Error;
use crate::store::{Store, Stored, write_error};
use input_file::DigestWriter;
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};

/// A file that is being added, of which no more is taken than it must have.
#[derive(Debug)]
pub struct Adding {
    out: DigestWriter<BufWriter<File>>,
    max_len: u64,
    left: u64,
}

impl Adding {
    fn new(file: File, max_len: u64) -> Self {
        Self { out: DigestWriter::new(BufWriter::new(file)), max_len, left: max_len }
    }

    /// Forgets what was written: the file comes again from its beginning.
    ///
    /// # Errors
    /// When the file cannot be made empty.
    pub fn empty(&mut self) -> io::Result<()> {
        self.out.flush()?;
        let mut file = self.out.get_ref().get_ref().try_clone()?;
        file.set_len(0)?;
        file.rewind()?;
        *self = Self::new(file, self.max_len);
        Ok(())
    }
}

impl Write for Adding {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            let max = self.max_len;
            let why = format!("it is longer than the {max} bytes that it must have");
            return Err(io::Error::other(why));
        }
        let written = self.out.write(bytes)?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Store {
    /// Puts a file there, which `write` writes, unless it is there.
    ///
    /// # Errors
    /// Those of `write`; [`Error::Write`], also when what was written has another digest: nothing is
    /// kept then.
    pub fn add<E: From<Error>>(
        &self,
        expect: &Expect,
        write: impl FnOnce(&mut Adding) -> Result<(), E>,
    ) -> Result<Stored, E> {
        let Expect { sha256, max_len } = expect;
        if let Some(stored) = self.get(sha256)? {
            return Ok(stored);
        }
        let putting = self.put(sha256, &mut || ())?;
        // Another process may have put it there meanwhile.
        if let Some(stored) = self.get(sha256)? {
            return Ok(stored);
        }
        let failed = |e| write_error(&putting.part(), e);
        let mut adding = Adding::new(putting.open_anew()?, *max_len);
        let written = write(&mut adding);
        let flushed = adding.flush().map_err(failed);
        let len = adding.max_len - adding.left;
        let found = adding.out.finish();
        if let Err(e) = written.and_then(|()| Ok(flushed?)) {
            putting.forget_anew()?;
            return Err(e);
        }
        if found != *sha256 {
            putting.forget_anew()?;
            let why = format!("what was to be kept has the SHA-256 {found}, not {sha256}");
            return Err(failed(io::Error::other(why)).into());
        }
        putting.keep_anew()?;
        putting.keep(sha256, len)?;
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
        let expect = Expect { sha256: sha256.clone(), max_len: 8 };
        let add = |bytes: &'static [u8]| {
            let write =
                |out: &mut Adding| out.write_all(bytes).map_err(|e| write_error("x".as_ref(), e));
            store.add::<Error>(&expect, write)
        };
        let e = add(b"another").unwrap_err().to_string();
        assert!(e.contains(&sha256_hex(b"another")) && e.contains(&sha256), "{e}");
        let e = add(b"the file and more").unwrap_err().to_string();
        assert!(e.contains("longer than the 8 bytes"), "{e}");
        let broken = |out: &mut Adding| {
            out.write_all(b"the").unwrap();
            Err(write_error("y".as_ref(), io::Error::other("full")))
        };
        assert!(store.add::<Error>(&expect, broken).unwrap_err().to_string().contains("full"));
        assert!(store.get(&sha256).unwrap().is_none() && store.list().unwrap().is_empty());
        // What a first server sent is no part of what a second one has.
        let twice = |out: &mut Adding| {
            let write = out.write_all(b"th").and_then(|()| out.empty());
            write
                .and_then(|()| out.write_all(b"the file"))
                .map_err(|e| write_error("z".as_ref(), e))
        };
        let stored = store.add::<Error>(&expect, twice).unwrap();
        assert_eq!(fs::read(&stored.path).unwrap(), b"the file");
        assert_eq!(add(b"not even read").unwrap().path, stored.path);
    }
}
