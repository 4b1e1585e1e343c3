//! `cargo xtask reproduce`: builds twice, the second time as somebody else on another day, and
//! compares every byte.

use std::path::{Path, PathBuf};
use std::process::Command;

use testbench::{Iso, Perturbation, perturbed};

use crate::sh::{self, Error, cargo};

/// The output formats that are built, by their extensions.
const FORMATS: [&str; 7] = ["img", "img.gz", "img.xz", "img.zst", "qcow2", "vmdk", "vhd"];

/// Options of `reproduce`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// A spec or ISO files of your own, instead of a key with some of everything
    inputs: Vec<PathBuf>,
    /// Only these formats: extensions such as img or img.zst
    #[arg(long, value_name = "EXTENSION")]
    format: Vec<String>,
}

/// Builds and compares.
///
/// # Errors
/// When a build fails, or two differ.
pub fn run(options: &Options) -> Result<(), Error> {
    sh::run(cargo().args(["build", "--locked", "-p", "bootkey"]))?;
    let program = sh::root().join("target/debug/bootkey");
    let first = BuildDir::new(&sh::root().join("target/reproduce"), false)?;
    // The second build is made on another file system, in memory, if this machine has one.
    let memory = Path::new("/dev/shm");
    let elsewhere = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let elsewhere = elsewhere.join(format!("bootkey-reproduce-{}", std::process::id()));
    let second = BuildDir::new(&elsewhere, true)?;
    let done = compare(options, &program, &first, &second);
    for place in [first, second] {
        place.remove()?;
    }
    done
}

fn compare(options: &Options, program: &Path, a: &BuildDir, b: &BuildDir) -> Result<(), Error> {
    let wanted = |f: &&str| options.format.is_empty() || options.format.iter().any(|o| o == f);
    let mut differ = Vec::new();
    for extension in FORMATS.into_iter().filter(wanted) {
        let plain = Command::new(program);
        // If a tool for one of these is missing, `perturbed` notes it, and the plain program runs
        // instead.
        let by = [
            Perturbation::Environment,
            Perturbation::Umask,
            Perturbation::Processors,
            Perturbation::Clock,
        ];
        let other = perturbed(program, &by).unwrap_or_else(|| Command::new(program));
        let sums = [(a, plain), (b, other)]
            .map(|(place, command)| place.build(command, options, extension));
        let [one, two] = sums;
        let (one, two) = (one?, two?);
        let same = one == two;
        println!("{} {extension}\n{one}", if same { "same   " } else { "DIFFERS" });
        if !same {
            println!("and the second time\n{two}");
            differ.push(extension);
        }
    }
    if differ.is_empty() {
        return Ok(());
    }
    Err(Error::Objection(format!("other bytes the second time: {}", differ.join(", "))))
}

/// A directory in which a key is built.
struct BuildDir(PathBuf);

impl BuildDir {
    /// Makes the directory with its inputs, which are made in another order if `turned`.
    fn new(dir: &Path, turned: bool) -> Result<Self, Error> {
        let _ = std::fs::remove_dir_all(dir); // of an earlier run, if there was one
        let tree = dir.join("tree");
        std::fs::create_dir_all(&tree).map_err(Error::io(&tree))?;
        let mut numbers: Vec<u32> = (0..200).collect();
        if turned {
            numbers.reverse();
        }
        for n in numbers {
            let path = tree.join(format!("file {n}"));
            std::fs::write(&path, n.to_string().repeat(50)).map_err(Error::io(&path))?;
        }
        let iso = Iso::new("INSTALLER").file("isolinux/vmlinuz", "kernel");
        iso.file("isolinux/initrd.img", "initrd").write(&dir.join("one.iso"))?;
        let spec = "[key]\nname = \"twice\"\n[[iso]]\npath = \"one.iso\"\n\
                    [[tree]]\nfrom = \"tree\"\nto = \"isos:/tree\"\n";
        let path = dir.join("key.toml");
        std::fs::write(&path, spec).map_err(Error::io(&path))?;
        Ok(Self(dir.to_owned()))
    }

    /// Builds, and returns the text of the `SHA256SUMS`.
    fn build(
        &self,
        mut command: Command,
        options: &Options,
        extension: &str,
    ) -> Result<String, Error> {
        let Self(dir) = self;
        command.args(["--quiet", "build", "-o"]).arg(format!("key.{extension}"));
        command.args(["--checksums", "--manifest", "--sbom"]).current_dir(dir);
        if extension.starts_with("img") {
            command.arg("--bmap");
        }
        if options.inputs.is_empty() {
            command.arg("key.toml");
        }
        for input in &options.inputs {
            command.arg(input.canonicalize().map_err(Error::io(input))?);
        }
        sh::run(&mut command)?;
        let sums = dir.join("SHA256SUMS");
        std::fs::read_to_string(&sums).map_err(Error::io(&sums))
    }

    fn remove(self) -> Result<(), Error> {
        std::fs::remove_dir_all(&self.0).map_err(Error::io(&self.0))
    }
}
