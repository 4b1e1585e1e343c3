//! The portable spec: one that holds nothing of the machine on which it was completed.

use crate::address::WebAddress;
use crate::complete::host_name;
use crate::entry::BootFile;
use crate::iso::IsoSource;
use crate::packages::Packages;
use crate::spec::Spec;
use crate::tree::TreeSource;
use std::path::{Path, PathBuf};

impl Spec {
    /// The spec as a key carries it: every input has a name instead of its path on the machine
    /// where the key was made. An ISO has its name on the key, and any other file its own name; a
    /// tree or a theme, whose name decides nothing, is called `tree-1` or `theme`. Addresses are
    /// left out too: the same file from another mirror makes the same key, and which mirror it was
    /// may be private. What [`complete`](Self::complete) has derived is left out, to be derived
    /// again.
    ///
    /// The portable spec of a portable spec is the same.
    #[must_use]
    pub fn portable(mut self) -> Self {
        for iso in &mut self.iso {
            let own_name = match &iso.source {
                IsoSource::Path(path) => Some(file_name(path)),
                IsoSource::Download { urls, .. } => {
                    let name = urls.first().and_then(WebAddress::file_name);
                    Some(name.unwrap_or_else(|| "file".to_owned()).into())
                }
                IsoSource::Package { .. } => None,
            };
            if let Some(own_name) = own_name {
                let name = iso.name.as_ref().map(|name| name.as_str().into());
                iso.source = IsoSource::Path(name.unwrap_or(own_name));
            }
            if let Some(answers) = &mut iso.autoinstall {
                answers.file = file_name(&answers.file);
            }
        }
        for entry in &mut self.entry {
            for file in entry.xen.files_mut() {
                let name = match file {
                    BootFile::Path(path) => file_name(path),
                    BootFile::Download(download) => {
                        download.file_name().unwrap_or_else(|| "file".to_owned()).into()
                    }
                    BootFile::Package { .. } | BootFile::InIso(_) => continue,
                };
                // `./` goes before a name that begins with `iso:`, which would be read as a file in
                // an ISO.
                let like_iso = name.to_string_lossy().starts_with("iso:");
                *file = BootFile::Path(if like_iso { Path::new(".").join(name) } else { name });
            }
        }
        for (tree, number) in self.tree.iter_mut().zip(1..) {
            tree.from = TreeSource::Path(format!("tree-{number}").into());
        }
        if let Some(theme) = self.menu.theme.path_mut() {
            *theme = "theme".into();
        }
        // The packages have been fetched, so where from does not matter any more.
        self.packages = Packages::default();
        self.underived()
    }

    /// The spec without what [`complete`](Self::complete) has derived, which is left to be derived
    /// again, and without the lines that its ISOs stand in.
    #[must_use]
    pub fn underived(mut self) -> Self {
        self.iso.iter_mut().for_each(|iso| iso.line = None);
        self.key.time = self.key.time.filter(|time| *time != Default::default());
        let host = host_name(self.name());
        if let Some(described) = self.xen.as_mut().filter(|described| described.name == host) {
            described.name.clear();
        }
        self
    }
}

/// The last part of a file's path. The default is never used: a file that could be opened has a
/// name.
fn file_name(path: &Path) -> PathBuf {
    path.file_name().unwrap_or("file".as_ref()).to_string_lossy().into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Overrides;

    #[test]
    fn what_was_derived_is_left_out_and_addresses_are_not() {
        let text = "[packages]\nsuite = \"trixie\"\n\n[[iso]]\npath = \"../a.iso\"\n\n[xen]\n\n[xen.network]\n\
             bridge = \"xenbr0\"\ninterface = \"eth0\"\ndhcp = true\n";
        let spec = Spec::parse("key.toml", text).unwrap();
        let whole = spec.complete("".as_ref(), &[], &Overrides::default(), None);
        assert_eq!(whole.underived().to_toml(), text);
    }

    #[test]
    fn nothing_of_the_machine_stays() {
        let text = "[packages]\nkeyring = \"k\"\n[menu]\ntheme = \"t/../u\"\n[[iso]]\npath = \"x/a.iso\"\nautoinstall = \"y/ks\"\n\
             [[iso]]\npath = \"b.iso\"\nname = \"c.iso\"\n[[tree]]\nfrom = \".\"\nto = \"isos:/\"\n\
             [[entry]]\ntitle = \"x\"\nxen = { hypervisor = \"/z/iso:x\", kernel = \"iso:/k\" }\n\
             [xen.network]\ninterface = \"eth0\"\ndhcp = true\n";
        let spec = Spec::parse("key.toml", text).unwrap();
        let isos = ["/home/me/d.iso".into()];
        let whole = spec.complete("/home/me".as_ref(), &isos, &Overrides::default(), None);
        assert!(whole.xen.as_ref().is_some_and(|host| host.name == "key"));
        let portable = whole.portable();
        let text = portable.to_toml();
        assert!(
            !text.contains("/home") && !text.contains("time") && !text.contains("host"),
            "{text}"
        );
        for line in ["path = \"c.iso\"", "path = \"d.iso\"", "xen.hypervisor = \"./iso:x\""] {
            assert!(text.contains(line), "{line}:\n{text}");
        }
        assert_eq!(portable.clone().portable(), portable);
        let again = Spec::parse("key.toml", &text).unwrap();
        assert_eq!(again.portable(), portable);
    }
}
