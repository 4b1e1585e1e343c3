//! A guest, for each toolstack.

mod libvirt;
mod xl;

pub(crate) use libvirt::libvirt;
pub(crate) use xl::xl;

use crate::HostFile;
use crate::host::Host;

impl Host {
    /// The guests' files, for `xl` and for libvirt.
    pub fn guest_files(&self) -> Vec<HostFile> {
        self.guests.iter().flat_map(|g| [xl(g, self), libvirt(g, self)]).collect()
    }
}
