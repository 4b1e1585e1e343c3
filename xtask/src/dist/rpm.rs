//! The package for Fedora, openSUSE and their like, by `rpmbuild`.

use std::path::Path;
use std::process::Command;

use super::compile::Architecture;
use super::files::{fresh, put};
use super::release::{DESCRIPTION, Release, SUMMARY};
use super::tree::Tree;
use crate::sh::{self, Error};

/// Settings of rpmbuild that the machine's distribution might have otherwise: nothing is done to the
/// program, and nothing in the package tells of this machine or of today.
const DEFINES: [&str; 9] = [
    "__os_install_post %{nil}",
    "debug_package %{nil}",
    "_build_id_links none",
    "_buildhost localhost",
    "_binary_payload w9.gzdio",
    "use_source_date_epoch_as_buildtime 1",
    "clamp_mtime_to_source_date_epoch 1",
    "source_date_epoch_from_changelog 0",
    "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
];

/// Makes the package in `output`, in a directory of its own in `work`.
pub(crate) fn write(
    work: &Path,
    output: &Path,
    release: &Release,
    architecture: Architecture,
    system: &Tree,
) -> Result<(), Error> {
    let top = work.join("rpm");
    fresh(&top)?;
    let tree = contents(system);
    tree.write(&top.join("tree"))?;
    let spec = top.join("bootkey.spec");
    put(&spec, spec_file(release, &tree)?.as_bytes())?;
    let mut rpmbuild = Command::new("rpmbuild");
    rpmbuild
        .args(["-bb", "--quiet", "--nodeps", "--target", &format!("{}-linux", architecture.name())])
        .arg(format!("--define=_topdir {}", top.display()))
        .arg(format!("--define=_rpmdir {}", output.display()))
        .args(DEFINES.map(|define| format!("--define={define}")))
        .arg(&spec)
        .env("SOURCE_DATE_EPOCH", release.time.to_string())
        .env("LC_ALL", "C.UTF-8");
    sh::run(&mut rpmbuild)
}

/// The files where Fedora has them.
fn contents(system: &Tree) -> Tree {
    let place = |path: &String| {
        path.replace("zsh/vendor-completions", "zsh/site-functions")
            .replace("doc/bootkey/LICENSE-", "licenses/bootkey/LICENSE-")
            .replace("doc/bootkey/THIRD-PARTY", "licenses/bootkey/THIRD-PARTY")
    };
    Tree(system.0.iter().map(|(path, file)| (place(path), file.clone())).collect())
}

/// <https://rpm-software-management.github.io/rpm/manual/spec.html>
fn spec_file(release: &Release, tree: &Tree) -> Result<String, Error> {
    let line = |path: &String| {
        let mark = match path {
            p if p.starts_with("usr/share/licenses/") => "%license ",
            p if p.starts_with("usr/share/doc/") => "%doc ",
            _ => "",
        };
        format!("{mark}/{path}\n")
    };
    let files: String = tree.0.keys().map(line).collect();
    let (version, maintainer) = (&release.version, &release.maintainer);
    // A version has no hyphen there; what comes before a release sorts before it.
    let version = version.replace('-', "~");
    let day = release.date("+%a %b %d %Y")?;
    let description = DESCRIPTION.join("\n");
    Ok(format!(
        "Name: bootkey
Version: {version}
Release: 1
Summary: {SUMMARY}
License: {licence}
Group: System/Boot
Packager: {maintainer}
AutoReqProv: no
%description
{description}
%install
cp -a %{{_topdir}}/tree/. %{{buildroot}}
%files
%defattr(-,root,root)
%dir /usr/share/doc/bootkey
%dir /usr/share/doc/bootkey/examples
%dir /usr/share/licenses/bootkey
{files}%changelog
* {day} {maintainer} - {version}-1
- Release {version}: see CHANGELOG.md
",
        licence = release.licence,
        SUMMARY = capital(SUMMARY),
    ))
}

/// Debian's summaries begin small, and those of RPM with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::example;
    use super::*;

    #[test]
    fn rpm_reads_what_was_written_and_twice_it_is_the_same() {
        if testbench::oracle("rpmbuild").is_none() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let out = dir.path().join(name);
            std::fs::create_dir(&out).unwrap();
            let work = dir.path().join(format!("{name}-work"));
            write(&work, &out, &Release::example(), Architecture::Aarch64, &example()).unwrap();
            out.join("bootkey-1.2.3-1.aarch64.rpm")
        };
        let (one, two) = (make("one"), make("two"));
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(two).unwrap());
        let ask = |args: &[&str]| sh::answer(Command::new("rpm").args(args).arg(&one)).unwrap();
        let said = ask(&["-qp", "--qf", "%{NAME} %{VERSION} %{ARCH} %{BUILDTIME} %{LICENSE}"]);
        assert_eq!(said, "bootkey 1.2.3 aarch64 1700000000 MIT OR Apache-2.0");
        let files = ask(&["-qplv"]);
        for name in ["/usr/bin/bootkey", "site-functions/_bootkey", "licenses/bootkey/LICENSE-MIT"]
        {
            assert!(
                files.lines().any(|l| l.contains("root") && l.ends_with(name)),
                "{name}: {files}"
            );
        }
        ask(&["-K", "--nosignature"]);
    }
}
