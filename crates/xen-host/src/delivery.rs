//! How the files get onto a host: a tree with a script, an archive for an initrd, snippets for
//! installers.

mod initramfs;
mod installers;
mod scripts;

use crate::host::{Addressing, Host};
use crate::value::Port;
use crate::{HostFile, Stack};

impl Host {
    /// Everything, as it lies on a key below `xen/<name>/`: a directory for each stack, the guests,
    /// `apply`, `check`, and the snippets for installers.
    ///
    /// `stack` is the one that the installers' snippets install.
    pub fn tree(&self, installed: Stack) -> Vec<HostFile> {
        let below = |dir: &str, file: HostFile| {
            let HostFile { path, mode, text } = file;
            HostFile { path: format!("{dir}/{path}"), mode, text }
        };
        let mut files = Vec::new();
        for stack in Stack::ALL {
            files.extend(self.network_files(stack).into_iter().map(|f| below(stack.name(), f)));
        }
        files.extend(self.guest_files().into_iter().map(|f| below("guests", f)));
        files.push(executable("apply", scripts::apply(self)));
        files.push(executable("check", scripts::check(self)));
        files.push(HostFile::new("kickstart.cfg", installers::kickstart(self, installed)));
        files.push(HostFile::new("preseed.cfg", installers::preseed(self, installed)));
        files
    }

    /// An archive (cpio, "newc") to be appended to the initrd of a live system made with
    /// initramfs-tools, as Debian's and Ubuntu's are: it puts the files of `stack`, the guests and
    /// the check into the live system before that starts. An initrd that it is appended to has to
    /// be padded with zeros to a multiple of 4 bytes.
    pub fn initramfs(&self, stack: Stack) -> Vec<u8> {
        initramfs::archive(self, stack)
    }
}

fn executable(path: &str, text: String) -> HostFile {
    HostFile { mode: 0o755, ..HostFile::new(path, text) }
}

/// What both scripts know of a host, as shell variables. No value has anything in it that the shell
/// would read as more than a word.
fn facts(host: &Host) -> String {
    let (port, mac) = match &host.port {
        Port::Name(name) => (name.to_string(), String::new()),
        Port::Mac(mac) => (String::new(), mac.to_string()),
    };
    format!("bridge='{}'\nport='{port}'\nport_mac='{mac}'\n", host.bridge)
}

/// What the check compares with, likewise.
fn expected(host: &Host) -> String {
    let (mut address, mut gateway) = (String::new(), String::new());
    if let Addressing::Static { subnet, gateway: way, .. } = &host.addressing {
        address = subnet.to_string();
        gateway = way.map(|g| g.to_string()).unwrap_or_default();
    }
    format!("host='{}'\naddress='{address}'\ngateway='{gateway}'\n", host.name)
}
