//! TLS: who is believed, and why a server was not.

use crate::error::Error;
use rustls::{CertificateError, Error as TlsError};
use std::io;
use std::sync::Arc;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// The configuration of TLS, by an implementation without C (ADR 14). Its authorities are those of
/// `roots`, a file of certificates, or else Mozilla's, which are compiled in.
pub(crate) fn config(roots: Option<&[u8]>) -> Result<TlsConfig, Error> {
    let roots = match roots {
        None => RootCerts::WebPki,
        Some(pem) => RootCerts::Specific(Arc::new(certificates(pem)?)),
    };
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls_rustcrypto::provider()))
        .build())
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, Error> {
    let mut all = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => all.push(certificate),
            Ok(_) => {}
            Err(e) => return Err(Error::Roots { why: e.to_string() }),
        }
    }
    match all.is_empty() {
        true => Err(Error::Roots { why: "the file has no certificate in PEM".to_owned() }),
        false => Ok(all),
    }
}

/// The error of TLS behind one of I/O.
pub(crate) fn cause(e: &io::Error) -> Option<&TlsError> {
    let inner = e.get_ref()?;
    inner.downcast_ref().or_else(|| inner.source()?.downcast_ref())
}

/// What an error of TLS means, for people.
pub(crate) fn explained(e: &TlsError) -> String {
    let why = match e {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the server's certificate is by no authority that is trusted here"
        }
        TlsError::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "the server's certificate has expired, or this machine's clock is wrong",
        TlsError::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "the server's certificate is not valid yet, or this machine's clock is wrong",
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "the server's certificate is for another host",
        TlsError::InvalidMessage(_) => "what answers does not speak TLS",
        other => return other.to_string(),
    };
    why.to_owned()
}
