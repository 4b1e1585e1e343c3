//! The key that is written: its bytes, which of them have an owner, and whose they are.
//!
//! ```text
//! key.toml, bootkey.lock ───────────────────────► a key that is planned   for the device, with --grow
//! https://… ─► cache ─┐
//! key.img, key.img.zst ┴─ --grow, its record ───► a key that is planned   for the device
//!                      └─ as it is ─────────────► an image, read here and there
//! raspios.img.xz ───────────────────────────────► a stream, read from its start
//! ```

mod block_map;
mod download;
mod owned;
mod planned;
mod watched;

use self::watched::Watched;
use crate::cli::Write;
use crate::failure::Failure;
use crate::progress::Meter;
use crate::say::Say;
use bootkey::explain::{Explanation, explain};
use bootkey::key_read::{Content, Disk, DiskImage, ReadAt, StreamedImage, recognise};
use bootkey::{KeyImage, LockFile, Progress, key_read};
use device_write::{Image, Mismatch};
use std::io;
use std::ops::Range;
use std::path::Path;

/// A key for one device.
pub(super) struct Source {
    bytes: Bytes,
    owned: Vec<Range<u64>>,
    /// The image file. The inputs of a key that is planned are watched by that.
    file: Option<Watched>,
}

/// The bytes of a key.
enum Bytes {
    /// An image that is there, with what its record or its structure says of it.
    Image(DiskImage, Explanation),
    /// A key that is planned.
    Planned(Box<KeyImage>),
    /// A compressed image that is only read in order. Of that nobody knows whose its bytes are.
    Stream(StreamedImage),
}

impl Source {
    /// Opens the key for a device of so many bytes. Whether it fits is seen when it is written.
    pub(super) fn open(args: &Write, device: u64, say: &Say) -> Result<Self, Failure> {
        refuse_idle_options(args)?;
        if is_spec(&args.key) {
            return Ok(planned::of_spec(args, device, say)?.into());
        }
        let downloaded = download::downloaded(args, say)?;
        let path = downloaded.as_deref().unwrap_or(&args.key);
        if args.grow {
            block_map::check(path, &DiskImage::open(path)?, args.progress, say)?;
            return Ok(planned::of_key(path, args, device, say)?.into());
        }
        let opened = Self::of_file(path, device, args, say)?;
        block_map::check(path, opened.bytes(), args.progress, say)?;
        Ok(opened)
    }

    /// An image file as it is.
    fn of_file(path: &Path, device: u64, args: &Write, say: &Say) -> Result<Self, Failure> {
        let file = Watched::new(path);
        let image = match DiskImage::open(path) {
            Ok(image) if image.raw_file().is_none() => image,
            opened @ (Ok(_) | Err(key_read::Error::Container { .. })) => {
                match unpacked(path, device, args, say)? {
                    Some(streamed) => return Self::of_stream(streamed, path, file),
                    None => opened?,
                }
            }
            Err(e) => return Err(e.into()),
        };
        refuse_unknown(&image, path)?;
        let explanation = explain(path)?;
        let owned = owned::owned(&image, &explanation.ranges)?;
        Ok(Self { bytes: Bytes::Image(image, explanation), owned, file })
    }

    fn of_stream(
        streamed: StreamedImage,
        path: &Path,
        file: Option<Watched>,
    ) -> Result<Self, Failure> {
        refuse_unknown(&streamed, path)?;
        let owned = std::iter::once(0..streamed.len()).collect();
        Ok(Self { bytes: Bytes::Stream(streamed), owned, file })
    }

    fn bytes(&self) -> &(dyn ReadAt + Sync) {
        match &self.bytes {
            Bytes::Image(image, _) => image,
            Bytes::Planned(key) => &**key,
            Bytes::Stream(streamed) => streamed,
        }
    }

