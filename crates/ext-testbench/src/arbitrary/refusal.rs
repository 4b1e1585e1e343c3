//! The check that a refusal is right, without the crate's own counting.

use file_tree::{Directory, Node, Timestamp, View};
use fs_ext::{Error, Flavour, InodeCount, InodeSize, Options};

/// Panics unless the tree or the options hold something impossible that explains the error.
pub fn expect_reason(error: &Error, tree: &Directory, options: &Options) {
    let largest = options.block_size.map_or(4096, |b| b.bytes()) as usize;
    let any = |what: &dyn Fn(&Node) -> bool| tree.nodes().any(what);
    let has_reason = match error {
        Error::LostAndFound => {
            tree.get(b"lost+found").is_some_and(|n| !matches!(n, Node::Directory(_)))
        }
        Error::SymlinkTarget { .. } => any(
            &|n| matches!(n.view(), View::Symlink(s) if s.target().len() >= largest.min(2048) || s.target().len() >= 1024),
        ),
        Error::FileTooLarge { max, .. } => {
            // No block map of 1 KiB blocks ends before that.
            *max >= 16 << 30
                && any(&|n| matches!(n.view(), View::File(f) if f.content.len() > *max))
        }
        Error::XattrsTooLarge { available, .. } => {
            let bytes = |n: &Node| -> usize {
                n.xattrs().iter().map(|(name, v)| name.as_bytes().len() + v.len() + 19).sum()
            };
            *available > 900
                && (any(&|n| bytes(n) > *available)
                    || tree
                        .xattrs
                        .iter()
                        .map(|(n, v)| n.as_bytes().len() + v.len() + 19)
                        .sum::<usize>()
                        > *available)
        }
        Error::Time { .. } => {
            let last = match options.inode_size {
                InodeSize::Bytes128 => i64::from(i32::MAX),
                InodeSize::Bytes256 => i64::from(i32::MAX) + (3 << 32),
            };
            let outside = |t: Timestamp| t.seconds < -(1 << 31) || t.seconds > last;
            outside(options.time) || outside(tree.meta.mtime) || any(&|n| outside(n.meta().mtime))
        }
        Error::ReservedPercent { percent } => *percent == 51,
        Error::Feature { .. } => options.flavour == Flavour::Ext4,
        Error::DoesNotFit { smallest: None, needed, .. } => {
            matches!(options.inodes, InodeCount::Exactly(n) if u64::from(n) < needed.inodes + 10)
        }
        Error::TooLarge { .. } => options.inodes == InodeCount::PerBytes(1 << 26),
        _ => false,
    };
    assert!(has_reason, "{error}\n{options:?}");
}
