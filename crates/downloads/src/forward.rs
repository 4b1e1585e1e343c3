//! Requests to a proxy for files on servers of plain `http`: they name the whole address in place
//! of the path, as proxies expect.
//!
//! `ureq` has every proxy make a tunnel (`CONNECT`). For `https` that is right; for `http` the
//! proxies that people have refuse it: `squid` and `apt-cacher-ng` make tunnels to port 443 alone.

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// The method and the space behind it, with which each request of ours begins.
const METHOD: &[u8] = b"GET ";

/// The resolver that gives the proxy's address, whichever host is asked for.
#[derive(Debug)]
pub(crate) struct ProxyResolver {
    /// The proxy as `http://host:port`.
    pub(crate) proxy: Uri,
}

impl Resolver for ProxyResolver {
    fn resolve(
        &self,
        _: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        DefaultResolver::default().resolve(&self.proxy, config, timeout)
    }
}

/// The connector that makes requests name the whole address.
#[derive(Debug)]
pub(crate) struct WholeAddress;

impl<In: Transport> Connector<In> for WholeAddress {
    type Out = Forwarded<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let authority = details.uri.authority().map(ToString::to_string).unwrap_or_default();
        let origin = format!("http://{authority}");
        Ok(chained.map(|inner| Forwarded { inner, origin }))
    }
}

/// A connection to a proxy, for the files of one server.
#[derive(Debug)]
pub(crate) struct Forwarded<T> {
    inner: T,
    /// The server as `http://host:port`, which goes before the path.
    origin: String,
}

impl<T: Transport> Transport for Forwarded<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let origin = self.origin.as_bytes();
        let output = self.inner.buffers().output();
        let longer = amount + origin.len();
        // The head of a request is sent at once, and nothing follows it.
        if output[..amount].starts_with(METHOD) && longer <= output.len() {
            output.copy_within(METHOD.len()..amount, METHOD.len() + origin.len());
            output[METHOD.len()..][..origin.len()].copy_from_slice(origin);
            return self.inner.transmit_output(longer, timeout);
        }
        Err(std::io::Error::other("the head of the request is too long").into())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }
}