    /// What is written.
    pub(super) fn image(&self) -> Image<'_> {
        Image { bytes: self, owned: &self.owned }
    }

    /// An error if the image file was changed since it was opened.
    pub(super) fn check_unchanged(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), Watched::check)
    }

    /// The next step if the device is too small for it, where there is one.
    pub(super) fn if_too_small(&self, args: &Write) -> &'static str {
        match &self.bytes {
            Bytes::Image(_, explanation) if explanation.made_by.is_some() => {
                "; if what is on the key fits, --grow lays it out for the device, and \
                 `bootkey set KEY key.size=auto -o NEW` makes a smaller one"
            }
            // A lock says how large the key is.
            Bytes::Planned(_)
                if !args.grow && !args.spec.locked && !LockFile::is_one(&args.key) =>
            {
                "; --grow makes it as large as the device, or set key.size in the spec"
            }
            _ => "",
        }
    }

    /// Whose the wrong bytes are.
    pub(super) fn whose(&self, wrong: &Mismatch) -> String {
        let Mismatch { offset, len } = wrong;
        let owner = match &self.bytes {
            Bytes::Image(_, explanation) => {
                let ranges = &explanation.ranges;
                let at = ranges.partition_point(|range| range.offset + range.len <= *offset);
                ranges.get(at).map(|range| range.owner.as_str())
            }
            Bytes::Planned(key) => key.owner(*offset),
            Bytes::Stream(_) => None,
        };
        let owner = owner.filter(|owner| !owner.is_empty()).unwrap_or("nobody that is known");
        format!("byte {offset}, {len} bytes: of {}", shown_text::shown(owner))
    }
}

impl From<KeyImage> for Source {
    fn from(key: KeyImage) -> Self {
        Self { owned: key.owned(), bytes: Bytes::Planned(Box::new(key)), file: None }
    }
}

impl ReadAt for Source {
    fn len(&self) -> u64 {
        self.bytes().len()
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        if offset == 0 {
            // The start is written last: by then the file must be what it was.
            self.check_unchanged()?;
        }
        self.bytes().read_exact_at(offset, buf)
    }
}

/// A compressed image that only its start leads into, if it is one.
fn unpacked(
    path: &Path,
    device: u64,
    args: &Write,
    say: &Say,
) -> Result<Option<StreamedImage>, Failure> {
    let mut meter = None;
    let streamed = StreamedImage::open(path, device, &mut |done, total| {
        let meter = meter.get_or_insert_with(|| {
            let mut meter = Meter::new(args.progress, say);
            meter.phase("unpacking");
            meter
        });
        meter.writing(&Progress { region: "unpacking", done, total });
    });
    if let Some(meter) = meter {
        meter.finish();
    }
    Ok(streamed?)
}

/// Whether the key is to be made of a spec, or of a lock.
pub(super) fn is_spec(path: &Path) -> bool {
    LockFile::is_one(path) || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"))
}

/// Options that would change nothing are refused.
fn refuse_idle_options(args: &Write) -> Result<(), Failure> {
    let (is_spec, is_address) = (is_spec(&args.key), download::is_address(&args.key));
    let of_a_spec = "is for a spec (*.toml); KEY is an image";
    let of_an_address = "is for the address of a file (https://…); KEY is a file";
    let of_a_key = "is for a key that is laid out anew: with --grow, and no spec";
    let (cli, strays) = (&args.spec, &args.strays);
    let idle = [
        ("--locked", cli.locked && !is_spec, of_a_spec),
        ("--grub", !cli.grub.is_empty() && !is_spec, of_a_spec),
        ("--offline", cli.offline && !is_spec && !is_address, of_a_spec),
        ("--sha256", args.download.sha256.is_some() && !is_address, of_an_address),
        ("--sums", args.download.sums.is_some() && !is_address, of_an_address),
        ("--adopt", strays.adopt && (!args.grow || is_spec), of_a_key),
        ("--drop", strays.drop && (!args.grow || is_spec), of_a_key),
    ];
    match idle.into_iter().find(|(_, idle, _)| *idle) {
        Some((option, _, why)) => Err(Failure::Option { option, message: why.to_owned() }),
        None => Ok(()),
    }
}

/// Refuses what is no image of a disk: somebody's document, or an archive that has one in it.
fn refuse_unknown(image: &dyn ReadAt, path: &Path) -> Result<(), Failure> {
    let disk = Disk::read(image)?;
    let known = disk.is_known() || {
        let content = recognise(disk.whole()).map_err(key_read::Error::from)?;
        matches!(content, Content::Known { .. })
    };
    match known {
        true => Ok(()),
        false => Err(Failure::NothingKnown { path: path.to_owned() }),
    }
}
