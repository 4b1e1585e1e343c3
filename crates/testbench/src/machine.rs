//! Tests' use of the machine's kernel: mounting as root, and running as `nobody`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{missing, oracle};

/// The ids of the user `nobody` and its group, who own no files.
pub const NOBODY: u32 = 65534;

/// Whether this process may mount.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Makes `command` run as the user `nobody`, without root's supplementary groups and capabilities.
/// When the tests are not run by root, nothing changes.
///
/// The user `nobody` must be allowed to read the program and its files, which in a home directory
/// it often is not: see [`NobodysRoom`].
pub fn as_nobody(command: &mut Command) -> &mut Command {
    if is_root() { command.uid(NOBODY).gid(NOBODY) } else { command }
}

/// A temporary directory that belongs to the user `nobody`.
#[derive(Debug)]
pub struct NobodysRoom(TempDir);

impl NobodysRoom {
    /// Makes the directory.
    ///
    /// # Panics
    /// When the system's directory for temporary files cannot be written to.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        give(dir.path());
        Self(dir)
    }

    /// The directory's path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Copies a file (a program, an input) into the directory, so that `nobody` can read and run
    /// it.
    ///
    /// # Panics
    /// When the file cannot be copied.
    pub fn bring(&self, file: &Path) -> PathBuf {
        let to = self.path().join(file.file_name().expect("a file has a name"));
        copy(file, &to);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&to, mode).expect("a mode for our own copy");
        give(&to);
        to
    }
}

impl Default for NobodysRoom {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs one of the running program's tests again, by its whole name, as the user `nobody`, because
/// nothing is refused to root.
///
/// # Panics
/// When it does not pass.
#[track_caller]
pub fn again_as_nobody(test: &str) {
    let room = NobodysRoom::new();
    let program = room.bring(&std::env::current_exe().expect("this program has a path"));
    let mut command = Command::new(program);
    command.args(["--exact", test]).env("TMPDIR", room.path()).current_dir(room.path());
    let ran = crate::run(as_nobody(&mut command)).expect_success(test);
    assert!(ran.stdout.contains("1 passed"), "{}", ran.stdout);
}

/// Copies a file with a process of its own. A program that this process wrote could fail to start
/// with "text file busy", while a child that another thread forked still has it open for writing.
///
/// # Panics
/// When it cannot be copied.
#[track_caller]
pub fn copy(from: &Path, to: &Path) {
    crate::run(Command::new("cp").arg("--").args([from, to])).expect_success("cp");
}

/// Copies a directory with all that is in it, readable for everybody.
///
/// # Panics
/// When it cannot be copied.
#[track_caller]
pub fn copy_tree(from: &Path, to: &Path) {
    let mut command = Command::new("cp");
    command.args(["-r", "--dereference", "--no-preserve=all", "--"]).args([from, to]);
    crate::run(&mut command).expect_success("cp -r");
}

fn give(path: &Path) {
    if is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("root may chown");
    }
}

/// A file system in an image, mounted by the kernel.
///
/// The mount is in the mount namespace of a helper process, and the test sees it through
/// `/proc/PID/root`. The helper waits on a pipe from the test, so it ends when this value is
/// dropped or the test is killed; the kernel then unmounts and frees the loop device. No other
/// process sees the mount.
#[derive(Debug)]
pub struct LoopMount {
    keeper: Child,
    path: PathBuf,
    _dir: TempDir,
}

impl LoopMount {
    /// Mounts `len` bytes at `offset` of `image`, both in bytes, as `kind` (`ext3`, …). `None`
    /// means: skip the test; this is not root, or the kernel knows no such file system, as noted
    /// for the summary.
    ///
    /// # Panics
    /// When the kernel refuses to mount: that is an objection to the image.
    #[track_caller]
    pub fn new(image: &Path, offset: u64, len: u64, kind: &str) -> Option<Self> {
        Self::try_new(image, offset, len, kind)?.map_err(|e| panic!("{}", e)).ok()
    }

    /// As [`LoopMount::new`], but returns the kernel's refusal as a value, for tamper tests.
    #[track_caller]
    pub fn try_new(
        image: &Path,
        offset: u64,
        len: u64,
        kind: &str,
    ) -> Option<Result<Self, String>> {
        Self::mount(image, kind, &format!("ro,loop,offset={offset},sizelimit={len}"))
    }

    /// Mounts a whole image with options of `mount(8)`, such as `rw,noatime`. [`unmount`] it to be
    /// sure that all is written.
    ///
    /// [`unmount`]: LoopMount::unmount
    ///
    /// # Panics
    /// As [`LoopMount::new`].
    #[track_caller]
    pub fn whole(image: &Path, kind: &str, options: &str) -> Option<Self> {
        Self::mount(image, kind, &format!("loop,{options}"))?.map_err(|e| panic!("{}", e)).ok()
    }

    #[track_caller]
    fn mount(image: &Path, kind: &str, options: &str) -> Option<Result<Self, String>> {
        if !is_root() {
            missing("root, for a kernel mount");
            return None;
        }
        let known = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
        if !known.lines().any(|l| l.split_whitespace().next_back() == Some(kind)) {
            missing(&format!("file system `{kind}` in this kernel"));
            return None;
        }
        let unshare = oracle("unshare")?;
        oracle("mount")?;
        let dir = tempfile::tempdir().expect("a mount point");
        // `read` ends when the test closes the pipe, by dropping this value or by dying. Programs
        // that tests start meanwhile hold our files for a moment, between fork and exec.
        let script = "mount -t \"$1\" -o \"$2\" \"$3\" \"$4\" && echo mounted || exit; read -r _; \
                      for _ in $(seq 100); do umount \"$4\" && exit; sleep 0.1; done; exit 1";
        let mut keeper = unshare
            .command()
            .args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"])
            .args([kind, options])
            .args([image, dir.path()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", unshare.path().display()));
        let mut line = String::new();
        let out = keeper.stdout.take().expect("OK to unwrap: stdout is piped above");
        let _ = BufReader::new(out).read_line(&mut line);
        if line != "mounted\n" {
            let out = keeper.wait_with_output().expect("a child can be waited for");
            return Some(Err(String::from_utf8_lossy(&out.stderr).into_owned()));
        }
        // `/proc/PID/root` and then the absolute path of the mount point, without its slash.
        let mut path = PathBuf::from(format!("/proc/{}/root", keeper.id()));
        path.extend(dir.path().components().skip(1));
        Some(Ok(Self { keeper, path, _dir: dir }))
    }

    /// The mounted tree's root.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Unmounts it: all that was written is in the image now. No other process can hold it, since
    /// nobody else sees the mount.
    ///
    /// # Panics
    /// When it stays busy.
    #[track_caller]
    pub fn unmount(mut self) {
        drop(self.keeper.stdin.take());
        let status = self.keeper.wait().expect("a child can be waited for");
        assert!(status.success(), "{} stays busy", self.path.display());
    }
}

impl Drop for LoopMount {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
