//! A spec's downloads, and the spec with the digests that signed lists have for them.

use crate::download::{Check, Download, Sums};
use crate::entry::{BootFile, XenEntry};
use crate::iso::IsoSource;
use crate::spec::Spec;
use crate::text::Sha256;
use crate::tree::TreeSource;

impl Spec {
    /// Every file that is downloaded, in the spec's order.
    pub fn downloads(&self) -> Vec<Download> {
        let isos = self.iso.iter().filter_map(|iso| iso.download());
        let trees = self.tree.iter().filter_map(|tree| match &tree.from {
            TreeSource::Download(download) => Some(download.clone()),
            TreeSource::Path(_) => None,
        });
        let files = self.entry.iter().flat_map(|entry| entry.xen.files());
        let files = files.filter_map(|file| match file {
            BootFile::Download(download) => Some(download.clone()),
            _ => None,
        });
        isos.chain(trees).chain(files).collect()
    }

    /// The spec with a digest in place of each signed list. `decide` is told the name of the file
    /// and the list, and returns the file's digest, or `None`, which leaves the list in place. From
    /// then on it makes no difference whether a digest came from a list or was written as `sha256`.
    ///
    /// # Errors
    /// The first error that `decide` returns.
    pub fn pinned<E>(
        mut self,
        mut decide: impl FnMut(&str, &Sums) -> Result<Option<Sha256>, E>,
    ) -> Result<Self, E> {
        let mut pin = |download: &mut Download| {
            if let Check::Sums(sums) = &download.check {
                let name = download.file_name().unwrap_or_default();
                if let Some(sha256) = decide(&name, sums)? {
                    download.check = Check::Sha256(sha256);
                }
            }
            Ok(())
        };
        for iso in &mut self.iso {
            if let Some(mut download) = iso.download() {
                pin(&mut download)?;
                if let (Check::Sha256(sha256), IsoSource::Download { sums, .. }) =
                    (download.check, &mut iso.source)
                {
                    (iso.sha256, *sums) = (Some(sha256), None);
                }
            }
        }
        for tree in &mut self.tree {
            if let TreeSource::Download(download) = &mut tree.from {
                pin(download)?;
            }
        }
        for entry in &mut self.entry {
            for file in entry.xen.files_mut() {
                if let BootFile::Download(download) = file {
                    pin(download)?;
                }
            }
        }
        Ok(self)
    }
}

impl XenEntry {
    /// The files that the entry starts: the hypervisor, the kernel and the initrd.
    pub fn files(&self) -> impl Iterator<Item = &BootFile> {
        [&self.hypervisor, &self.kernel].into_iter().chain(&self.initrd)
    }

    /// The same files, to be changed in place.
    pub(crate) fn files_mut(&mut self) -> impl Iterator<Item = &mut BootFile> {
        [&mut self.hypervisor, &mut self.kernel].into_iter().chain(&mut self.initrd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMS: &str =
        "sums = { url = \"http://h/S\", signature = \"http://h/S.sig\", key = \"k.asc\" }";

    #[test]
    fn a_list_and_a_digest_make_the_same_spec() {
        let text = |check: &str| {
            let url = "url = [\"http://h/a/x.bin\", \"http://g/x\"]";
            let file = format!("{{ {url}, {check} }}");
            format!(
                "[[iso]]\n{url}\n{check}\n[[tree]]\n{url}\n{check}\nto = \"isos:/\"\n\
                 [[entry]]\ntitle = \"x\"\n\
                 xen = {{ hypervisor = {file}, kernel = {file}, initrd = {file} }}\n"
            )
        };
        let sha256 = "7".repeat(64);
        let spec = |check: &str| Spec::parse("x", &text(check)).unwrap();
        let unpinned = spec(SUMS);
        assert_eq!(unpinned.downloads().len(), 5);
        let mut asked = Vec::new();
        let pinned = unpinned.pinned(|name, sums| {
            asked.push(format!("{name} {}", sums.url));
            Ok::<_, ()>(Some(Sha256::try_from(sha256.clone()).unwrap()))
        });
        assert_eq!(pinned, Ok(spec(&format!("sha256 = \"{sha256}\""))));
        assert_eq!(asked, ["x.bin http://h/S"; 5]);
        assert_eq!(spec(SUMS).pinned(|_, _| Err("no")), Err("no"));
        assert_eq!(spec(SUMS).pinned(|_, _| Ok::<_, ()>(None)), Ok(spec(SUMS)));
    }
}
