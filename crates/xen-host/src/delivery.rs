//! The ways in which the files get onto a host: a tree with a script, an archive for an initrd,
//! snippets for installers.

mod facts;
mod initramfs;
mod installers;
mod scripts;

use crate::host::Host;
use crate::{HostFile, Stack};

impl Host {
    /// All files as they lie on a key below `xen/<name>/`: a directory for each stack, the guests,
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
        files.push(HostFile::executable("apply", scripts::apply(self)));
        files.push(HostFile::executable("check", scripts::check(self)));
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
