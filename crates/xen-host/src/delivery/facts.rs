//! What the scripts know of a host, as shell variables.

use crate::host::{Addressing, Host};
use crate::value::Port;

/// What both scripts know of a host, as shell variables. No value has anything in it that the shell
/// would read as more than a word.
pub(super) fn facts(host: &Host) -> String {
    let (port, mac) = match &host.port {
        Port::Name(name) => (name.to_string(), String::new()),
        Port::Mac(mac) => (String::new(), mac.to_string()),
    };
    format!("bridge='{}'\nport='{port}'\nport_mac='{mac}'\n", host.bridge)
}

/// What the check compares with, likewise.
pub(super) fn expected(host: &Host) -> String {
    let (mut address, mut gateway) = (String::new(), String::new());
    if let Addressing::Static { subnet, gateway: way, .. } = &host.addressing {
        address = subnet.to_string();
        gateway = way.map(|g| g.to_string()).unwrap_or_default();
    }
    format!("host='{}'\naddress='{address}'\ngateway='{gateway}'\n", host.name)
}
