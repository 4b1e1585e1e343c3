//! The way to a mirror of a package archive: a directory of this machine, or a server.

use crate::environment::Environment;
use crate::error::Error;
use input_file::open_regular;
use packages::repository::{Get, GetError};
use std::io::{self, Read as _, Write};
use std::path::Path;

/// The client of mirrors.
pub(crate) struct MirrorClient {}

impl MirrorClient {
    /// The client by the environment's proxies.
    pub(crate) fn new(_env: &Environment) -> Result<Self, Error> {
        Ok(Self {})
    }
}

impl Get for MirrorClient {
    fn get(&self, url: &str, max_len: u64, out: &mut dyn Write) -> Result<u64, GetError> {
        match url.strip_prefix("file:").or_else(|| url.strip_prefix("copy:")) {
            Some(path) => local(path, max_len, out),
            None => Err(GetError::Failed("only files so far".to_owned())),
        }
    }
}

/// Copies a file of a mirror that is a directory.
fn local(path: &str, max_len: u64, out: &mut dyn Write) -> Result<u64, GetError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let (file, _) = match open_regular(Path::new(path)) {
        Err(input_file::OpenError::Open { source, .. })
            if source.kind() == io::ErrorKind::NotFound =>
        {
            return Err(GetError::NotFound);
        }
        opened => opened.map_err(|e| GetError::Failed(e.to_string()))?,
    };
    let copied = io::copy(&mut file.take(max_len.saturating_add(1)), out);
    match copied.map_err(|e| GetError::Failed(e.to_string()))? {
        len if len > max_len => Err(GetError::Failed(format!("it is longer than {max_len} bytes"))),
        len => Ok(len),
    }
}
