//! `core.img` for i386-pc: diskboot.img, lzma_decompress.img and the compressed payload.

use crate::format::diskboot::{Diskboot, FIRST_RUN, LOAD_SEGMENT};
use crate::format::lzma_decompress::{LzmaDecompressHead, NO_RS_LENGTH_UNSET};
use crate::kernel::LINK_ADDRESS;
use crate::module_blob::length;
use crate::sector::sectors_of;
use crate::{Build, Error, Payload, Platform, PlatformFiles, SECTOR, lzma};
use std::sync::Arc;

/// Length of [`LzmaDecompressHead`].
const HEAD_LEN: usize = 0x1C;
/// lzma_decompress.img runs at 0x8200 and must end before the kernel's address.
const LONGEST_DECOMPRESSOR: usize = 0x9000 - 0x8200;
/// One past the last address decompressor and payload may fill, counted from 0x9000.
const LIMIT: u64 = 0x78000;

/// An image as `grub-mkimage -O i386-pc` makes it, not yet told where on the disk it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreImage {
    pub(crate) diskboot: Diskboot,
    pub(crate) head: LzmaDecompressHead,
    /// lzma_decompress.img behind its head.
    pub(crate) decompressor: Arc<[u8]>,
    pub(crate) compressed: Arc<[u8]>,
    modules: Option<Vec<String>>,
    build: Build,
}

impl CoreImage {
    /// Compresses `payload`, which takes longer than all else about an image, and puts the parts together.
    ///
    /// # Errors
    /// As for [`CoreImage::assemble`].
    pub fn compress(files: &PlatformFiles, payload: &Payload) -> Result<Self, Error> {
        Self::assemble(files, payload, lzma::compress(payload.bytes())?)
    }

    /// Puts the parts together. `compressed` is the payload as a raw LZMA1 stream with lc 3, lp 0,
    /// pb 2 by whatever encoder; it is taken at its word.
    ///
    /// # Errors
    /// [`Error`] for a diskboot.img or lzma_decompress.img that is not one, and when the whole is
    /// past the limits of memory.
    pub fn assemble(
        files: &PlatformFiles,
        payload: &Payload,
        compressed: Vec<u8>,
    ) -> Result<Self, Error> {
        let theirs = "diskboot.img and lzma_decompress.img";
        payload.build().check_same("the payload", &files.build()?, theirs)?;
        let file = "lzma_decompress.img";
        let (mut head, decompressor) = decompressor(file, files.get(file)?)?;
        let loaded = HEAD_LEN + decompressor.len() + compressed.len();
        let end = LINK_ADDRESS + loaded as u64;
        if end > LIMIT {
            return Err(Error::CoreTooBig { end, limit: LIMIT, over: end - LIMIT });
        }
        head.compressed_size = length(compressed.len())?.into();
        head.uncompressed_size = length(payload.bytes().len())?.into();
        let mut diskboot = diskboot("diskboot.img", files.get("diskboot.img")?)?;
        // OK to cast: less than LIMIT.
        diskboot.blocklist[FIRST_RUN].len = (sectors_of(loaded) as u16).into();
        Ok(Self {
            diskboot,
            head,
            decompressor: decompressor.into(),
            compressed: compressed.into(),
            modules: Some(payload.modules().to_vec()),
            build: payload.build().clone(),
        })
    }

