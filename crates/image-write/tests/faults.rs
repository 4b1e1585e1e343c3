//! Disks that fill up, inputs that change, programs that are killed: nothing half-done remains.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use image_layout::Layout;
use image_write::{Error, Format, Options, to_file, to_stream};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use testbench::{Ran, missing, oracle};

const MIB: u64 = 1 << 20;

/// An image that is one input.
fn copy_of(len: u64) -> Layout {
    let mut l = Layout::new(len);
    l.claim(0, "file /x.iso", source(0, 0, len)).unwrap();
    l
}

fn input(dir: &Path, len: usize) -> PathBuf {
    let path = dir.join("x.iso");
    fs::write(&path, noise(len)).unwrap();
    path
}

#[test]
fn stopping_leaves_the_old_file() {
    let dir = tempfile::tempdir().unwrap();
    let iso = input(dir.path(), 4096);
    let path = dir.path().join("key.img");
    fs::write(&path, b"old").unwrap();
    let stop = &mut |_: image_write::Progress<'_>| ControlFlow::Break(());
    let e = to_file(&copy_of(4096), &Inputs::open(&[&iso]), &path, Options::default(), stop);
    assert!(matches!(e, Err(Error::Stopped)), "{e:?}");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(dir.path()), ["key.img", "x.iso"]);
}

#[test]
fn an_input_that_shrinks_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key.img");
    for hidden in [false, true] {
        for sha256 in [false, true] {
            // More than is read ahead.
            let iso = input(dir.path(), 16 * MIB as usize);
            let inputs = Inputs::open(&[&iso]);
            let inputs = if hidden { inputs.hidden() } else { inputs };
            let mut layout = Layout::new(20 * MIB);
            layout.claim(0, "first", noise(1)).unwrap();
            layout.claim(MIB, "file", source(0, 0, 16 * MIB)).unwrap();
            let shrink = &mut |p: image_write::Progress<'_>| {
                File::options().write(true).open(&iso).unwrap().set_len(3 * MIB).unwrap();
                go_on(p)
            };
            let options = Options { sha256, ..Options::default() };
            let e = to_file(&layout, &inputs, &path, options, shrink).unwrap_err();
            let e = e.to_string();
            assert!(e.starts_with(&format!("`{}` ended before byte ", iso.display())), "{e}");
            assert_eq!(names(dir.path()), ["x.iso"]);
        }
    }
}

/// Shrunk within a trailing hole, where there is nothing to read.
#[test]
fn an_input_that_loses_a_hole_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let iso = input(dir.path(), 4096);
    let (layout, path) = (copy_of(4 * MIB), dir.path().join("key.img"));
    let e = to_file(&layout, &Inputs::open(&[&iso]), &path, Options::default(), &mut go_on);
    assert!(matches!(e, Err(Error::InputShrank { .. })), "{e:?}");
    let e =
        to_stream(&layout, &Inputs::open(&[&iso]), &mut Vec::new(), Options::default(), &mut go_on);
    assert!(matches!(e, Err(Error::InputShrank { offset: 4096, .. })), "{e:?}");
    assert_eq!(names(dir.path()), ["x.iso"]);
}

#[test]
fn an_input_that_is_written_to_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let iso = input(dir.path(), 4096);
    let old = fs::metadata(&iso).unwrap().modified().unwrap();
    let path = dir.path().join("key.img");
    let change = &mut |p: image_write::Progress<'_>| {
        let f = File::options().write(true).open(&iso).unwrap();
        f.write_all_at(b"new", 0).unwrap();
        // Clocks of file systems are coarse; this one has certainly moved on.
        f.set_modified(old + std::time::Duration::from_secs(1)).unwrap();
        go_on(p)
    };
    let e = to_file(&copy_of(4096), &Inputs::open(&[&iso]), &path, Options::default(), change);
    let said = e.unwrap_err().to_string();
    let expected = format!(
        "`{}` changed while it was read; run again when nothing writes to it",
        iso.display()
    );
    assert_eq!(said, expected);
    assert_eq!(names(dir.path()), ["x.iso"]);
}

/// Files that are opened one by one, and told to have changed at the end.
struct OnDemand(PathBuf);

impl image_layout::Sources for OnDemand {
    fn read_exact_at(
        &self,
        _: image_layout::SourceId,
        offset: u64,
        buf: &mut [u8],
    ) -> std::io::Result<()> {
        File::open(&self.0)?.read_exact_at(buf, offset)
    }
}

