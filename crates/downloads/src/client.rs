//! The client: how servers are reached, set up once and used for all downloads.

use crate::deadline::Watched;
use crate::error::Error;
use crate::forward::{ProxyResolver, WholeAddress};
use crate::limits::Pace;
use crate::not_reached::NotReached;
use crate::proxies::{Proxies, Proxy};
use crate::tls;
use http_url::Url;
use std::fmt;
use std::sync::Arc;
use ureq::Agent;
use ureq::config::Config;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector as _, RustlsConnector, TcpConnector,
};
use ureq::{Proxy as Tunnel, ProxyProtocol};

/// Longest head of an answer, in bytes. Servers limit those of requests to 8 KiB.
const MAX_HEAD: usize = 32 << 10;

/// Bytes that are taken from a connection at once. They are copied to where they are hashed and written,
/// which costs next to nothing as long as both places are in a processor's own cache. The longest head must
/// fit in.
const BUFFER: usize = 64 << 10;

/// How the network is reached, and how patiently.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The proxies.
    pub proxies: Proxies,
    /// The certificates of the authorities that say who a server is, in PEM. Without them, those
    /// that Mozilla trusts, which are compiled in.
    pub roots: Option<Vec<u8>>,
    /// The patience with slow servers.
    pub pace: Pace,
    /// The servers that are not asked, because they could not be reached before.
    pub not_reached: NotReached,
}

/// The client of HTTP and HTTPS. A clone is the same client; threads may share it.
#[derive(Clone)]
pub struct Client(Arc<Parts>);

struct Parts {
    proxies: Proxies,
    pace: Pace,
    not_reached: NotReached,
    direct: Agent,
    /// The agents for `http` and for `https` through a proxy.
    forwarded: Option<Agent>,
    tunnelled: Option<Agent>,
}

impl Client {
    /// The client with these settings. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Error::Roots`] when the certificates are none; [`Error::Proxy`].
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let Settings { proxies, roots, pace, not_reached } = settings;
        let tls = tls::config(roots.as_deref())?;
        let config = |tunnel| {
            Config::builder()
                .tls_config(tls.clone())
                .proxy(tunnel)
                // Redirects are followed here: where they lead matters.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false)
                .user_agent(concat!("bootkey/", env!("CARGO_PKG_VERSION")))
                // Digests and ranges are of the file's own bytes, so servers are not to compress
                // them.
                .accept_encoding("identity")
                .max_response_header_size(MAX_HEAD)
                .input_buffer_size(BUFFER)
                .timeout_resolve(Some(pace.patience))
                .timeout_connect(Some(pace.patience))
                .timeout_send_request(Some(pace.patience))
                .timeout_recv_response(Some(pace.patience))
                .timeout_per_read(Some(pace.window.max(pace.patience)))
                .build()
        };
        let tunnel = proxies.https.as_ref().map(tunnel).transpose().map_err(|_| bad_proxy())?;
        let forwarded = |proxy: &Proxy| {
            let proxy = format!("http://{}", proxy.address()).parse();
            let resolver = ProxyResolver { proxy: proxy.map_err(|_| bad_proxy())? };
            let connector = ().chain(TcpConnector::default()).chain(Watched).chain(WholeAddress);
            Ok::<_, Error>(Agent::with_parts(config(None), connector, resolver))
        };
        // The connectors that `ureq` uses by default, with the one that keeps the deadline below
        // TLS.
        let agent = |tunnel| {
            let connector =
                ().chain(ConnectProxyConnector::default())
                    .chain(TcpConnector::default())
                    .chain(Watched)
                    .chain(RustlsConnector::default());
            Agent::with_parts(config(tunnel), connector, DefaultResolver::default())
        };
        Ok(Self(Arc::new(Parts {
            direct: agent(None),
            forwarded: proxies.http.as_ref().map(forwarded).transpose()?,
            tunnelled: tunnel.map(|tunnel| agent(Some(tunnel))),
            proxies,
            pace,
            not_reached,
        })))
    }

    /// The patience with slow servers.
    pub(crate) fn pace(&self) -> Pace {
        self.0.pace
    }

    /// The servers that could not be reached.
    pub(crate) fn not_reached(&self) -> &NotReached {
        &self.0.not_reached
    }

    /// The agent that reaches that address, and the proxy through which it does.
    pub(crate) fn agent(&self, url: &Url) -> (&Agent, Option<&Proxy>) {
        let proxy = self.0.proxies.for_url(url);
        let through = if url.is_https() { &self.0.tunnelled } else { &self.0.forwarded };
        match (proxy, through) {
            (Some(proxy), Some(agent)) => (agent, Some(proxy)),
            _ => (&self.0.direct, None),
        }
    }
}

fn bad_proxy() -> Error {
    Error::Proxy { variable: "the proxy".to_owned(), why: "it has no address" }
}

fn tunnel(proxy: &Proxy) -> Result<Tunnel, ureq::Error> {
    let builder = Tunnel::builder(ProxyProtocol::Http).host(&proxy.host).port(proxy.port);
    match &proxy.user {
        Some((name, password)) => builder.username(name).password(password).build(),
        None => builder.build(),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("proxies", &self.0.proxies).finish_non_exhaustive()
    }
}
