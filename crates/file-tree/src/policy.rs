//! The policy by which a source's metadata become those of a tree.

use crate::{Meta, Timestamp, Xattrs};

/// The rule for what to do with owners, modes, times and extended attributes of a source, such as a
/// directory on disk or an archive.
///
/// ```
/// use file_tree::{MetadataPolicy, Owners, Times, Timestamp};
///
/// // What an unprivileged user wants for a root file system, reproducibly.
/// let epoch = Timestamp { seconds: 1_700_000_000, nanoseconds: 0 };
/// let policy = MetadataPolicy {
///     owners: Owners::Pinned { uid: 0, gid: 0 },
///     times: Times::NoLaterThan(epoch),
///     ..MetadataPolicy::KEEP
/// };
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataPolicy {
    /// Owners and groups.
    pub owners: Owners,
    /// Permissions.
    pub modes: Modes,
    /// Times of modification.
    pub times: Times,
    /// Extended attributes.
    pub xattrs: XattrPolicy,
}

/// Owners and groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Owners {
    /// The owners in the source.
    Kept,
    /// The same owner and group for every node. ACLs keep the ids that they name.
    Pinned { uid: u32, gid: u32 },
}

/// Permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Modes {
    /// The modes in the source.
    Kept,
    /// 0755 for directories and for files that anybody may execute, 0644 for other files,
    /// devices, fifos and sockets, 0777 for symbolic links; neither setuid, setgid nor sticky.
    Normalized,
}

/// Times of modification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// The times in the source.
    Kept,
    /// The same time for every node.
    Pinned(Timestamp),
    /// The times of the source, but none later than this.
    NoLaterThan(Timestamp),
}

/// Extended attributes. Those outside `user.`, `trusted.`, `security.` and the two POSIX ACLs
/// describe the file system that they come from, and are never kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum XattrPolicy {
    /// No extended attributes.
    Dropped,
    /// All attributes are kept.
    Kept,
    /// The attributes whose names start with one of these: `user.`, `security.capability`.
    Only(Vec<Vec<u8>>),
}

/// The type of node that a mode belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum NodeType {
    Directory,
    File,
    Symlink,
    Special,
}

/// The names under which XFS shows root its ACLs a second time, in its own format. They say nothing
/// that `system.posix_acl_*` does not say, and mean nothing to other file systems.
/// <https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/fs/xfs/xfs_acl.h>
const XFS_ACLS: [&[u8]; 2] = [b"trusted.SGI_ACL_FILE", b"trusted.SGI_ACL_DEFAULT"];

impl MetadataPolicy {
    /// The policy that keeps everything as in the source.
    pub const KEEP: Self = Self {
        owners: Owners::Kept,
        modes: Modes::Kept,
        times: Times::Kept,
        xattrs: XattrPolicy::Kept,
    };

    /// The metadata that `meta` becomes.
    pub fn meta(&self, meta: Meta, node: NodeType) -> Meta {
        let (uid, gid) = match self.owners {
            Owners::Kept => (meta.uid, meta.gid),
            Owners::Pinned { uid, gid } => (uid, gid),
        };
        let mode = match (self.modes, node) {
            (Modes::Kept, _) => meta.mode & 0o7777,
            (Modes::Normalized, NodeType::Symlink) => 0o777,
            (Modes::Normalized, NodeType::Directory) => 0o755,
            (Modes::Normalized, NodeType::File) if meta.mode & 0o111 != 0 => 0o755,
            (Modes::Normalized, NodeType::File | NodeType::Special) => 0o644,
        };
        let mtime = match self.times {
            Times::Kept => meta.mtime,
            Times::Pinned(time) => time,
            Times::NoLaterThan(time) => meta.mtime.min(time),
        };
        Meta { mode, uid, gid, mtime }
    }

    /// Whether an attribute of this name is kept.
    pub fn keeps_xattr(&self, name: &[u8]) -> bool {
        let known = [&b"user."[..], b"trusted.", b"security."].iter().any(|p| name.starts_with(p))
            || crate::acl::is_acl(name);
        known
            && !XFS_ACLS.contains(&name)
            && match &self.xattrs {
                XattrPolicy::Dropped => false,
                XattrPolicy::Kept => true,
                XattrPolicy::Only(prefixes) => prefixes.iter().any(|p| name.starts_with(p)),
            }
    }

    /// Drops the attributes that are not kept.
    pub fn xattrs(&self, mut xattrs: Xattrs) -> Xattrs {
        xattrs.retain(|name| self.keeps_xattr(name.as_bytes()));
        xattrs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::XattrName;

    fn at(seconds: i64) -> Timestamp {
        Timestamp { seconds, nanoseconds: 5 }
    }

    #[test]
    fn each_part_is_kept_or_pinned() {
        let meta = Meta { mode: 0o4751, uid: 1000, gid: 100, mtime: at(50) };
        assert_eq!(MetadataPolicy::KEEP.meta(meta, NodeType::File), meta);
        let pinned = MetadataPolicy {
            owners: Owners::Pinned { uid: 0, gid: 7 },
            modes: Modes::Normalized,
            times: Times::Pinned(at(9)),
            ..MetadataPolicy::KEEP
        };
        let want = Meta { mode: 0o755, uid: 0, gid: 7, mtime: at(9) };
        assert_eq!(pinned.meta(meta, NodeType::File), want);
        assert_eq!(pinned.meta(meta, NodeType::Special).mode, 0o644);
        assert_eq!(pinned.meta(meta, NodeType::Symlink).mode, 0o777);
        let late =
            |limit| MetadataPolicy { times: Times::NoLaterThan(at(limit)), ..MetadataPolicy::KEEP };
        assert_eq!(late(49).meta(meta, NodeType::File).mtime, at(49));
        assert_eq!(late(51).meta(meta, NodeType::File).mtime, at(50));
    }

    #[test]
    fn attributes_of_known_namespaces() {
        let mut all = Xattrs::new();
        let acl = b"system.posix_acl_access";
        for name in [&b"user.a"[..], b"security.capability", acl, b"system.nfs4_acl", b"btrfs.c"] {
            all.set(XattrName::new(name).unwrap(), b"\x02\0\0\0").unwrap();
        }
        let with = |xattrs| {
            let kept = MetadataPolicy { xattrs, ..MetadataPolicy::KEEP }.xattrs(all.clone());
            kept.iter().map(|(n, _)| n.to_string()).collect::<Vec<_>>()
        };
        let known = ["security.capability", "system.posix_acl_access", "user.a"];
        assert_eq!(with(XattrPolicy::Kept), known);
        assert_eq!(with(XattrPolicy::Only(vec![b"security.".to_vec()])), known[..1]);
        assert_eq!(with(XattrPolicy::Dropped), [""; 0]);
    }
}