impl image_write::SourceFiles for OnDemand {
    fn file(&self, _: image_layout::SourceId) -> Option<&File> {
        None
    }

    fn path(&self, _: image_layout::SourceId) -> &Path {
        &self.0
    }

    fn open(&self, _: image_layout::SourceId) -> std::io::Result<Option<std::sync::Arc<File>>> {
        Ok(Some(File::open(&self.0)?.into()))
    }

    fn check_unchanged(&self) -> std::io::Result<()> {
        Err(std::io::Error::other("x.iso is another file now"))
    }
}

#[test]
fn what_sources_say_at_the_end_keeps_the_old_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key.img");
    fs::write(&path, b"old").unwrap();
    for len in [100, MIB] {
        let inputs = OnDemand(input(dir.path(), len as usize));
        let e = to_file(&copy_of(len), &inputs, &path, Options::default(), &mut go_on);
        assert_eq!(e.unwrap_err().to_string(), "x.iso is another file now");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["key.img", "x.iso"]);
    }
}

/// A new image is not waited for; one that replaces another is on the disk before it does.
#[test]
fn the_disk_is_waited_for_when_a_file_is_replaced() {
    let Some(strace) = oracle("strace") else { return };
    let (dir, _out) = with_out(4096);
    let log = dir.path().join("log");
    let order = || {
        let mut c = strace.command();
        c.args(["-f", "-e", "trace=fsync,fdatasync,renameat,renameat2", "-o"]).arg(&log);
        c.arg(std::env::current_exe().unwrap());
        let ran = testbench::run(&mut as_child(c, "write", dir.path())).expect_success("child");
        assert_eq!(said(&ran, "result"), "written");
        let log = fs::read_to_string(&log).unwrap();
        let call = |line: &str| Some(line.split_once(' ')?.1.trim().split_once('(')?.0.to_owned());
        log.lines().filter_map(call).collect::<Vec<_>>()
    };
    assert_eq!(order(), ["renameat2"]);
    assert_eq!(order(), ["fsync", "renameat2", "fsync"]);
}

#[test]
fn a_full_stream_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = Inputs::open(&[&input(dir.path(), 4096)]);
    let mut full = File::options().write(true).open("/dev/full").unwrap();
    let e = to_stream(&copy_of(4096), &inputs, &mut full, Options::default(), &mut go_on);
    let said = e.unwrap_err().to_string();
    assert_eq!(said, "cannot write to the stream: No space left on device (os error 28)");
}

