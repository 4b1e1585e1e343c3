//! The network stacks: the software that makes the bridge when the host starts.

mod classic;
mod common;
mod interfaces;
mod netplan;
mod network_manager;
mod networkd;

use crate::HostFile;
use crate::host::Host;
use core::fmt;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

/// A network stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Stack {
    /// Red Hat's `ifcfg-*` beside the `xend-config.sxp` of Xen's old toolstack, as in 2009.
    Classic,
    /// Debian's `/etc/network/interfaces`, with bridge-utils. The default, for Debian's live
    /// systems are what a key's dom0 is most likely to be.
    #[default]
    Interfaces,
    /// systemd-networkd.
    Networkd,
    /// NetworkManager's keyfiles.
    NetworkManager,
    /// netplan.
    Netplan,
}

impl Stack {
    /// All stacks.
    pub const ALL: [Self; 5] =
        [Self::Classic, Self::Interfaces, Self::Networkd, Self::NetworkManager, Self::Netplan];

    /// The stack's name, in a spec and as a directory on the key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Interfaces => "interfaces",
            Self::Networkd => "networkd",
            Self::NetworkManager => "network-manager",
            Self::Netplan => "netplan",
        }
    }

    /// The stack with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stack| stack.name() == name)
    }
}

impl<'de> Deserialize<'de> for Stack {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        Self::named(&name).ok_or_else(|| {
            let usable: Vec<_> = Self::ALL.iter().map(|s| format!("{:?}", s.name())).collect();
            let usable = usable.join(" or ");
            de::Error::custom(format!("{name:?} is no network stack; use {usable}"))
        })
    }
}

impl Serialize for Stack {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl JsonSchema for Stack {
    fn schema_name() -> Cow<'static, str> {
        "Stack".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::name) })
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Host {
    /// The files that make the bridge, in one network stack.
    pub fn network_files(&self, stack: Stack) -> Vec<HostFile> {
        files(self, stack)
    }
}

fn files(host: &Host, stack: Stack) -> Vec<HostFile> {
    match stack {
        Stack::Classic => classic::files(host),
        Stack::Interfaces => interfaces::files(host),
        Stack::Networkd => networkd::files(host),
        Stack::NetworkManager => network_manager::files(host),
        Stack::Netplan => netplan::files(host),
    }
}
