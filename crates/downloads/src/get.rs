//! Small documents: indexes, signatures, lists of sums.

use crate::client::Client;
use crate::error::Error;
use crate::exchange::{Request, exchange};
use crate::limits::Limits;
use http_url::Url;

impl Client {
    /// Gets a document, whole.
    ///
    /// # Errors
    /// [`Error::Failed`] with the address, where it led, and what went wrong.
    pub fn get(&self, url: &Url, limits: Limits) -> Result<Vec<u8>, Error> {
        let request = Request { url, may_leave_https: limits.may_leave_https, range: None };
        let mut answer = exchange(self, &request).map_err(Error::Failed)?;
        let whole = answer.whole(limits.max_len);
        whole.map_err(|fault| Error::Failed(answer.failure(fault)))
    }
}
