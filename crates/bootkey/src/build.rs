//! The writing of a key, and of the files beside it.

use crate::error::Error;
use crate::key::Key;
use crate::output::{Built, Output, Sidecars};
use crate::sidecar::{self, SidecarKind, proof, sums};
use image_layout::Layout;
use image_write::{DiskIdentity, List, Options, Progress, Ready, Together, Written};
use input_file::FileStamp;
use std::io::Write;
use std::ops::ControlFlow;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A function that is called after each piece that is written, and can stop the writing.
pub type OnProgress<'a> = dyn FnMut(Progress<'_>) -> ControlFlow<()> + 'a;

/// The options of the writer.
fn options(output: &Output, key: &Key) -> Options {
    let Sidecars { bmap, checksums, manifest, sbom, page, page_language: _ } = output.sidecars;
    let plan = key.plan();
    Options {
        format: output.format,
        sha256: checksums || manifest || sbom || page || key.expected().is_some(),
        file_sha256: checksums || manifest || page,
        region_sha256: manifest || sbom || page,
        range_sha256: bmap,
        identity: DiskIdentity { uuid: plan.disk_guid.0, time: plan.time },
        threads: None,
        durability: output.durability,
    }
}

impl Key {
    /// Writes the image to a file, which appears, or is replaced, when it is complete.
    ///
    /// # Errors
    /// [`Error::Write`]; nothing has changed at `path` then.
    pub fn write(&self, path: &Path, progress: &mut OnProgress<'_>) -> Result<Written, Error> {
        Ok(self.build(path, &Output::default(), progress)?.image)
    }

    /// Writes the image to a stream, every byte in order.
    ///
    /// # Errors
    /// [`Error::Write`]; part of the image may be written then.
    pub fn write_to(
        &self,
        out: &mut impl Write,
        progress: &mut OnProgress<'_>,
    ) -> Result<Written, Error> {
        self.build_to(out, &Output::default(), progress)
    }

    /// Writes the image, and what goes with it, to files. They appear, or are replaced, together,
    /// when all of them are complete.
    ///
    /// # Errors
    /// [`Error::Plan`] when something does not fit, [`Error::Write`], and [`Error::Drifted`] if it is not
    /// the image that a lock says; nothing has changed at `path` then.
    pub fn build(
        &self,
        path: &Path,
        output: &Output,
        progress: &mut OnProgress<'_>,
    ) -> Result<Built, Error> {
        let Sidecars { bmap, checksums, manifest, sbom, page, page_language } = output.sidecars;
        if bmap && !output.format.is_image() {
            return Err(Error::NoBlockMap { format: output.format });
        }
        self.check_unchanged()?;
        let sums = path.with_file_name(sidecar::SUMS);
        let kinds = sidecar::kinds(output.sidecars).into_iter();
        let (asked, others): (Vec<_>, Vec<_>) = kinds.partition(|(asked, _)| *asked);
        let named = |(_, kind): (bool, SidecarKind)| (kind, kind.path_beside(path, output.format));
        let asked: Vec<(SidecarKind, PathBuf)> = asked.into_iter().map(named).collect();
        let others = others.into_iter().map(named);
        let mut outdated: Vec<PathBuf> =
            others.filter(|(kind, path)| kind.is_there(path)).map(|(_, path)| path).collect();
        let file_name = path.file_name().unwrap_or_default().as_encoded_bytes();
        if !checksums && sums::read(&sums).is_ok_and(|list| sums::speaks_of(&list, file_name)) {
            outdated.push(sums.clone());
        }
        // What is to be refused is refused now, not after hours of writing.
        let all = asked.iter().map(|(_, path)| path).chain(checksums.then_some(&sums));
        image_write::check_outputs([path].into_iter().chain(all.map(|p| &**p)), self.inputs())?;
        asked.iter().try_for_each(|(kind, path)| kind.refuse_others(path))?;
        if checksums {
            sums::read(&sums)?;
        }
        let (layout, image, written) = self.write_unnamed(path, output, progress)?;
        self.check_expected(&written)?;
        outdated.extend(page.then(|| proof::of_another(path, &written)).into_iter().flatten());
        self.batch().offer(&image);
        let about = sidecar::About { key: self, layout: &layout, written: &written, path, output };
        let text = |kind| match kind {
            SidecarKind::BlockMap => {
                let ranges = written.pieces.as_ref().map_or(&[][..], |p| &p.ranges);
                image_write::block_map(written.len, ranges)
            }
            SidecarKind::Manifest => about.manifest(),
            SidecarKind::Sbom => about.sbom(),
            SidecarKind::Page => about
                .page(page_language.unwrap_or(self.menu_language()), proof::beside(path, &written)),
        };
        let files: Vec<(PathBuf, String)> =
            asked.into_iter().map(|(kind, path)| (path, text(kind))).collect();
        let unnamed = |path: &Path, bytes: &[u8]| {
            image_write::write_bytes_unnamed(path, bytes, self.inputs(), output.durability)
        };
        let beside = files.iter().map(|(path, text)| unnamed(path, text.as_bytes()));
        let beside = beside.collect::<Result<_, _>>()?;
        // From here to the end, so that of two builds at once to one name the second sees what the
        // first has done, and neither loses the other's lines in the list.
        let mut waiting = || {
            let (region, done) = ("waiting for another build into this directory", written.len);
            progress(Progress { region, done, total: done })
        };
        // A link may lead to a list that other directories' builds change, too.
        let named = [path].into_iter().chain(checksums.then_some(&*sums));
        image.bring_to_disk()?;
        let turn = self.batch().naming();
        let locks = image_write::lock_directories(named, &mut waiting)?;
        let list = checksums.then(|| -> Result<List, Error> {
            let (meanwhile, list) = sums::merge(&sums::read(&sums)?, &about.digests(&files));
            let meanwhile = meanwhile.map(|bytes| unnamed(&sums, &bytes)).transpose()?;
            Ok(List { meanwhile, list: unnamed(&sums, &list)? })
        });
        let list = list.transpose()?;
        self.check_unchanged()?;
        Together { image, beside, list }.commit()?;
        // Before another build may replace them.
        let stamp = |path: &Path| Some((path.to_owned(), FileStamp::from(&path.metadata().ok()?)));
        let beside = files.iter().map(|(path, _)| path.as_path());
        let stamps = [path].into_iter().chain(beside).map(stamp).collect();
        drop((locks, turn));
        let sidecars = files.into_iter().map(|(path, _)| path);
        let sidecars = sidecars.chain(checksums.then_some(sums)).collect();
        let names_them = manifest || sbom || page;
        let unknown_packages = self.unknown_packages().filter(|_| names_them);
        Ok(Built { image: written, stamps, sidecars, outdated, unknown_packages })
    }