    /// Reads a core.img that was made before, by whatever program. What it is made of is not
    /// looked into: [`CoreImage::modules`] is empty, and the build's version unknown.
    ///
    /// # Errors
    /// [`Error::BadFile`], [`Error::BadFileSize`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let file = "core.img";
        let wanted = "more than 540";
        let too_short = || Error::BadFileSize { file: file.to_owned(), len: bytes.len(), wanted };
        let (first, rest) = bytes.split_at_checked(SECTOR).ok_or_else(too_short)?;
        let diskboot = diskboot(file, first)?;
        let (says, has) = (diskboot.blocklist[FIRST_RUN].len.get(), sectors_of(rest.len()));
        if u64::from(says) != has {
            let reason = format!("its first sector loads {says} more, and there are {has}");
            return Err(Error::BadFile { file: file.to_owned(), reason });
        }
        let head = rest.first_chunk().ok_or_else(too_short)?;
        let compressed = LzmaDecompressHead::from_bytes(head).compressed_size.get();
        let code = usize::try_from(compressed).ok().and_then(|c| rest.len().checked_sub(c));
        let code = code.and_then(|code| rest.split_at_checked(code));
        let (code, compressed) = code.ok_or_else(|| Error::BadFile {
            file: file.to_owned(),
            reason: format!("its payload is said to have {compressed} bytes, more than it has"),
        })?;
        let (head, code) = decompressor(file, code)?;
        Ok(Self {
            diskboot,
            head,
            decompressor: code.into(),
            compressed: compressed.into(),
            modules: None,
            build: Build { platform: Platform::I386Pc, version: None },
        })
    }

    /// The file `core.img` as `grub-mkimage` writes it: not padded to a sector.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.len());
        out.extend(self.diskboot.to_bytes());
        out.extend(self.head.to_bytes());
        out.extend(&*self.decompressor);
        out.extend(&*self.compressed);
        out
    }

    /// Length of `core.img` in bytes.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        SECTOR + HEAD_LEN + self.decompressor.len() + self.compressed.len()
    }

    /// Sectors it fills.
    pub fn sectors(&self) -> u64 {
        sectors_of(self.len())
    }

    /// The built-in modules' names in load order.
    pub fn modules(&self) -> &[String] {
        self.modules.as_deref().unwrap_or_default()
    }

    /// The name of the payload's contents, for people.
    pub(crate) fn contents(&self) -> String {
        match self.modules.as_deref() {
            Some([_]) => "kernel + 1 module".to_owned(),
            Some(modules) => format!("kernel + {} modules", modules.len()),
            None => "kernel + modules".to_owned(),
        }
    }

    /// The build of GRUB that it is made from.
    pub fn build(&self) -> &Build {
        &self.build
    }

    /// Length of kernel and module blob before compression, in bytes.
    pub fn payload_len(&self) -> usize {
        self.head.uncompressed_size.get() as usize // OK to cast: 32 bits
    }

    /// Length of the compressed payload, in bytes.
    pub fn compressed_len(&self) -> usize {
        self.compressed.len()
    }

    /// The compressed payload: a raw LZMA1 stream, lc 3, lp 0, pb 2.
    pub fn compressed(&self) -> &[u8] {
        &self.compressed
    }
}

fn diskboot(file: &str, bytes: &[u8]) -> Result<Diskboot, Error> {
    let diskboot = Diskboot::from_bytes(sector(file, bytes)?);
    let segment = diskboot.blocklist[FIRST_RUN].segment.get();
    if segment != LOAD_SEGMENT {
        let reason = format!("it loads to segment {segment:#06x}, not {LOAD_SEGMENT:#06x}");
        return Err(Error::BadFile { file: file.to_owned(), reason });
    }
    Ok(diskboot)
}

/// A file of exactly one sector.
pub(crate) fn sector<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a [u8; SECTOR], Error> {
    let wrong = || Error::BadFileSize { file: file.to_owned(), len: bytes.len(), wanted: "512" };
    bytes.try_into().map_err(|_| wrong())
}

fn decompressor<'a>(file: &str, bytes: &'a [u8]) -> Result<(LzmaDecompressHead, &'a [u8]), Error> {
    let wanted = "29 to 3584";
    let wrong_size = || Error::BadFileSize { file: file.to_owned(), len: bytes.len(), wanted };
    if bytes.len() > LONGEST_DECOMPRESSOR {
        return Err(wrong_size());
    }
    let (head, code) = bytes.split_first_chunk::<HEAD_LEN>().ok_or_else(wrong_size)?;
    if code.is_empty() {
        return Err(wrong_size());
    }
    let head = LzmaDecompressHead::from_bytes(head);
    if head.no_rs_length.get() == NO_RS_LENGTH_UNSET {
        let reason = "it does not say how much of it goes without redundancy".to_owned();
        return Err(Error::BadFile { file: file.to_owned(), reason });
    }
    if usize::from(head.no_rs_length.get()) > bytes.len() {
        let reason = "more of it goes without redundancy than it has bytes".to_owned();
        return Err(Error::BadFile { file: file.to_owned(), reason });
    }
    Ok((head, code))
}
