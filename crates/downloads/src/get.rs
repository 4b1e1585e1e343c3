//! Documents that servers have: indexes, signatures, lists of sums, packages.

use crate::client::Client;
use crate::error::Error;
use crate::exchange::{Request, exchange};
use crate::limits::Limits;
use http_url::Url;
use std::io::Write;

impl Client {
    /// Gets a document, whole.
    ///
    /// # Errors
    /// [`Error::Failed`] with the address, where it led, and what went wrong.
    pub fn get(&self, url: &Url, limits: Limits) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        self.copy(url, limits, &mut all)?;
        Ok(all)
    }

    /// Gets a document, and writes it as it comes. Returns its length. Nothing of it may be used before
    /// all of it is there.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`Error::Out`].
    pub fn copy(&self, url: &Url, limits: Limits, out: &mut dyn Write) -> Result<u64, Error> {
        let request = Request { url, may_leave_https: limits.may_leave_https, range: None };
        let mut answer = exchange(self, &request).map_err(Error::Failed)?;
        answer.copy(limits.max_len, &mut |bytes| out.write_all(bytes).map_err(Error::Out))
    }
}
