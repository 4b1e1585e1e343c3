//! The files of a package, by path, and how they become an archive.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::compile::Compiled;
use super::files::{fresh, read_all};
use crate::sh::{self, Error};

/// A program's mode.
const PROGRAM: u32 = 0o755;
/// Any other file's.
const FILE: u32 = 0o644;

/// Shells, each with the file that their completions are looked for in, below `/usr/share`.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "bash-completion/completions/bootkey"),
    ("zsh", "zsh/vendor-completions/_bootkey"),
    ("fish", "fish/vendor_completions.d/bootkey.fish"),
];

/// Files with their modes, by path, without a `/` in front.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree(pub(crate) BTreeMap<String, (u32, Vec<u8>)>);

impl Tree {
    pub(crate) fn add(&mut self, path: &str, bytes: &[u8]) {
        self.0.insert(path.to_owned(), (FILE, bytes.to_vec()));
    }

    pub(crate) fn add_program(&mut self, path: &str, bytes: &[u8]) {
        self.0.insert(path.to_owned(), (PROGRAM, bytes.to_vec()));
    }

    /// The same tree in a directory.
    pub(crate) fn below(self, dir: &str) -> Self {
        Self(self.0.into_iter().map(|(path, file)| (format!("{dir}/{path}"), file)).collect())
    }

    /// The directories, parents first.
    fn directories(&self) -> Vec<&str> {
        let parents = |path: &'_ str| path.match_indices('/').map(|(at, _)| at).collect::<Vec<_>>();
        let mut all: Vec<&str> = self
            .0
            .keys()
            .flat_map(|path| parents(path).into_iter().map(|at| &path[..at]))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A tar archive, all of it root's and of one time.
    pub(crate) fn tar(&self, time: u64) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        let mut append = |path: &str, kind, mode, bytes: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(kind);
            header.set_mode(mode);
            header.set_mtime(time);
            header.set_uid(0);
            header.set_gid(0);
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, path, bytes).expect("short paths, into memory");
        };
        for dir in self.directories() {
            append(&format!("{dir}/"), tar::EntryType::Directory, PROGRAM, &[]);
        }
        for (path, (mode, bytes)) in &self.0 {
            append(path, tar::EntryType::Regular, *mode, bytes);
        }
        tar.into_inner().expect("into memory")
    }

    /// Writes the files below a new directory, whatever the umask.
    pub(crate) fn write(&self, to: &Path) -> Result<(), Error> {
        fresh(to)?;
        let set_mode = |path: &Path, mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(path, mode).map_err(Error::io(path))
        };
        set_mode(to, PROGRAM)?;
        for dir in self.directories() {
            let dir = to.join(dir);
            std::fs::create_dir(&dir).map_err(Error::io(&dir))?;
            set_mode(&dir, PROGRAM)?;
        }
        for (path, (mode, bytes)) in &self.0 {
            let path = to.join(path);
            std::fs::write(&path, bytes).map_err(Error::io(&path))?;
            set_mode(&path, *mode)?;
        }
        Ok(())
    }
}

/// The manual (`man/`), completions (`completions/`) and documents that every kind of package has.
pub(crate) fn common(
    root: &Path,
    here: &Compiled,
    build: &Path,
    notices: &str,
) -> Result<Tree, Error> {
    let mut tree = Tree::default();
    let man = build.join("man");
    fresh(&man)?;
    sh::run(Command::new(&here.path).arg("man").arg(&man))?;
    for (name, bytes) in read_all(&man)? {
        tree.add(&format!("man/{name}"), &bytes);
    }
    for (shell, _) in SHELLS {
        let script = sh::answer(Command::new(&here.path).args(["completions", shell]))?;
        tree.add(&format!("completions/{shell}"), script.as_bytes());
    }
    for name in ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        let path = root.join(name);
        tree.add(name, &std::fs::read(&path).map_err(Error::io(&path))?);
    }
    for (name, bytes) in read_all(&root.join("images"))? {
        if let Some(spec) = shipped_spec(&name, &bytes) {
            tree.add(&format!("images/{name}"), spec.as_bytes());
        }
    }
    let schema = root.join("docs").join(SCHEMA);
    let bytes = std::fs::read(&schema).map_err(Error::io(&schema))?;
    tree.add(&format!("images/{SCHEMA}"), &bytes);
    tree.add("THIRD-PARTY.txt", notices.as_bytes());
    Ok(tree)
}

/// The file in `docs/` by which editors complete specs.
const SCHEMA: &str = "bootkey.schema.json";

/// A file of `images/` as it is where there are no sources. `None` if it is no spec, or one of ISOs that only
/// `cargo xtask isos` makes.
fn shipped_spec(name: &str, bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|_| name.ends_with(".toml"))?;
    let needs_sources = text.contains("../target/");
    (!needs_sources).then(|| text.replace(&format!("../docs/{SCHEMA}"), &format!("./{SCHEMA}")))
}

