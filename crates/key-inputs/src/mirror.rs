//! The way to a mirror of a package archive: a directory of this machine, or a server.

use crate::environment::Environment;
use crate::error::Error;
use downloads::{Client, Fault, InvalidUrl, Limits, Url};
use input_file::open_regular;
use packages::repository::{Get, GetError};
use std::io::{self, Read as _, Write};
use std::path::Path;

/// The client of mirrors.
pub(crate) struct MirrorClient(Client);

impl MirrorClient {
    /// The client for the environment's network.
    ///
    /// # Errors
    /// [`Error::Download`] when the settings cannot be used.
    pub(crate) fn new(env: &Environment) -> Result<Self, Error> {
        Ok(Self(Client::new(env.network()?)?))
    }
}

impl Get for MirrorClient {
    fn get(&self, url: &str, max_len: u64, out: &mut dyn Write) -> Result<u64, GetError> {
        match url.strip_prefix("file:").or_else(|| url.strip_prefix("copy:")) {
            Some(path) => local(path, max_len, out),
            None => served(&self.0, url, max_len, out),
        }
    }
}

/// Gets what a server has. An `https` address may lead to an `http` one: what comes is signed.
fn served(client: &Client, url: &str, max_len: u64, out: &mut dyn Write) -> Result<u64, GetError> {
    let failed = |e: downloads::Error| match e {
        // The caller's message names the address.
        downloads::Error::Failed(f) => match f.fault {
            Fault::Status { status: 404 | 410 } => GetError::NotFound,
            Fault::Busy { retry_after, .. } => {
                GetError::Busy { why: f.fault.to_string(), retry_after }
            }
            fault => GetError::Failed(fault.to_string()),
        },
        downloads::Error::Out(e) => GetError::NotKept(e.to_string()),
        other => GetError::Failed(other.to_string()),
    };
    let url: Url = url.parse().map_err(|e: InvalidUrl| GetError::Failed(e.to_string()))?;
    let limits = Limits { max_len, may_leave_https: true };
    client.copy(&url, limits, out).map_err(failed)
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
    let mut file = file.take(max_len.saturating_add(1));
    let (mut buffer, mut len) = (vec![0; 1 << 16], 0);
    loop {
        let read = match file.read(&mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(|e| GetError::Failed(e.to_string()))?,
        };
        len += read as u64;
        match read {
            0 => return Ok(len),
            _ if len > max_len => {
                return Err(GetError::Failed(format!("it is longer than {max_len} bytes")));
            }
            // Another mirror would help no more.
            _ => out.write_all(&buffer[..read]).map_err(|e| GetError::NotKept(e.to_string()))?,
        }
    }
}
