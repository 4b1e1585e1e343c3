//! The completed spec: what the command line and the environment ask for, put into the spec itself.

use crate::choice::{Filesystem, Firmware, Table};
use crate::download::{Check, Download, Sums, SumsKey};
use crate::entry::BootFile;
use crate::iso::{Iso, IsoSource};
use crate::size::AutoSize;
use crate::spec::Spec;
use crate::text::Sha256;
use crate::time::Time;
use crate::tree::TreeSource;
use core::convert::Infallible;
use spec_value::Line;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The options of a command line that win over what the spec says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The length of the image, instead of `key.size`.
    pub size: Option<AutoSize>,
    /// The firmware that starts the key, instead of `key.firmware`; empty: the spec's.
    pub firmware: Vec<Firmware>,
    /// The partition table, instead of `key.table`.
    pub table: Option<Table>,
    /// Secure Boot, whatever `key.secure_boot` says.
    pub secure_boot: bool,
    /// The file system of the partition that holds the ISOs, instead of `isos.filesystem`.
    pub filesystem: Option<Filesystem>,
    /// The text that identities derive from, instead of `key.seed`.
    pub seed: Option<Line>,
}

impl Spec {
    /// The complete spec, from which a key is made without asking anything else. Relative paths in
    /// its text start from `base`. The ISOs at the paths `isos`, which are taken as they are,
    /// follow those of the spec. `overrides` win over what the spec says. A spec without a time
    /// gets `environment`, the time of `SOURCE_DATE_EPOCH`, or else the default time.
    #[must_use]
    pub fn complete(
        mut self,
        base: &Path,
        isos: &[PathBuf],
        overrides: &Overrides,
        environment: Option<Time>,
    ) -> Self {
        self = self.relative_to(base);
        self.iso.extend(isos.iter().map(Iso::at));
        let key = &mut self.key;
        key.size = overrides.size.unwrap_or(key.size);
        key.table = overrides.table.unwrap_or(key.table);
        key.secure_boot |= overrides.secure_boot;
        if !overrides.firmware.is_empty() {
            key.firmware.clone_from(&overrides.firmware);
            key.firmware.sort_unstable();
            key.firmware.dedup();
        }
        self.isos.filesystem = overrides.filesystem.unwrap_or(self.isos.filesystem);
        key.seed = overrides.seed.clone().or(key.seed.take());
        key.time = Some(key.time.or(environment).unwrap_or_default());
        let host = host_name(self.name());
        if let Some(described) = self.xen.as_mut().filter(|host| host.name.is_empty()) {
            described.name = host;
        }
        self
    }

    /// The spec with relative paths that start from `base`. An absolute path stays.
    #[must_use]
    pub fn relative_to(mut self, base: &Path) -> Self {
        for path in self.paths() {
            *path = base.join(&*path);
        }
        self
    }

    /// The paths of the files and directories whose contents reach the key, each once.
    pub fn input_paths(&self) -> Vec<PathBuf> {
        // Files of keys are left out, for signed lists here and for packages below: they only
        // decide what is downloaded.
        let Ok(mut spec) = self.clone().pinned(|_, _| Ok::<_, Infallible>(Some(Sha256([0; 32]))));
        spec.packages.keyring = None;
        let mut all: Vec<PathBuf> = spec.paths().map(|path| (*path).clone()).collect();
        let mut seen = BTreeSet::new();
        all.retain(|path| seen.insert(path.clone()));
        all
    }

    /// Every path that the spec names.
    fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let iso = self.iso.iter_mut().flat_map(|iso| {
            let source = match &mut iso.source {
                IsoSource::Path(path) => Some(path),
                IsoSource::Download { sums, .. } => sums.as_mut().and_then(key_file),
                IsoSource::Package { .. } => None,
            };
            source.into_iter().chain(iso.autoinstall.as_mut().map(|a| &mut a.file))
        });
        let entry = self.entry.iter_mut().flat_map(|entry| {
            entry.xen.files_mut().filter_map(|file| match file {
                BootFile::Path(path) => Some(path),
                BootFile::Download(download) => key_file_of(download),
                BootFile::Package { .. } | BootFile::InIso(_) => None,
            })
        });
        let tree = self.tree.iter_mut().filter_map(|tree| match &mut tree.from {
            TreeSource::Path(path) => Some(path),
            TreeSource::Download(download) => key_file_of(download),
        });
        let others = self.menu.theme.path_mut().into_iter().chain(&mut self.packages.keyring);
        iso.chain(entry).chain(tree).chain(others)
    }
}

/// The path of the file with the key that a list must be signed by, if the spec names a file.
fn key_file(sums: &mut Sums) -> Option<&mut PathBuf> {
    match &mut sums.key {
        SumsKey::File(path) => Some(path),
        SumsKey::Fingerprint(_) => None,
    }
}

fn key_file_of(download: &mut Download) -> Option<&mut PathBuf> {
    match &mut download.check {
        Check::Sums(sums) => key_file(sums),
        Check::Sha256(_) => None,
    }
}