/// The test program again, as the `child` test below, playing `role` in `dir`; behind a shell
/// script, which has the program and its arguments as `"$@"`, in a mount namespace of its own.
/// `None` where there are no such namespaces.
fn confined(script: &str, role: &str, dir: &Path) -> Option<Command> {
    let unshare = oracle("unshare")?;
    if unshare.run(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status != Some(0) {
        missing("user namespaces");
        return None;
    }
    let mut c = unshare.command();
    c.args(["-rm", "sh", "-c", script, "sh"]).arg(std::env::current_exe().unwrap());
    Some(as_child(c, role, dir))
}

fn as_child(mut c: Command, role: &str, dir: &Path) -> Command {
    c.args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"]);
    c.env("IMAGE_WRITE_ROLE", role).env("IMAGE_WRITE_DIR", dir);
    c
}

fn myself(role: &str, dir: &Path) -> Command {
    as_child(Command::new(std::env::current_exe().unwrap()), role, dir)
}

/// The word after `=` that a child said.
fn said(ran: &Ran, key: &str) -> String {
    let line = ran.stdout.lines().find_map(|l| l.strip_prefix(&format!("{key}=")));
    line.unwrap_or_else(|| panic!("no `{key}=` in {ran:?}")).to_owned()
}

#[test]
#[ignore = "run by the other tests as a program of its own"]
fn child() {
    let Some(dir) = std::env::var_os("IMAGE_WRITE_DIR").map(PathBuf::from) else { return };
    let iso = dir.join("x.iso");
    let inputs = || Inputs::open(&[&iso]);
    let size = || fs::metadata(&iso).unwrap().len();
    let out = dir.join("out");
    let to = |layout: &Layout,
              options,
              progress: &mut dyn FnMut(image_write::Progress<'_>) -> ControlFlow<()>| {
        to_file(layout, &inputs(), &out.join("key.img"), options, progress)
    };
    let none = Options::default();
    // Standard output is captured by line; the harness writes to it too.
    match std::env::var("IMAGE_WRITE_ROLE").unwrap().as_str() {
        "write" => match to(&copy_of(size()), none, &mut go_on) {
            Ok(_) => {
                assert!(fs::read(out.join("key.img")).unwrap() == fs::read(&iso).unwrap());
                println!("\nresult=written");
            }
            Err(e) => println!("\nresult={e}"),
        },
        "compress" => {
            for format in [Format::Gzip, Format::Zstd, Format::Qcow2, Format::Vhd] {
                let e = to(&copy_of(size()), Options { format, ..none }, &mut go_on).unwrap_err();
                println!("\n{format}={e}");
            }
        }
        "write with a digest" => {
            to(&copy_of(size()), Options { sha256: true, ..none }, &mut go_on).unwrap();
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
            println!("\npeak={}", peak.trim().strip_suffix(" kB").unwrap());
        }
        role if role.starts_with("compress with threads to ") => {
            let format = role.rsplit(' ').next().unwrap().parse().unwrap();
            let threads = NonZero::new(16);
            to(&copy_of(size()), Options { format, threads, ..none }, &mut go_on).unwrap();
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
            println!("\npeak={}", peak.trim().strip_suffix(" kB").unwrap());
        }
        "fill the disk meanwhile" => {
            let mut layout = Layout::new(4 * MIB);
            layout.claim(0, "first", noise(1)).unwrap();
            layout.claim(MIB, "file", source(0, 0, 3 * MIB)).unwrap();
            let mut filler = File::create(out.join("filler")).unwrap();
            let e = to(&layout, none, &mut |p| {
                while filler.write_all(&[1; 4096]).is_ok() {}
                go_on(p)
            });
            println!("\nresult={}", e.unwrap_err());
        }
        "wait in the middle" => {
            let mut layout = Layout::new(4 * MIB);
            layout.claim(0, "first", noise(1)).unwrap();
            layout.claim(MIB, "file", source(0, 0, 2 * MIB)).unwrap();
            let _ = to(&layout, none, &mut |_| {
                println!("\nwaiting");
                loop {
                    std::thread::park();
                }
            });
        }
        role => panic!("{role}"),
    }
    println!("left={}", names(&out).join(","));
}

fn with_out(len: usize) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    input(dir.path(), len);
    let out = dir.path().join("out");
    fs::create_dir(&out).unwrap();
    (dir, out)
}

const ON_A_SMALL_DISK: &str =
    r#"mount -t tmpfs -o size=4m none "$IMAGE_WRITE_DIR/out" && exec "$@""#;

/// From one file system to another, where the kernel may refuse to copy by itself.
#[test]
fn another_file_system_gets_the_same_bytes() {
    let (dir, _out) = with_out(3 * MIB as usize + 1);
    let Some(mut c) = confined(ON_A_SMALL_DISK, "write", dir.path()) else { return };
    let ran = testbench::run(&mut c).expect_success("child");
    assert_eq!(
        (said(&ran, "result").as_str(), said(&ran, "left").as_str()),
        ("written", "key.img")
    );
}

#[test]
fn an_image_that_cannot_fit_is_refused_early() {
    let (dir, out) = with_out(8 * MIB as usize);
    let Some(mut c) = confined(ON_A_SMALL_DISK, "write", dir.path()) else { return };
    let ran = testbench::run(&mut c).expect_success("child");
    let (path, out) = (out.join("key.img").display().to_string(), out.display().to_string());
    let expected = format!(
        "`{path}` needs 8388608 bytes, but the file system at `{out}` has 4194304 left; \
         free some, or write elsewhere"
    );
    assert_eq!(said(&ran, "result"), expected);
    assert_eq!(said(&ran, "left"), "");
}

/// Of the compressed, nobody knows before how long they get.
#[test]
fn no_format_leaves_anything_on_a_full_disk() {
    let (dir, out) = with_out(8 * MIB as usize);
    let Some(mut c) = confined(ON_A_SMALL_DISK, "compress", dir.path()) else { return };
    let ran = testbench::run(&mut c).expect_success("child");
    let path = out.join("key.img").display().to_string();
    for format in ["gz", "zst"] {
        let full = format!("`{path}`: the disk is full");
        assert!(said(&ran, format).starts_with(&full), "{}", said(&ran, format));
    }
    for format in ["qcow2", "vhd"] {
        assert!(said(&ran, format).starts_with(&format!("`{path}` needs ")), "{ran:?}");
    }
    assert_eq!(said(&ran, "left"), "");
}

