//! A tree of files as a value: what a file system is made from, before any file system.
//!
//! ```text
//! Directory ── name ─► Node ─┬─ Directory ── …
//!    meta                    ├─ File      content: [ data │ hole │ data ]  by reference
//!    xattrs                  ├─ Symlink   target
//!                            ├─ Special   block or character device, fifo, socket
//!              name ─► Linked ─┐
//!              name ─► Linked ─┴─ one File, Symlink or Special under several names
//! ```
//!
//! Names are checked when they enter ([`Name`]), so a tree can hold nothing that a file system
//! could not: no `/`, no NUL, no `.` or `..`, at most 255 bytes, no name twice. Entries are kept
//! sorted by their bytes, so the order in which a tree was put together leaves no trace.
//! Contents are [`Content`](image_layout::Content)s: bytes in memory, payload by reference, or
//! holes.
//!
//! Hard links own what they link ([`Linked`]): none dangles, none is a directory, and two names
//! cannot disagree about a file. Two trees are equal when they hold the same and the same names
//! belong together.
//!
//! Trees may be as deep as memory allows: nothing in here recurses.
//!
//! ```
//! use file_tree::{Directory, File, FileContent, Meta, Node, Symlink, Timestamp};
//! use image_layout::{Content, SourceId};
//!
//! let time = Timestamp { seconds: 1_246_190_400, nanoseconds: 0 };
//! let mut tree = Directory::new(Meta::root(0o755, time));
//! let meta = Meta::root(0o644, time);
//! tree.insert(b"etc/motd", Node::File(File::new(meta, b"hello\n".to_vec())))?;
//! // The first GiB of it is a hole; the rest lies in some input.
//! let disk = FileContent::from_pieces([
//!     Content::Zero { len: 1 << 30 },
//!     Content::Source { id: SourceId(0), offset: 4096, len: 512 },
//! ])?;
//! tree.insert(b"disk.img", Node::File(File::new(meta, disk)))?;
//! tree.insert(b"motd", Node::Symlink(Symlink::new(meta, b"etc/motd")?))?;
//! tree.link(b"disk.img", b"etc/same.img")?;
//! assert_eq!(tree.links(), vec![vec!["disk.img", "etc/same.img"]]);
//! # Ok::<(), file_tree::TreeError>(())
//! ```

pub mod acl;
mod compact;
mod content;
mod directory;
mod error;
mod leaf;
mod meta;
mod name;
mod node;
mod policy;
mod xattr;

pub use content::FileContent;
pub use error::TreeError;
pub use leaf::{DeviceNumber, File, Special, SpecialKind, Symlink};
pub use meta::{Meta, Timestamp};
pub use name::{Name, NameError};
pub use node::{Directory, FileIdentity, Linked, Node, View};
pub use policy::{MetadataPolicy, Modes, NodeType, Owners, Times, XattrPolicy};
pub use xattr::{XattrName, Xattrs};
