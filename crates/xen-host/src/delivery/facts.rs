//! Facts of a host, as shell variables for the scripts.

use crate::host::{Addressing, Host};
use crate::value::Port;

/// The facts for both scripts. No value holds anything that the shell would not read as one word.
pub(super) fn facts(host: &Host) -> String {
    let (port, mac) = match &host.port {
        Port::Name(name) => (name.to_string(), String::new()),
        Port::Mac(mac) => (String::new(), mac.to_string()),
    };
    format!("bridge='{}'\nport='{port}'\nport_mac='{mac}'\n", host.bridge)
}

/// The facts that `check` compares with.
pub(super) fn expected(host: &Host) -> String {
    let (mut address, mut gateway) = (String::new(), String::new());
    if let Addressing::Static { subnet, gateway: way, .. } = &host.addressing {
        address = subnet.to_string();
        gateway = way.map(|g| g.to_string()).unwrap_or_default();
    }
    format!("host='{}'\naddress='{address}'\ngateway='{gateway}'\n", host.name)
}
