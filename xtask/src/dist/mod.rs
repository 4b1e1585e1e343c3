//! `cargo xtask dist`: everything that is published of a release, from one command and without root.

mod bill;
mod compile;
mod deb;
mod files;
mod notices;
mod oci;
mod release;
mod rpm;
mod tree;

use std::path::{Path, PathBuf};

use compile::{Architecture, Compiled};
use files::{fresh, put, read_all};
use release::Release;

use crate::sh::{self, Error};

/// Options of `dist`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Only for this kind of machine; may be given more than once
    #[arg(long, value_enum, value_name = "ARCHITECTURE")]
    arch: Vec<Architecture>,
    /// Who answers for the packages: a name, and a mail address in angle brackets
    #[arg(long, default_value = "The bootkey authors <bootkey@packages.invalid>")]
    maintainer: String,
    /// Make all of it again, from a copy of the sources at another place, and compare every byte
    #[arg(long)]
    again: bool,
    /// Where the files go
    #[arg(long, default_value = "target/dist", value_name = "DIR")]
    output: PathBuf,
}

/// Makes the files.
///
/// # Errors
/// When a program is missing or fails, or with `--again` when a byte differs.
pub fn run(options: &Options) -> Result<(), Error> {
    sh::need(&[
        ("dpkg-deb", "dpkg"),
        ("md5sum", "coreutils"),
        ("rpmbuild", "rpm"),
        ("git", "git"),
        ("rustup", "rustup, from https://rustup.rs"),
    ])?;
    let root = sh::root();
    let release = Release::read(&root, &options.maintainer)?;
    let output = root.join(&options.output);
    make(&root, &root.join("target/dist-build"), &output, options, &release)?;
    if options.again {
        let again = root.join("target/dist-again");
        let source = again.join("source");
        copy_of_sources(&root, &source)?;
        make(&source, &again.join("build"), &again.join("dist"), options, &release)?;
        let differ = differences(&output, &again.join("dist"))?;
        if !differ.is_empty() {
            let text = format!("other bytes the second time: {}", differ.join(", "));
            return Err(Error::Objection(text));
        }
        println!("the same bytes the second time");
        std::fs::remove_dir_all(&again).map_err(Error::io(&again))?;
    }
    println!("{}", output.display());
    Ok(())
}

/// Compiles the sources at `root` and writes all files into `output`, which is emptied first.
fn make(
    root: &Path,
    build: &Path,
    output: &Path,
    options: &Options,
    release: &Release,
) -> Result<(), Error> {
    fresh(output)?;
    let asked = |a: &Architecture| options.arch.is_empty() || options.arch.contains(a);
    // The manual and the completions come out of a program that runs here.
    let here = Compiled::new(root, build, Architecture::here()?)?;
    let mut images = Vec::new();
    for architecture in Architecture::ALL.into_iter().filter(asked) {
        let compiled = Compiled::new(root, build, architecture)?;
        let packages = bill::packages(root, architecture)?;
        let bill = bill::bill(release, &packages, &compiled);
        let name = format!("bootkey-{}-{}-linux", release.version, architecture.name());
        put(&output.join(format!("{name}.cdx.json")), bill.as_bytes())?;
        let notices = notices::notices(&packages)?;
        let common = tree::common(root, &here, build, &notices)?;
        let system = tree::system(&compiled, &common);
        let folder = tree::folder(&compiled, &common).below(&name);
        put(&output.join(format!("{name}.tar.gz")), &tree::gzip(&folder.tar(release.time)))?;
        let work = build.join("packages");
        deb::write(&work, output, release, architecture, &system)?;
        rpm::write(&work, output, release, architecture, &system)?;
        images.push((architecture, system));
    }
    let image = oci::archive(release, &images);
    put(&output.join(format!("bootkey-{}.oci.tar", release.version)), &image)?;
    sums(output)
}

/// Writes SHA256SUMS over the files of the directory.
fn sums(dir: &Path) -> Result<(), Error> {
    let line =
        |(name, bytes): (&String, &Vec<u8>)| format!("{}  {name}\n", hex_digest::sha256_hex(bytes));
    let text: String = read_all(dir)?.iter().map(line).collect();
    put(&dir.join("SHA256SUMS"), text.as_bytes())
}

/// The names of files that are not in both directories with the same bytes.
fn differences(a: &Path, b: &Path) -> Result<Vec<String>, Error> {
    let (a, b) = (read_all(a)?, read_all(b)?);
    let mut names: Vec<_> = a.keys().chain(b.keys()).filter(|n| a.get(*n) != b.get(*n)).collect();
    names.sort();
    names.dedup();
    Ok(names.into_iter().cloned().collect())
}

/// Copies the files that git knows, as they are now.
fn copy_of_sources(root: &Path, to: &Path) -> Result<(), Error> {
    fresh(to)?;
    let list =
        sh::answer(std::process::Command::new("git").current_dir(root).args(["ls-files", "-z"]))?;
    for name in list.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root.join(name), to.join(name));
        // What git knows of and was removed is no source.
        if !from.is_file() {
            continue;
        }
        if let Some(dir) = to.parent() {
            std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
        }
        std::fs::copy(&from, &to).map_err(Error::io(&from))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_differs_or_is_missing_is_named_and_sums_are_those_of_sha256sum() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for dir in [&a, &b] {
            put(&dir.path().join("same"), b"abc").unwrap();
        }
        put(&a.path().join("changed"), b"1").unwrap();
        put(&b.path().join("changed"), b"2").unwrap();
        put(&b.path().join("only"), b"").unwrap();
        assert_eq!(differences(a.path(), b.path()).unwrap(), ["changed", "only"]);
        sums(a.path()).unwrap();
        let check = std::process::Command::new("sha256sum")
            .current_dir(a.path())
            .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
            .status();
        assert!(check.unwrap().success());
        let text = std::fs::read_to_string(a.path().join("SHA256SUMS")).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}
