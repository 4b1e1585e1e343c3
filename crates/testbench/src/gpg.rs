//! OpenPGP keys and signatures, made by gpg in a home of their own, at a time that the test says.

use crate::oracle::{Oracle, Ran, oracle, run};
use std::path::Path;
use std::process::Command;

/// gpg, with a home of its own.
#[derive(Debug)]
pub struct Gpg {
    gpg: Oracle,
    home: tempfile::TempDir,
}

impl Gpg {
    /// gpg with an empty home; `None` means: skip the test.
    ///
    /// # Panics
    /// As [`oracle`], and when there is no room.
    #[track_caller]
    pub fn new() -> Option<Self> {
        let gpg = oracle("gpg")?;
        let home = tempfile::tempdir().unwrap();
        Some(Self { gpg, home })
    }

    /// The home's path.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command of gpg's at that time, written as in `20260101T000000`.
    pub fn command(&self, time: &str) -> Command {
        let mut command = self.gpg.command();
        command.arg("--homedir").arg(self.home.path()).args([
            "--batch",
            "--yes",
            "--quiet",
            "--no-permission-warning",
            "--trust-model=always",
            "--passphrase=",
            "--pinentry-mode=loopback",
            &format!("--faked-system-time={time}!"),
        ]);
        command
    }

    /// Makes a key of that algorithm, valid as long as `expires` says (`2y`, `never`), and returns its
    /// fingerprint.
    ///
    /// # Panics
    /// When gpg fails.
    #[track_caller]
    pub fn key(&self, time: &str, name: &str, algorithm: &str, expires: &str) -> String {
        let user = format!("{name} <{name}@example.org>");
        self.run(time, &["--quick-gen-key", &user, algorithm, "sign", expires]);
        let said = self.run(time, &["--with-colons", "--list-keys", &user]).stdout;
        let line = said.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().to_owned()
    }

    /// The public keys, binary.
    ///
    /// # Panics
    /// When gpg fails.
    #[track_caller]
    pub fn export(&self, keys: &[&str]) -> Vec<u8> {
        let mut command = self.command("20300101T000000");
        let out = command.arg("--export").args(keys).output().unwrap();
        assert!(out.status.success() && !out.stdout.is_empty(), "{out:?}");
        out.stdout
    }

    /// Signs a text with those keys by a command such as `--clearsign` and options for it.
    ///
    /// # Panics
    /// When gpg fails.
    #[track_caller]
    pub fn sign(&self, time: &str, keys: &[&str], how: &[&str], text: &[u8]) -> Vec<u8> {
        let file = self.home.path().join("text");
        std::fs::write(&file, text).unwrap();
        let mut command = self.command(time);
        for key in keys {
            command.args(["--local-user", key]);
        }
        let out = command.args(["--output", "-"]).args(how).arg(&file).output().unwrap();
        assert!(out.status.success(), "{out:?}");
        out.stdout
    }

    /// Runs a command of gpg's to its end, which must be success.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn run(&self, time: &str, words: &[&str]) -> Ran {
        run(self.command(time).args(words)).expect_success("gpg")
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        // OK to ignore: an agent ends by itself when its home is gone.
        let _ = Command::new("gpgconf")
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--kill", "gpg-agent"])
            .output();
    }
}
