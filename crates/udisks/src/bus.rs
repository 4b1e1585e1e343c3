//! The system bus: a socket, and the calls that go over it, one after another.

use crate::error::Error;
use crate::message::{self, Call, FIXED, Message, Writer};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::geteuid;
use std::io::{self, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};

/// Where the system bus is, if nobody says otherwise.
const ADDRESS: &str = "unix:path=/run/dbus/system_bus_socket";
/// Longest line of the authentication.
const LONGEST_LINE: usize = 1 << 10;

/// A connection to the bus.
#[derive(Debug)]
pub(crate) struct Bus {
    socket: UnixStream,
    serial: u32,
}

impl Bus {
    /// Connects to the system bus, as the user who runs this.
    pub(crate) fn connect() -> Result<Self, Error> {
        let none = |reason: String| Error::NotThere { reason };
        let address =
            std::env::var("DBUS_SYSTEM_BUS_ADDRESS").unwrap_or_else(|_| ADDRESS.to_owned());
        let socket = open(&address).map_err(|e| none(format!("{address}: {e}")))?;
        let mut bus = Self { socket, serial: 0 };
        bus.authenticate().map_err(|e| none(format!("{address}: {e}")))?;
        let hello = Call {
            service: "org.freedesktop.DBus",
            object: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            method: "Hello",
            signature: "",
            arguments: Writer::default(),
        };
        bus.call(&hello)?;
        Ok(bus)
    }

    fn authenticate(&mut self) -> io::Result<()> {
        let refused = |line: &str| io::Error::other(format!("it says {line}"));
        let digits: String =
            geteuid().as_raw().to_string().bytes().map(|digit| format!("{digit:02x}")).collect();
        self.socket.write_all(format!("\0AUTH EXTERNAL {digits}\r\n").as_bytes())?;
        let line = self.line()?;
        if !line.starts_with("OK ") {
            return Err(refused(&line));
        }
        self.socket.write_all(b"NEGOTIATE_UNIX_FD\r\n")?;
        let line = self.line()?;
        if line != "AGREE_UNIX_FD" {
            return Err(refused(&line));
        }
        self.socket.write_all(b"BEGIN\r\n")
    }

    /// A line of the authentication. The bus says nothing behind it before it is asked.
    fn line(&mut self) -> io::Result<String> {
        let (mut line, mut byte) = (Vec::new(), [0]);
        while line.len() < LONGEST_LINE {
            self.socket.read_exact(&mut byte)?;
            line.extend(byte);
            if let Some(line) = line.strip_suffix(b"\r\n") {
                return Ok(String::from_utf8_lossy(line).into_owned());
            }
        }
        Err(io::Error::other("a line without an end"))
    }

    /// Calls a method, and waits for its reply, and the files that come with it.
    pub(crate) fn call(&mut self, call: &Call<'_>) -> Result<(Message, Vec<OwnedFd>), Error> {
        let failed = |e: io::Error| Error::Failed { reason: e.to_string() };
        self.serial += 1;
        self.socket.write_all(&call.encode(self.serial)).map_err(failed)?;
        loop {
            let (message, files) = self.message().map_err(failed)?;
            // Others are signals, and nobody here listens.
            if message.answers != Some(self.serial) {
                continue;
            }
            if !message.is_error {
                return Ok((message, files));
            }
            let text = (message.signature.starts_with('s'))
                .then(|| message::Reader::new(&message.body).text())
                .flatten();
            let name = message.error.unwrap_or_default();
            return Err(Error::named(&name, text.as_deref().unwrap_or(&name)));
        }
    }

    fn message(&mut self) -> io::Result<(Message, Vec<OwnedFd>)> {
        let unknown = || io::Error::other("the bus says what is no message");
        let (mut bytes, mut files) = (vec![0; FIXED], Vec::new());
        self.fill(&mut bytes, &mut files)?;
        let len = message::len(&bytes).ok_or_else(unknown)?;
        bytes.resize(len, 0);
        let rest = bytes.get_mut(FIXED..).unwrap_or_default();
        self.fill(rest, &mut files)?;
        Ok((message::decode(&bytes).ok_or_else(unknown)?, files))
    }

    /// Reads as many bytes, and the open files that come with any of them.
    fn fill(&self, bytes: &mut [u8], files: &mut Vec<OwnedFd>) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(16))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let mut part = [IoSliceMut::new(&mut bytes[done..])];
            let flags = RecvFlags::CMSG_CLOEXEC;
            let received = match recvmsg(&self.socket, &mut part, &mut control, flags) {
                Err(rustix::io::Errno::INTR) => continue,
                received => received?,
            };
            for message in control.drain() {
                if let RecvAncillaryMessage::ScmRights(rights) = message {
                    files.extend(rights);
                }
            }
            if received.bytes == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            done += received.bytes;
        }
        Ok(())
    }
}

/// Opens the first socket of this machine that an address names: `unix:path=/run/x,guid=…;unix:…`.
fn open(address: &str) -> io::Result<UnixStream> {
    let sockets = address.split(';').filter_map(|one| one.strip_prefix("unix:"));
    let mut pairs = sockets.flat_map(|one| one.split(',')).filter_map(|pair| pair.split_once('='));
    let place = pairs.find(|(key, _)| matches!(*key, "path" | "abstract"));
    match place {
        Some(("path", path)) => UnixStream::connect(path),
        Some((_, name)) => UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?),
        None => Err(io::Error::other("no socket of this machine")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn addresses_lead_to_sockets() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bus");
        let _listener = UnixListener::bind(&path).unwrap();
        open(&format!("tcp:host=x;unix:guid=7,path={}", path.display())).unwrap();
        for none in ["", "unix:", "tcp:host=x,port=1", "unix:path=/nowhere"] {
            open(none).unwrap_err();
        }
    }

    #[test]
    fn a_bus_that_hangs_up_or_talks_nonsense_is_an_error() {
        for says in [&b""[..], b"REJECTED EXTERNAL\r\n", &[b'x'; 5000], b"OK 1\r\nERROR\r\n"] {
            let (socket, mut other) = UnixStream::pair().unwrap();
            other.write_all(says).unwrap();
            other.shutdown(std::net::Shutdown::Write).unwrap();
            Bus { socket, serial: 0 }.authenticate().unwrap_err();
        }
        for says in [&b"l\x02"[..], &[b'x'; 100], &[b'l'; 16]] {
            let (socket, mut other) = UnixStream::pair().unwrap();
            other.write_all(says).unwrap();
            other.shutdown(std::net::Shutdown::Write).unwrap();
            Bus { socket, serial: 0 }.message().unwrap_err();
        }
    }
}
