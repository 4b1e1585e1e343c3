//! The archive in an RPM package: cpio, as rpm writes it.
//! <https://rpm-software-management.github.io/rpm/manual/format_payload.html>
//!
//! ```text
//! 070701 …                      as unpack::newc has it
//!
//! 07070X index                  the same without what the package's header says too: rpm 6, and
//! padding to 4   contents …     packages with files of 4 GiB or more
//! ```
//!
//! Of a file with several names only the last has contents; the others come before it.

use super::files::FileList;
use crate::member::{Counted, MAX_NAME, Member, MemberKind, Stop, Visit, checked_name, invalid};
use std::collections::BTreeMap;
use std::io::{self, Read};
use unpack::newc::{self, FileType};

/// The magic number of stripped members: what the package's header has is left out.
const STRIPPED: &[u8; 6] = b"07070X";
/// Most names that may wait for their contents at a time.
const MAX_PENDING: usize = 1 << 14;

/// A member's header.
struct Head {
    name: Vec<u8>,
    mode: u64,
    len: u64,
    /// Device and inode, the same for all names of one file.
    id: (u64, u64, u64),
    /// Number of the file's names in the archive, this one included.
    links: u64,
}

/// Names of files whose contents come later in the archive, with the files' last names.
#[derive(Default)]
struct Pending {
    names: BTreeMap<(u64, u64, u64), Vec<String>>,
    count: usize,
}

/// Calls `visit` for each member in order, with a reader of its contents; what the visitor leaves
/// unread is skipped. Members whose names are not UTF-8 are checked, but not visited.
pub(super) fn walk(
    input: &mut dyn Read,
    files: &FileList,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    let mut input = Counting { inner: input, at: 0 };
    let (mut pending, mut counted) = (Pending::default(), Counted::default());
    while let Some(head) = head(&mut input, files)? {
        counted.add(&head.name)?;
        let name = checked_name(head.name.strip_prefix(b"/").unwrap_or(&head.name));
        let name = name.map_err(Stop::Unsafe)?;
        let mut contents = (&mut input).take(head.len);
        if let Some(name) = name {
            member(&head, name, &mut pending, &mut contents, visit)?;
        }
        io::copy(&mut contents, &mut io::sink()).map_err(Stop::Read)?;
        if contents.limit() > 0 {
            let why = format!("the archive ends {} bytes too early", contents.limit());
            return Err(Stop::Read(io::Error::new(io::ErrorKind::UnexpectedEof, why)));
        }
        input.align().map_err(Stop::Read)?;
    }
    Ok(())
}

fn member(
    head: &Head,
    name: String,
    pending: &mut Pending,
    contents: &mut io::Take<&mut Counting<'_>>,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    let (kind, len) = match FileType::of_mode(head.mode) {
        FileType::Regular => {
            let waiting = pending.names.get(&head.id).map_or(0, Vec::len) as u64;
            if head.len == 0 && waiting + 1 < head.links {
                return pending.push(head.id, name);
            }
            (MemberKind::File, head.len)
        }
        FileType::Directory => (MemberKind::Directory, head.len),
        FileType::Symlink => {
            let mut target = Vec::new();
            contents.take(MAX_NAME).read_to_end(&mut target).map_err(Stop::Read)?;
            (MemberKind::Symlink(String::from_utf8_lossy(&target).into_owned()), 0)
        }
        FileType::Other => (MemberKind::Other, head.len),
    };
    let aliases = if kind == MemberKind::File { pending.take(head.id) } else { Vec::new() };
    visit(Member { name, kind, len, aliases }, contents)
}

impl Pending {
    fn push(&mut self, id: (u64, u64, u64), name: String) -> Result<(), Stop> {
        self.count += 1;
        if self.count > MAX_PENDING {
            let why = format!("more than {MAX_PENDING} names without contents");
            return Err(Stop::Read(invalid(why)));
        }
        self.names.entry(id).or_default().push(name);
        Ok(())
    }

    fn take(&mut self, id: (u64, u64, u64)) -> Vec<String> {
        let names = self.names.remove(&id).unwrap_or_default();
        self.count -= names.len();
        names
    }
}

/// Reads the next header; `None` at the end of the archive.
fn head(input: &mut Counting<'_>, files: &FileList) -> Result<Option<Head>, Stop> {
    let at = input.at;
    let mut magic = [0; 6];
    input.read_exact(&mut magic).map_err(Stop::Read)?;
    let head = match &magic {
        newc::MAGIC => whole(input)?,
        STRIPPED => {
            let mut digits = [0; 8];
            input.read_exact(&mut digits).map_err(Stop::Read)?;
            let index = newc::number(&digits).ok_or_else(not_hexadecimal)?;
            input.align().map_err(Stop::Read)?;
            let Some(file) = files.get(index) else {
                let why = format!("there is no file {index} in the package's header");
                return Err(Stop::Read(invalid(why)));
            };
            Head {
                name: file.name,
                mode: file.mode,
                len: file.len,
                id: (0, file.device, file.inode),
                links: file.links,
            }
        }
        _ => return Err(Stop::Read(invalid(format!("no member's header at byte {at}")))),
    };
    Ok((head.name != newc::TRAILER).then_some(head))
}

/// Reads what follows the magic of a header that has all numbers, and the name.
fn whole(input: &mut Counting<'_>) -> Result<Head, Stop> {
    let mut numbers = [0; newc::NUMBERS];
    input.read_exact(&mut numbers).map_err(Stop::Read)?;
    let newc::Header { inode: id, mode, links, len, name_len } =
        newc::Header::of_numbers(&numbers).ok_or_else(not_hexadecimal)?;
    if name_len == 0 || name_len > MAX_NAME + 1 {
        return Err(Stop::Read(invalid(format!("a name of {name_len} bytes"))));
    }
    let mut name = Vec::new();
    input.take(name_len).read_to_end(&mut name).map_err(Stop::Read)?;
    if name.len() as u64 != name_len || name.pop() != Some(0) {
        return Err(Stop::Read(invalid("a name without an end")));
    }
    input.align().map_err(Stop::Read)?;
    Ok(Head { name, mode, len, id, links })
}

fn not_hexadecimal() -> Stop {
    Stop::Read(invalid("a number that is not of 8 hexadecimal digits"))
}

/// A reader that counts the bytes it has read, because members are aligned.
struct Counting<'a> {
    inner: &'a mut dyn Read,
    at: u64,
}

impl Read for Counting<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Counting<'_> {
    /// Skips to the next multiple of 4.
    fn align(&mut self) -> io::Result<()> {
        io::copy(&mut self.take(newc::padding(self.at)), &mut io::sink()).map(|_| ())
    }
}
