//! What a build leaves: the image in some form, and files that say what it is.

use crate::key::{Key, OnProgress};
use crate::{Error, sidecar};
use image_layout::Layout;
use image_write::{DiskIdentity, Durability, Format, Options, Written};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to write.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output {
    /// What the image is put into.
    pub format: Format,
    /// Which files go with it.
    pub sidecars: Sidecars,
    /// When to wait for the disk.
    pub durability: Durability,
}

/// Files beside the image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sidecars {
    /// `key.img.bmap`, which `bmaptool` writes sticks by.
    pub bmap: bool,
    /// `SHA256SUMS`.
    pub checksums: bool,
    /// `key.img.manifest.json`: every byte range, and every input.
    pub manifest: bool,
    /// `key.img.spdx.json`: what the key carries, for whoever keeps inventories.
    pub sbom: bool,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Built {
    /// The image.
    pub image: Written,
    /// The files beside it.
    pub sidecars: Vec<PathBuf>,
}

impl Output {
    fn options(&self, key: &Key) -> Options {
        let Sidecars { bmap, checksums, manifest, sbom } = self.sidecars;
        let plan = key.plan();
        Options {
            format: self.format,
            sha256: checksums || manifest || sbom,
            file_sha256: checksums || manifest,
            region_sha256: manifest || sbom,
            range_sha256: bmap,
            identity: DiskIdentity { uuid: plan.disk_guid.0, time: plan.time },
            threads: None,
            durability: self.durability,
        }
    }
}

impl Key {
    /// Writes the image, and what goes with it, to files. They appear, or are replaced, when
    /// all of them are complete: the image last.
    ///
    /// # Errors
    /// [`Error::Write`]; nothing has changed at `path` then.
    pub fn build(
        &self,
        layout: &Layout,
        path: &Path,
        output: &Output,
        progress: &mut OnProgress<'_>,
    ) -> Result<Built, Error> {
        let Sidecars { bmap, checksums, manifest, sbom } = output.sidecars;
        if bmap && !output.format.is_image() {
            return Err(Error::NoBlockMap { format: output.format });
        }
        self.refuse_input(path)?;
        let beside = |extension: &str| with_extension(&image_name(path, output.format), extension);
        let (image, written) =
            image_write::prepare(layout, self.inputs(), path, output.options(self), progress)?;
        let mut files: Vec<(PathBuf, String)> = Vec::new();
        if bmap {
            let ranges = written.pieces.as_ref().map_or(&[][..], |p| &p.ranges);
            files.push((beside("bmap"), image_write::block_map(written.len, ranges)));
        }
        let about = sidecar::About { key: self, layout, written: &written, path, output };
        if manifest {
            files.push((beside("manifest.json"), about.manifest()));
        }
        if sbom {
            files.push((beside("spdx.json"), about.sbom()));
        }
        if checksums {
            let sums = path.with_file_name("SHA256SUMS");
            let text = about.checksums(&files);
            files.push((sums, text));
        }
        let mut ready = Vec::new();
        for (path, text) in &files {
            self.refuse_input(path)?;
            ready.push(image_write::prepare_bytes(path, text.as_bytes(), output.durability)?);
        }
        ready.into_iter().chain([image]).try_for_each(image_write::Ready::commit)?;
        let sidecars = files.into_iter().map(|(path, _)| path).collect();
        Ok(Built { image: written, sidecars })
    }

    /// Writes the image, in whatever form, to a stream.
    ///
    /// # Errors
    /// [`Error::Write`]; part of it may be written then.
    pub fn build_to(
        &self,
        layout: &Layout,
        out: &mut impl Write,
        output: &Output,
        progress: &mut OnProgress<'_>,
    ) -> Result<Written, Error> {
        self.check_unchanged()?;
        Ok(image_write::to_stream(layout, self.inputs(), out, output.options(self), progress)?)
    }
}

/// The name of the image itself, when a compressed one is unpacked: `key.img` of `key.img.zst`.
fn image_name(path: &Path, format: Format) -> PathBuf {
    if format != Format::Raw && format.is_image() && Format::of_path(path) == Some(format) {
        return path.with_extension("");
    }
    path.to_owned()
}

fn with_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(extension);
    name.into()
}
