//! The record that an image of a list was made, by which a later run knows that it need not be made again.
//!
//! It lies beside the image, as `.NAME.made`, or for very long names `.SHA256.made`:
//!
//! ```text
//! bootkey made this
//! inputs 5f0c…               SHA-256 of all that decides about the bytes, and of the form
//! file 2049 131 33554432 …   the stamp of the image; then those of the files beside it
//! sum 81ab…  north.img       lines that SHA256SUMS must have
//! ```

use crate::error::Error;
use crate::key::Key;
use crate::output::{Built, Output};
use crate::sidecar::{self, sums};
use crate::surveyed::Surveyed;
use image_write::Durability;
use input_file::{FileStamp, open_regular, sha256_hex, sha256_of};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{ErrorKind::NotFound, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The first line of every record.
const MARK: &str = "bootkey made this\n";
/// Longest name of a file on Linux, in bytes.
pub(super) const MAX_NAME: usize = 255;
/// Longest record, in bytes.
const MAX: u64 = 64 << 10;

/// An image as it would be recorded once it is made.
#[derive(Debug)]
pub struct Made {
    image: PathBuf,
    inputs: String,
}

impl Made {
    /// The record of the image at `path` that a key with these inputs becomes.
    ///
    /// # Errors
    /// [`Error`] when this program cannot be read: another one may make other bytes.
    pub fn of(surveyed: &Surveyed, path: &Path, output: &Output) -> Result<Self, Error> {
        let Surveyed { spec, inventory, files, .. } = surveyed;
        let mut text = format!("program {}\n{output:?}\n{}", program()?, spec.to_toml());
        let mut put = |line: std::fmt::Arguments<'_>| {
            // OK to ignore: a text takes everything.
            let _ = writeln!(text, "{line}");
        };
        put(format_args!("{:?}", path.file_name()));
        files.stamps().for_each(|stamp| put(format_args!("file {}", stamp.to_line())));
        for grub in &inventory.grub.platforms {
            put(format_args!("grub {} {:?}", grub.platform, grub.origin));
        }
        let signed = inventory.grub.signed.iter();
        let programs = signed.flat_map(|s| [Some(&s.shim), Some(&s.grub), s.mok_manager.as_ref()]);
        let programs = programs.flatten().map(|program| &program.asset);
        let answers = inventory.isos.iter().filter_map(|iso| iso.answers.as_ref());
        let assets = programs.chain(&inventory.grub.font).chain(&inventory.memdisk).chain(answers);
        assets.for_each(|asset| put(format_args!("asset {:?}", asset.origin)));
        put(format_args!("packages {:?}", inventory.grub.packages));
        for iso in &inventory.isos {
            put(format_args!("iso {:?} {:?}", iso.file_name, iso.package));
        }
        put(format_args!("{:?}", inventory.xen));
        Ok(Self { image: path.to_owned(), inputs: sha256_hex(text.as_bytes()) })
    }

    /// The path of the record.
    pub fn path(&self) -> PathBuf {
        record_path(&self.image)
    }

    /// Whether the image is there, made of these inputs by this program, and it and what is beside it
    /// were not touched since.
    pub fn is_there(&self) -> bool {
        let Some(text) = read(&self.path()) else { return false };
        let mut lines = text.lines().skip(1);
        if lines.next().and_then(|line| line.strip_prefix("inputs ")) != Some(&*self.inputs) {
            return false;
        }
        let list = sums::read_only(&self.sums()).unwrap_or_default();
        let mut images = 0;
        let holds = lines.all(|line| match line.split_once(' ') {
            Some(("file", rest)) => {
                images += 1;
                let Some((name, stamp)) = rest.split_once("\t") else { return false };
                let now = std::fs::metadata(self.image.with_file_name(name));
                let now = now.map(|metadata| FileStamp::from(&metadata));
                now.is_ok_and(|now| FileStamp::from_line(stamp) == Some(now))
            }
            Some(("sum", sum)) => list.split(|b| *b == b'\n').any(|line| line == sum.as_bytes()),
            _ => false,
        });
        holds && images > 0
    }

    /// Refuses to replace a file at the record's path that is none: somebody else's.
    ///
    /// # Errors
    /// [`Error::NotOurs`].
    pub fn refuse_others(&self) -> Result<(), Error> {
        let path = self.path();
        let failed = |source| Error::Sidecar { path: path.clone(), source };
        match path.try_exists().map_err(failed)? && read(&path).is_none() {
            true => Err(Error::NotOurs { path, what: "a record of bootkey's" }),
            false => Ok(()),
        }
    }

    /// Writes the record of the image that was built.
    ///
    /// # Errors
    /// [`Error`] when it cannot be written; the image is there nevertheless.
    pub fn record(&self, key: &Key, built: &Built) -> Result<(), Error> {
        self.refuse_others()?;
        let path = self.path();
        let gone = || Error::Sidecar { path: self.image.clone(), source: NotFound.into() };
        let mut text = format!("{MARK}inputs {}\n", self.inputs);
        let sums = self.sums();
        for (file, stamp) in built.stamps.as_ref().ok_or_else(gone)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // OK to ignore: a text takes everything.
            let _ = writeln!(text, "file {name}\t{}", stamp.to_line());
        }
        if built.sidecars.contains(&sums) {
            let list = sums::read(&sums)?;
            let ours = std::iter::once(&self.image).chain(&built.sidecars);
            for name in ours.filter_map(|file| file.file_name()) {
                for line in sums::about(&list, name.as_encoded_bytes()) {
                    // OK to ignore: a text takes everything.
                    let _ = writeln!(text, "sum {line}");
                }
            }
        }
        let durability = Durability::Always;
        let ready =
            image_write::write_bytes_unnamed(&path, text.as_bytes(), key.inputs(), durability)?;
        Ok(ready.commit()?)
    }

    fn sums(&self) -> PathBuf {
        self.image.with_file_name(sidecar::SUMS)
    }
}

/// The path of the record beside an image. Where its name would be longer than a file system takes, it has
/// the digest of the image's name instead.
pub(crate) fn record_path(image: &Path) -> PathBuf {
    let of = image.file_name().unwrap_or_default();
    let mut name = OsString::from(".");
    if of.len() + "..made".len() > MAX_NAME {
        name.push(sha256_hex(of.as_encoded_bytes()));
    } else {
        name.push(of);
    }
    name.push(".made");
    image.with_file_name(name)
}

/// A record's text; `None` if there is none, or it is something else.
fn read(path: &Path) -> Option<String> {
    let (file, _) = open_regular(path).ok()?;
    let mut text = String::new();
    file.take(MAX).read_to_string(&mut text).ok()?;
    text.starts_with(MARK).then_some(text)
}

/// The SHA-256 of this program. Its version would not do: two builds of one may differ.
fn program() -> Result<&'static str, Error> {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    if let Some(known) = PROGRAM.get() {
        return Ok(known);
    }
    // The link leads to the program that runs, even if another one has its path by now.
    let path = Path::new("/proc/self/exe");
    let digest = std::fs::File::open(path).and_then(sha256_of);
    let digest = digest.map_err(|source| Error::Sidecar { path: path.to_owned(), source })?;
    Ok(PROGRAM.get_or_init(|| digest))
}
