//! `cargo xtask bench download`: a download from loopback, beside `curl`. The digest is computed in
//! ours, and everything is in the cache when it ends.
//!
//! Without a limit, the server, the reader and the digest share the processors: on a machine with two,
//! ours waits for the third part. At the rate of a network it is seen whether that is felt.

use super::cases::{Case, Side, noise, side};
use super::options::Options;
use super::rounds::each;
use crate::sh::{self, Error, cargo};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

const MIB: u64 = 512;

const SIDES: &[Side] = &[
    side("bootkey", &["sh", "-c", "DOWNLOAD $(cat IN/url) $(cat IN/sum) OUT"]),
    side("curl", &["sh", "-c", "curl -s -o OUT $(cat IN/url)"]),
    side("curl, sha256sum", &["sh", "-c", "curl -s -o OUT $(cat IN/url) && sha256sum OUT"]),
];

const CASES: &[Case] = &[
    Case {
        name: "a download of 512 MiB from loopback",
        fill: |dir| fill(dir, None),
        mib: MIB,
        reflinks: false,
        sides: SIDES,
    },
    Case {
        name: "a download of 512 MiB at 500 MiB a second",
        fill: |dir| fill(dir, Some(500)),
        mib: MIB,
        reflinks: false,
        sides: SIDES,
    },
];

pub(super) fn run(options: &Options) -> Result<(), Error> {
    tables(options).map(|_| ())
}

/// Runs the case, and returns its table.
pub(super) fn tables(options: &Options) -> Result<Vec<String>, Error> {
    let example = ["build", "--locked", "--release", "-p", "downloads", "--example", "download"];
    sh::run(cargo().args(example))?;
    each(CASES, options, false)
}

/// Makes the file, and starts its server, which ends with this program; at most `rate` MiB a second.
fn fill(dir: &Path, rate: Option<u32>) -> io::Result<()> {
    let path = dir.join("file");
    let mut file = File::create(&path)?;
    let piece = noise(1 << 20);
    (0..MIB).try_for_each(|_| file.write_all(&piece))?;
    file.sync_all()?;
    let sum = Command::new("sha256sum").arg(&path).output()?.stdout;
    let sum: Vec<u8> = sum.into_iter().take_while(u8::is_ascii_hexdigit).collect();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    std::fs::write(dir.join("url"), format!("http://{}/file", listener.local_addr()?))?;
    std::fs::write(dir.join("sum"), sum)?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let path = path.clone();
            // OK to ignore its result: the side fails, and says so.
            thread::spawn(move || serve(stream, path, rate));
        }
    });
    Ok(())
}

/// Answers one request. The kernel copies the file, so that the server is not what is measured.
fn serve(mut stream: TcpStream, path: PathBuf, rate: Option<u32>) -> io::Result<()> {
    for line in BufReader::new(stream.try_clone()?).lines() {
        if line?.is_empty() {
            break;
        }
    }
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n")?;
    let Some(rate) = rate else {
        return io::copy(&mut &file, &mut stream).map(|_| ());
    };
    let began = Instant::now();
    for mib in 1.. {
        if io::copy(&mut (&file).take(1 << 20), &mut stream)? == 0 {
            break;
        }
        thread::sleep((Duration::from_secs(mib) / rate).saturating_sub(began.elapsed()));
    }
    Ok(())
}
