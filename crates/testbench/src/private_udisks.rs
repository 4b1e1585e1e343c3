//! udisks itself, on a bus of its own, and a polkit that says yes or no as a test wants.

use crate::{LoopDevice, NOBODY, missing, oracle};
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The path at which Debian and others have the service.
const SERVICE: &str = "/usr/libexec/udisks2/udisksd";
/// Python with the modules of Debian.
const PYTHON: &str = "/usr/bin/python3";

/// Everybody may everything: what they may is asked of polkit.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=SOCKET</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow eavesdrop="true"/>
<allow send_destination="*" eavesdrop="true"/></policy></busconfig>
"#;

/// The service knows what udev has seen, and there is no udev here: it finds a record as udev would have made,
/// in a `/run` that nobody else sees. Some versions of its package bring no directory for its state.
const START: &str = "mount -t tmpfs none /run && mkdir -p /run/udev/data /run/udisks2 && touch /run/udev/control \
     && printf 'I:1\\nV:1\\n' > /run/udev/data/b$1 && mount -t tmpfs none /var/lib && mkdir /var/lib/udisks2 && exec $0";

/// A running udisks, which knows one device. It ends with this value.
#[derive(Debug)]
pub struct PrivateUdisks {
    dir: TempDir,
    /// The service last.
    children: Vec<Child>,
}

impl PrivateUdisks {
    /// Starts it. `None` means: skip the test.
    ///
    /// # Panics
    /// When the services are there and do not start.
    #[track_caller]
    pub fn start(device: &LoopDevice) -> Option<Self> {
        let (daemon, unshare) = (oracle("dbus-daemon")?, oracle("unshare")?);
        let (_, _) = (oracle("gdbus")?, oracle("nsenter")?);
        let module = Path::new("/usr/lib/python3/dist-packages/dbusmock");
        if !Path::new(SERVICE).is_file() || !module.is_dir() {
            missing("udisks, or python3-dbusmock");
            return None;
        }
        let dir = TempDir::new().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let config = dir.path().join("bus.conf");
        let socket = dir.path().join("socket");
        std::fs::write(&config, BUS.replace("SOCKET", socket.to_str().unwrap())).unwrap();
        let mut started = Self { dir, children: Vec::new() };

        let mut command = daemon.command();
        command.args(["--nofork", "--print-address", "--config-file"]).arg(config);
        let mut bus = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let said = bus.stdout.take().unwrap();
        started.children.push(bus);
        // It says where it is when it listens.
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line).unwrap();
        assert!(line.starts_with("unix:"), "dbus-daemon: {line}");

        let mut polkit = Command::new(PYTHON);
        polkit.args(["-m", "dbusmock", "--system", "--template", "polkitd"]);
        started.serve(&mut polkit, "org.freedesktop.PolicyKit1");
        let name = device.path.file_name().unwrap().to_str().unwrap();
        let number = std::fs::read_to_string(format!("/sys/block/{name}/dev")).unwrap();
        let mut udisks = unshare.command();
        udisks.args(["--mount", "sh", "-c", START, SERVICE, number.trim()]);
        started.serve(&mut udisks, "org.freedesktop.UDisks2");
        Some(started)
    }

    /// The address of its bus, for `DBUS_SYSTEM_BUS_ADDRESS`.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.dir.path().join("socket").display())
    }

    /// Has polkit say yes to everything, or no.
    pub fn allow(&self, yes: bool) {
        let object = ["--object-path", "/org/freedesktop/PolicyKit1/Authority"];
        let method = ["--method", "org.freedesktop.DBus.Mock.AllowUnknown", &yes.to_string()];
        let dest = ["call", "--system", "--dest", "org.freedesktop.PolicyKit1"];
        self.gdbus([&dest[..], &object, &method].concat());
    }

    /// A command where the service is: what is mounted there the service sees, and may unmount.
    pub fn beside(&self, program: impl AsRef<OsStr>) -> Command {
        let service = self.children.last().unwrap().id();
        let mut command = oracle("nsenter").unwrap().command();
        command.args(["--mount", "--target", &service.to_string()]);
        command.arg("--").arg(program).env("DBUS_SYSTEM_BUS_ADDRESS", self.address());
        command
    }

    /// The same, as the user `nobody`, and with no environment but the address.
    pub fn beside_as_nobody(&self, program: impl AsRef<OsStr>) -> Command {
        let nobody = NOBODY.to_string();
        let mut command = self.beside("setpriv");
        command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups"]).arg(program);
        command.env_clear().env("DBUS_SYSTEM_BUS_ADDRESS", self.address());
        command
    }

    /// Starts a service, and waits until it has its name.
    fn serve(&mut self, command: &mut Command, name: &str) {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = quiet.env("DBUS_SYSTEM_BUS_ADDRESS", self.address()).spawn();
        self.children.push(child.unwrap());
        self.gdbus(["wait", "--system", "--timeout", "30", name]);
    }

    fn gdbus<'a>(&self, args: impl IntoIterator<Item = &'a str>) {
        let mut command = oracle("gdbus").unwrap().command();
        command.args(args).env("DBUS_SYSTEM_BUS_ADDRESS", self.address());
        crate::run(&mut command).expect_success("gdbus");
    }
}

impl Drop for PrivateUdisks {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