/// The files for somebody who unpacks them anywhere.
pub(crate) fn folder(compiled: &Compiled, common: &Tree) -> Tree {
    let mut tree = common.clone();
    tree.add_program("bootkey", &compiled.bytes);
    tree
}

/// The files where a Linux system has them.
pub(crate) fn system(compiled: &Compiled, common: &Tree) -> Tree {
    let mut tree = Tree::default();
    tree.add_program("usr/bin/bootkey", &compiled.bytes);
    for (path, (_, bytes)) in &common.0 {
        let shell = |(shell, _): &&(&str, &str)| path.strip_prefix("completions/") == Some(*shell);
        if let Some((_, place)) = SHELLS.iter().find(shell) {
            tree.add(&format!("usr/share/{place}"), bytes);
        } else if let Some(page) = path.strip_prefix("man/") {
            tree.add(&format!("usr/share/man/man1/{page}.gz"), &gzip(bytes));
        } else if let Some(spec) = path.strip_prefix("images/") {
            tree.add(&format!("usr/share/doc/bootkey/examples/{spec}"), bytes);
        } else {
            tree.add(&format!("usr/share/doc/bootkey/{path}"), bytes);
        }
    }
    tree
}

/// The bytes as a gzip file without a name or a time.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).expect("into memory");
    gzip.finish().expect("into memory")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::compile::Architecture;
    use super::*;

    /// What a package would hold whose program says `bootkey`.
    pub(crate) fn example() -> Tree {
        let mut common = Tree::default();
        for path in [
            "man/bootkey.1",
            "completions/zsh",
            "images/rescue.toml",
            "LICENSE-MIT",
            "CHANGELOG.md",
        ] {
            common.add(path, path.as_bytes());
        }
        let compiled = Compiled {
            architecture: Architecture::X86_64,
            path: "bootkey".into(),
            bytes: b"#!/bin/sh\necho bootkey\n".to_vec(),
        };
        system(&compiled, &common)
    }

    #[test]
    fn examples_find_what_they_name() {
        let images = read_all(&sh::root().join("images")).unwrap();
        let shipped: Vec<(String, String)> = images
            .into_iter()
            .filter_map(|(name, bytes)| Some((name.clone(), shipped_spec(&name, &bytes)?)))
            .collect();
        let names: Vec<&str> = shipped.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["classic.toml", "rescue.toml"]);
        assert!(
            shipped.iter().all(|(_, text)| text.starts_with("#:schema ./bootkey.schema.json\n"))
        );
        assert!(shipped.iter().all(|(_, text)| !text.contains("../")));
    }

    #[test]
    fn everything_has_its_place() {
        let paths: Vec<_> =
            example().0.into_iter().map(|(path, (mode, _))| format!("{mode:o} {path}")).collect();
        assert_eq!(
            paths,
            [
                "755 usr/bin/bootkey",
                "644 usr/share/doc/bootkey/CHANGELOG.md",
                "644 usr/share/doc/bootkey/LICENSE-MIT",
                "644 usr/share/doc/bootkey/examples/rescue.toml",
                "644 usr/share/man/man1/bootkey.1.gz",
                "644 usr/share/zsh/vendor-completions/_bootkey",
            ]
        );
    }

    #[test]
    fn tar_lists_parents_first_and_all_is_roots_and_of_one_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.tar.gz");
        std::fs::write(&path, gzip(&example().below("b-1").tar(1_700_000_000))).unwrap();
        let mut tar = Command::new("tar");
        let said = sh::answer(tar.env("TZ", "UTC0").arg("--numeric-owner").arg("-tvzf").arg(&path))
            .unwrap();
        let lines: Vec<&str> = said.lines().collect();
        assert!(
            lines.iter().all(|l| l.contains(" 0/0 ") && l.contains(" 2023-11-14 22:13 ")),
            "{said}"
        );
        assert!(lines[0].starts_with("drwxr-xr-x") && lines[0].ends_with(" b-1/"), "{said}");
        let program = lines.iter().find(|l| l.ends_with(" b-1/usr/bin/bootkey")).unwrap();
        assert!(program.starts_with("-rwxr-xr-x"), "{said}");
    }

    #[test]
    fn what_is_written_is_the_tree() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("tree");
        example().write(&to).unwrap();
        let program = std::fs::metadata(to.join("usr/bin/bootkey")).unwrap();
        assert_eq!(program.permissions().mode() & 0o7777, PROGRAM);
        assert_eq!(
            std::fs::read(to.join("usr/share/doc/bootkey/LICENSE-MIT")).unwrap(),
            b"LICENSE-MIT"
        );
    }
}