#[test]
fn a_disk_that_fills_up_leaves_nothing() {
    let (dir, out) = with_out(3 * MIB as usize);
    let Some(mut c) = confined(ON_A_SMALL_DISK, "fill the disk meanwhile", dir.path()) else {
        return;
    };
    let ran = testbench::run(&mut c).expect_success("child");
    let expected = format!(
        "`{}`: the disk is full (No space left on device (os error 28)); \
         free some space, or write elsewhere",
        out.join("key.img").display()
    );
    assert_eq!(said(&ran, "result"), expected);
    assert_eq!(said(&ran, "left"), "filler");
}

#[test]
fn a_limit_on_file_sizes_leaves_nothing() {
    let (dir, out) = with_out(2 * MIB as usize);
    let mut sh = Command::new("sh");
    sh.args(["-c", r#"trap '' XFSZ; ulimit -f 1024; exec "$@""#, "sh"]);
    sh.arg(std::env::current_exe().unwrap());
    let ran = testbench::run(&mut as_child(sh, "write", dir.path())).expect_success("child");
    let expected = format!(
        "`{}` needs 2097152 bytes, more than a single file may have here (File too large \
         (os error 27)); write to another file system or raise `ulimit -f`",
        out.join("key.img").display()
    );
    assert_eq!(said(&ran, "result"), expected);
    assert_eq!(said(&ran, "left"), "");
}

/// Starts a child that stops in the middle, and kills it there.
fn kill_in_the_middle(mut c: Command) {
    let mut child: Child = c.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|l| l.unwrap() == "waiting"), "the child never got to the middle");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn sigkill_leaves_nothing() {
    let (dir, out) = with_out(2 * MIB as usize);
    kill_in_the_middle(myself("wait in the middle", dir.path()));
    assert!(names(&out).is_empty(), "{:?}", names(&out));
}

/// Without /proc a file has a name from the start, as on file systems without unnamed files.
#[test]
fn without_unnamed_files_the_next_run_cleans_up() {
    const NO_PROC: &str = r#"mount -t tmpfs none /proc && exec "$@""#;
    let (dir, out) = with_out(2 * MIB as usize);
    let Some(c) = confined(NO_PROC, "wait in the middle", dir.path()) else { return };
    kill_in_the_middle(c);
    let left = names(&out);
    assert!(
        left.len() == 1 && left[0].starts_with(".key.img.bootkey-") && left[0].ends_with("-0.tmp"),
        "{left:?}"
    );
    let ran = testbench::run(&mut confined(NO_PROC, "write", dir.path()).unwrap());
    let ran = ran.expect_success("child");
    assert_eq!(
        (said(&ran, "result").as_str(), said(&ran, "left").as_str()),
        ("written", "key.img")
    );
    assert_eq!(fs::read(out.join("key.img")).unwrap(), noise(2 * MIB as usize));
}

/// 6 GiB, most of it holes, 96 MiB of it data that is read for the digest.
#[test]
fn memory_stays_below_64_mib() {
    let (dir, out) = with_out(96 * MIB as usize);
    let iso = dir.path().join("x.iso");
    File::options().write(true).open(&iso).unwrap().set_len(6 << 30).unwrap();
    let ran = testbench::run(&mut myself("write with a digest", dir.path()));
    let peak: u64 = said(&ran.expect_success("child"), "peak").parse().unwrap();
    assert_eq!(fs::metadata(out.join("key.img")).unwrap().len(), 6 << 30);
    assert!(peak < 64 * 1024, "{peak} KiB");
}

/// On as many processors as never fit: threads are as many as memory allows.
#[test]
fn memory_of_compressors_stays_below_256_mib() {
    let (dir, _out) = with_out(0);
    // Enough for every thread to have a block, and easy to compress.
    fs::write(dir.path().join("x.iso"), noise(64 << 10).repeat(1 << 10)).unwrap();
    for format in ["gz", "xz", "zst"] {
        let role = format!("compress with threads to {format}");
        let ran = testbench::run(&mut myself(&role, dir.path())).expect_success("child");
        let peak: u64 = said(&ran, "peak").parse().unwrap();
        assert!(peak < 256 * 1024, "{format}: {peak} KiB");
    }
}
