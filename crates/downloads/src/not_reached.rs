//! The servers that could not be reached: whoever asks for many files need not wait for them each time.

use crate::error::Fault;
use crate::proxies::Proxy;
use http_url::Url;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The servers that could not be reached, with the reason. A clone is the same list; all clients that
/// have it ask none of them again.
#[derive(Debug, Clone, Default)]
pub struct NotReached(Arc<Mutex<BTreeMap<String, String>>>);

impl NotReached {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails if whatever is connected to for that address could not be reached before.
    pub(crate) fn check(&self, url: &Url, proxy: Option<&Proxy>) -> Result<(), Fault> {
        match self.all().get(&peer(url, proxy)) {
            Some(why) => Err(Fault::NotReached(why.clone())),
            None => Ok(()),
        }
    }

    /// Remembers that it could not be reached.
    pub(crate) fn add(&self, url: &Url, proxy: Option<&Proxy>, fault: &Fault) {
        self.all().insert(peer(url, proxy), fault.to_string());
    }
}

/// The name of whatever is connected to.
fn peer(url: &Url, proxy: Option<&Proxy>) -> String {
    match proxy {
        Some(proxy) => proxy.address(),
        None => format!("{} {}", url.is_https(), url.authority()),
    }
}
