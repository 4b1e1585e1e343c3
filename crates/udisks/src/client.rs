//! The calls of udisks.

use crate::bus::Bus;
use crate::error::Error;
use crate::message::{Call, Message, Reader, Variant, Writer};
use rustix::fs::OFlags;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const SERVICE: &str = "org.freedesktop.UDisks2";
const MANAGER: &str = "/org/freedesktop/UDisks2/Manager";

/// A connection to udisks.
#[derive(Debug)]
pub struct Udisks {
    bus: Mutex<Bus>,
}

impl Udisks {
    /// Connects to the system bus, and starts udisks if it does not run. Nobody is asked for a password.
    ///
    /// # Errors
    /// [`Error::NotThere`].
    pub fn connect() -> Result<Self, Error> {
        let udisks = Self { bus: Mutex::new(Bus::connect()?) };
        match udisks.call(MANAGER, "org.freedesktop.DBus.Peer", "Ping", "", Writer::default()) {
            Err(Error::Failed { reason } | Error::NotAllowed { reason }) => {
                Err(Error::NotThere { reason })
            }
            pinged => pinged.map(|_| udisks),
        }
    }

    /// Checks that udisks knows a device.
    ///
    /// # Errors
    /// [`Error::Impossible`] if it does not; what the service says.
    pub fn check_known(&self, device: &Path) -> Result<(), Error> {
        self.block(device).map(drop)
    }

    /// Opens a device for reading and writing, past the cache, and for this program alone: then nobody can mount
    /// it. The user may be asked for a password, and this waits for it.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::Busy`]; what the service says.
    pub fn open(&self, device: &Path) -> Result<File, Error> {
        let flags = OFlags::EXCL | OFlags::DIRECT | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut arguments = Writer::default();
        arguments.text("rw");
        arguments.options(Some(("flags", &Variant::Number(flags.bits()))));
        let block = self.block(device)?;
        let (_, files) = self.call_of(&block, "Block", "OpenDevice", "sa{sv}", arguments)?;
        let opened = files.into_iter().next().ok_or_else(|| unknown("an open file"))?;
        Ok(File::from(opened))
    }

    /// Unmounts a device, at one of the places where it is mounted. The user may be asked for a password.
    ///
    /// # Errors
    /// [`Error::NotAllowed`]; [`Error::Busy`] if somebody has something there open; what the service says.
    pub fn unmount(&self, device: &Path) -> Result<(), Error> {
        let block = self.block(device)?;
        self.call_of(&block, "Filesystem", "Unmount", "a{sv}", no_options()).map(drop)
    }

    /// Powers off the drive that a device lies on. The user may be asked for a password.
    ///
    /// # Errors
    /// [`Error::Impossible`] if it has no power switch of its own; [`Error::NotAllowed`];
    /// [`Error::Busy`] if it is mounted; what the service says.
    pub fn power_off(&self, device: &Path) -> Result<(), Error> {
        let block = self.block(device)?;
        let mut arguments = Writer::default();
        arguments.text(&format!("{SERVICE}.Block"));
        arguments.text("Drive");
        let properties = "org.freedesktop.DBus.Properties";
        let (reply, _) = self.call(&block, properties, "Get", "ss", arguments)?;
        let mut body = Reader::new(&reply.body);
        let is_path = body.signature().is_some_and(|signature| signature == "o");
        let drive = body.text().filter(|_| is_path).ok_or_else(|| unknown("a drive"))?;
        if drive == "/" {
            return Err(Error::Impossible { reason: "it is on no drive".to_owned() });
        }
        self.call_of(&drive, "Drive", "PowerOff", "a{sv}", no_options()).map(drop)
    }

    /// The object of a device.
    fn block(&self, device: &Path) -> Result<String, Error> {
        let mut arguments = Writer::default();
        arguments.options(Some(("path", &Variant::Text(&device.to_string_lossy()))));
        // The second dictionary starts where the first ends.
        arguments.options(None);
        let (reply, _) =
            self.call_of(MANAGER, "Manager", "ResolveDevice", "a{sv}a{sv}", arguments)?;
        let mut body = Reader::new(&reply.body);
        let objects = (reply.signature == "ao").then(|| body.u32()).flatten();
        match objects.ok_or_else(|| unknown("a list of objects"))? {
            0 => Err(Error::Impossible { reason: "it does not know the device".to_owned() }),
            _ => body.text().ok_or_else(|| unknown("an object")),
        }
    }

    /// Calls a method of one of udisks' own interfaces.
    fn call_of(
        &self,
        object: &str,
        interface: &str,
        method: &str,
        signature: &str,
        arguments: Writer,
    ) -> Result<(Message, Vec<OwnedFd>), Error> {
        self.call(object, &format!("{SERVICE}.{interface}"), method, signature, arguments)
    }

    fn call(
        &self,
        object: &str,
        interface: &str,
        method: &str,
        signature: &str,
        arguments: Writer,
    ) -> Result<(Message, Vec<OwnedFd>), Error> {
        let call = Call { service: SERVICE, object, interface, method, signature, arguments };
        self.bus.lock().unwrap_or_else(PoisonError::into_inner).call(&call)
    }
}

fn no_options() -> Writer {
    let mut arguments = Writer::default();
    arguments.options(None);
    arguments
}

/// The error of a reply that does not have what it should.
fn unknown(what: &str) -> Error {
    Error::Failed { reason: format!("its reply has not {what}") }
}