/// A Xen host's name made from the name of a key: other characters than ASCII letters, digits and
/// `._-` become `-`, and there are at most 63.
pub(crate) fn host_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = name.chars().map(plain).take(63).collect();
    let name = name.trim_start_matches(['.', '_', '-']);
    // A host may not be called `boot`: the directory `xen/boot` on the key holds the entries'
    // files.
    if name.is_empty() || name == "boot" { "host".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    fn spec(text: &str) -> Spec {
        Spec::parse("key.toml", text).unwrap()
    }

    fn line(text: &str) -> Line {
        Line::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn what_the_command_line_says_wins() {
        let asked = spec("[key]\nname = \"n\"\nsize = \"1GiB\"\nseed = \"s\"\ntime = 5\n");
        let none =
            asked.clone().complete("".as_ref(), &[], &Overrides::default(), Some(Time::AT_7));
        assert_eq!(none, asked, "it was whole");
        let overrides = Overrides {
            size: Some(AutoSize::Auto),
            firmware: vec![Firmware::UefiX64, Firmware::Bios, Firmware::UefiX64],
            table: Some(Table::Gpt),
            secure_boot: true,
            filesystem: Some(Filesystem::Ext4),
            seed: Some(line("other")),
        };
        let whole = asked.complete("".as_ref(), &[], &overrides, None);
        assert_eq!(whole.key.size, AutoSize::Auto);
        assert_eq!(whole.key.firmware, [Firmware::Bios, Firmware::UefiX64]);
        assert_eq!((whole.key.table, whole.key.secure_boot), (Table::Gpt, true));
        assert_eq!((whole.isos.filesystem, whole.seed()), (Filesystem::Ext4, Seed::Given("other")));
    }

    #[test]
    fn the_time_is_the_specs_then_the_environments_then_2009() {
        let time = |text: &str, environment| {
            spec(text).complete("".as_ref(), &[], &Overrides::default(), environment).time()
        };
        assert_eq!(time("[key]\ntime = 5", Some(Time::AT_7)).seconds(), 5);
        assert_eq!(time("", Some(Time::AT_7)).seconds(), 7);
        assert_eq!(time("", None), Time::default());
    }

    #[test]
    fn identities_derive_from_the_seed_or_a_name_or_the_contents() {
        let seed = |text: &str, seed: Option<&str>| {
            let overrides = Overrides { seed: seed.map(line), ..Overrides::default() };
            let whole = spec(text).complete("".as_ref(), &[], &overrides, None);
            format!("{:?}", whole.seed())
        };
        assert_eq!(seed("[key]\nname = \"n\"\nseed = \"s\"", Some("o")), "Given(\"o\")");
        assert_eq!(seed("[key]\nname = \"n\"\nseed = \"s\"", None), "Given(\"s\")");
        assert_eq!(seed("[key]\nname = \"n\"", None), "Name(\"n\")");
        assert_eq!(seed("", None), "Contents");
    }

    #[test]
    fn paths_of_the_text_start_where_it_lies() {
        let text = "[menu]\ntheme = \"t\"\n[[iso]]\npath = \"a.iso\"\nautoinstall = \"ks\"\n\
             [[iso]]\npackage = \"p\"\nmember = \"m\"\n\
             [[iso]]\nurl = \"http://h/x\"\nsums = { url = \"http://h/s\", key = \"s.asc\" }\n\
             [[tree]]\nfrom = \"/abs\"\nto = \"isos:/\"\n\
             [[tree]]\nurl = \"http://h/x\"\nsums = { url = \"http://h/s\", key = \"t.asc\" }\nto = \"isos:/\"\n\
             [[entry]]\ntitle = \"x\"\nxen = { hypervisor = \"iso:/x\", kernel = \"k\", initrd = \"i\" }\n";
        let isos = [PathBuf::from("b.iso")];
        let mut whole = spec(text).complete("/dir".as_ref(), &isos, &Overrides::default(), None);
        let paths: Vec<_> = whole.paths().map(|p| p.display().to_string()).collect();
        let expected = [
            "/dir/a.iso",
            "/dir/ks",
            "/dir/s.asc",
            "b.iso",
            "/dir/k",
            "/dir/i",
            "/abs",
            "/dir/t.asc",
            "/dir/t",
        ];
        assert_eq!(paths, expected);
        let twice = "[packages]\nkeyring = \"k\"\n[[tree]]\nfrom = \"t\"\nto = \"isos:/\"\n\
             [[tree]]\nfrom = \"t\"\nto = \"boot:/\"\n";
        assert_eq!(spec(twice).input_paths(), [PathBuf::from("t")]);
    }

    #[test]
    fn a_host_is_called_like_its_key() {
        let names = ["rescue", "my key", "_x", "größe", "boot", "...", ""];
        let plain = ["rescue", "my-key", "x", "gr--e", "host", "host", "host"];
        assert_eq!(names.map(host_name), plain);
        let name = |host: &str| {
            let text = format!("[xen]\n{host}[xen.network]\ninterface = \"eth0\"\ndhcp = true\n");
            let whole = spec(&text).complete("".as_ref(), &[], &Overrides::default(), None);
            whole.xen.unwrap().name
        };
        assert_eq!(name(""), "key");
        assert_eq!(name("host = \"xen1\"\n"), "xen1");
    }
}