    /// Writes the image to a file without a name, while another thread makes GRUB's core image: its
    /// compression and the copying of the ISOs take most of the time, and neither needs the other.
    fn write_unnamed(
        &self,
        path: &Path,
        output: &Output,
        progress: &mut OnProgress<'_>,
    ) -> Result<(Layout, Ready, Written), Error> {
        let (plan, batch) = (self.plan(), self.batch());
        let mut layout = key_plan::lay_out_partitions(plan)?;
        let failed = AtomicBool::new(false);
        let lay_out_grub = || {
            let core = batch.core_image(plan);
            let grub = core.and_then(|core| Ok(key_plan::lay_out_bios_grub(plan, core.as_ref())?));
            failed.store(grub.is_err(), Ordering::Relaxed);
            grub
        };
        thread::scope(|scope| {
            let mut thread = thread::Builder::new().spawn_scoped(scope, lay_out_grub).ok();
            let mut grub = || -> Result<Layout, Error> {
                let joined = thread.take().map(|thread| thread.join());
                // If no thread could be started, it is made when all else is written.
                let grub = joined.unwrap_or_else(|| Ok(lay_out_grub()));
                grub.unwrap_or_else(|panic| panic::resume_unwind(panic))
            };
            // An image that will not be is copied no further.
            let mut progress = |p: Progress<'_>| match failed.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => progress(p),
            };
            let (inputs, options) = (self.inputs(), options(output, self));
            let written = image_write::write_unnamed(
                &mut layout,
                &mut grub,
                inputs,
                path,
                options,
                batch.donor(),
                &mut progress,
            );
            match written {
                Err(stopped @ Error::Write(image_write::Error::Stopped))
                    if failed.load(Ordering::Relaxed) =>
                {
                    Err(grub().err().unwrap_or(stopped))
                }
                written => written.map(|(ready, written)| (layout, ready, written)),
            }
        })
    }

    /// Writes the image, in whatever form, to a stream.
    ///
    /// # Errors
    /// [`Error::Plan`] when something does not fit, before anything is written, and [`Error::Write`];
    /// part of it may be written then.
    pub fn build_to(
        &self,
        out: &mut impl Write,
        output: &Output,
        progress: &mut OnProgress<'_>,
    ) -> Result<Written, Error> {
        self.stream(&self.lay_out()?, out, output, progress)
    }

    /// Writes the image of this layout, as [`Self::build_to`] does.
    pub(crate) fn stream(
        &self,
        layout: &Layout,
        out: &mut impl Write,
        output: &Output,
        progress: &mut OnProgress<'_>,
    ) -> Result<Written, Error> {
        self.check_unchanged()?;
        let options = options(output, self);
        let written = image_write::to_stream(layout, self.inputs(), out, options, progress)?;
        self.check_expected(&written)?;
        Ok(written)
    }

    /// Checks that the image is the one that a lock says.
    fn check_expected(&self, written: &Written) -> Result<(), Error> {
        self.expected().map_or(Ok(()), |expected| expected.check(written))
    }
}
