//! The program itself: static, for each kind of machine, without a C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sh::{self, Error};

/// A kind of machine that the program is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Architecture {
    #[value(name = "x86_64")]
    X86_64,
    Aarch64,
}

impl Architecture {
    pub(crate) const ALL: [Self; 2] = [Self::X86_64, Self::Aarch64];

    /// The kind of this machine.
    pub(crate) fn here() -> Result<Self, Error> {
        let here = std::env::consts::ARCH;
        Self::ALL.into_iter().find(|a| a.name() == here).ok_or_else(|| {
            Error::Missing(format!("releases are made on x86_64 or aarch64, and this is {here}"))
        })
    }

    /// Linux', Rust's and RPM's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }

    /// Debian's and Go's name, which containers go by.
    pub(crate) fn debian(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
        }
    }

    /// Rust's target. With musl, because its C library and start files come with Rust, so that Rust's own
    /// linker is enough; and because a static program of glibc's still looks for libraries when it asks
    /// for a server's address.
    pub(crate) fn target(self) -> String {
        format!("{}-unknown-linux-musl", self.name())
    }
}

/// The compiled program.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pub architecture: Architecture,
    /// Where it lies.
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl Compiled {
    /// Compiles the sources at `root`, in the directory `build`.
    pub(crate) fn new(
        root: &Path,
        build: &Path,
        architecture: Architecture,
    ) -> Result<Self, Error> {
        let target = architecture.target();
        let installed = Command::new("rustc")
            .current_dir(root)
            .args(["--print", "target-libdir", "--target", &target])
            .output();
        let libraries = installed.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
        if !libraries.is_ok_and(|dir| Path::new(&dir).is_dir()) {
            let text = format!("Rust's library for {target}: rustup target add {target}");
            return Err(Error::Missing(text));
        }
        let mut cargo = sh::cargo();
        cargo
            .current_dir(root)
            .args(["build", "--locked", "--release", "-p", "bootkey", "--bin", "bootkey"])
            .args(["--target", &target, "--target-dir"])
            .arg(build)
            .env("CARGO_ENCODED_RUSTFLAGS", flags(root, build)?.join("\x1f"))
            .env_remove("RUSTFLAGS");
        sh::run(&mut cargo)?;
        let path = build.join(target).join("release/bootkey");
        let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
        Ok(Self { architecture, path, bytes })
    }
}

/// The compiler's flags: its own linker, and no path of this machine in messages of panics.
fn flags(root: &Path, build: &Path) -> Result<Vec<String>, Error> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let crates = home.unwrap_or_default().join("registry/src");
    // One directory for each registry, whose name has a digest of its address.
    let mut registries = Vec::new();
    for entry in std::fs::read_dir(&crates).map_err(Error::io(&crates))? {
        registries.push(entry.map_err(Error::io(&crates))?.path());
    }
    registries.sort();
    let renamed = |path: &Path, to: &str| format!("--remap-path-prefix={}={to}", path.display());
    let mut flags = vec!["-Clinker=rust-lld".to_owned(), "-Cstrip=symbols".to_owned()];
    flags.push(renamed(root, "/bootkey"));
    // The last that fits counts, and this directory may lie in the other.
    flags.push(renamed(build, "/build"));
    flags.extend(registries.iter().map(|registry| renamed(registry, "/crates")));
    Ok(flags)
}
