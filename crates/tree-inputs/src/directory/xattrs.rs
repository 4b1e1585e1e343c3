//! Extended attributes of files on disk.

use super::failure::{Failure, cannot};
use file_tree::{MetadataPolicy, XattrName, XattrPolicy, Xattrs};
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// The attributes of an open file or directory.
pub(super) fn of_open(fd: impl AsFd, policy: &MetadataPolicy) -> Result<Xattrs, Failure> {
    let fd = fd.as_fd();
    collect(
        policy,
        |buf| rustix::fs::flistxattr(fd, buf),
        |name, buf| rustix::fs::fgetxattr(fd, name, buf),
    )
}

/// The attributes of what is not opened: symbolic links, devices, fifos, sockets. The directory is
/// named by its open descriptor in `/proc`, because its path may be too long for a system call or
/// lead elsewhere by now.
pub(super) fn of_entry(
    dir: BorrowedFd<'_>,
    name: &[u8],
    policy: &MetadataPolicy,
) -> Result<Xattrs, Failure> {
    let at = [format!("/proc/self/fd/{}/", dir.as_raw_fd()).as_bytes(), name].concat();
    collect(
        policy,
        |buf| rustix::fs::llistxattr(&at[..], buf),
        |name, buf| rustix::fs::lgetxattr(&at[..], name, buf),
    )
}

fn collect(
    policy: &MetadataPolicy,
    list: impl Fn(&mut [u8]) -> Result<usize, Errno>,
    get: impl Fn(&[u8], &mut [u8]) -> Result<usize, Errno>,
) -> Result<Xattrs, Failure> {
    let mut all = Xattrs::new();
    if policy.xattrs == XattrPolicy::Dropped {
        return Ok(all);
    }
    let fail = cannot("its extended attributes cannot be read");
    // Most files have no attributes or few, so a small buffer is tried first.
    let mut small = [0; 256];
    let names = match list(&mut small) {
        // The file system has no attributes, or this kind of file has none.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(all),
        Err(Errno::RANGE) => {
            // Linux lists at most 64 KiB.
            let mut names = vec![0; Xattrs::VALUE_MAX];
            let len = list(&mut names).map_err(&fail)?;
            names.truncate(len);
            names
        }
        listed => small[..listed.map_err(&fail)?].to_vec(),
    };
    let mut value = Vec::new();
    for name in names.split(|b| *b == 0).filter(|n| policy.keeps_xattr(n)) {
        value.resize(Xattrs::VALUE_MAX, 0);
        let len = get(name, &mut value).map_err(&fail)?;
        all.set(XattrName::new(name)?, &value[..len])?;
    }
    Ok(all)
}
