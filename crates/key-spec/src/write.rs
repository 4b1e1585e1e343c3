//! A spec, written as the text that it is read from.
//!
//! Whatever equals its default is left out. Each function takes a value apart by naming all of its
//! fields, so that a new field does not compile until it is written, too.

use crate::address::WebAddress;
use crate::autoinstall::Autoinstall;
use crate::download::{Check, Download, Sums};
use crate::entry::{BootFile, Entry, XenEntry};
use crate::iso::{Iso, IsoSource};
use crate::menu::{DefaultEntry, Menu, Password, Theme, Timeout};
use crate::packages::Packages;
use crate::persistence::Persistence;
use crate::size::{AutoSize, RestSize};
use crate::spec::{BootPartition, Esp, Isos, Key, Spec};
use crate::tree::{KeyDirectory, KeyPartition, Tree, TreeSource};
use core::fmt::{Display, Write as _};
use std::path::Path;
use toml::Value;

impl Spec {
    /// The spec as TOML. Reading that gives the same spec again, but for the lines that its ISOs
    /// stand in.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let Self { key, boot, esp, isos, menu, packages, iso, tree, entry, xen } = self;
        let mut text = Text::default();
        text.key(key);
        text.boot(boot);
        text.esp(esp);
        text.isos(isos);
        text.menu(menu);
        text.packages(packages);
        iso.iter().for_each(|iso| text.iso(iso));
        tree.iter().for_each(|tree| text.tree(tree));
        entry.iter().for_each(|entry| text.entry(entry));
        if let Some(xen) = xen {
            text.xen(xen);
        }
        text.out
    }
}

/// A text that grows table by table.
#[derive(Default)]
struct Text {
    out: String,
    /// The header of a table that has no line yet.
    header: Option<String>,
}

impl Text {
    /// Begins a table, which is written when it has a line.
    fn table(&mut self, name: &str) {
        self.header = Some(format!("[{name}]\n"));
    }

    /// Begins a table of a list (`[[name]]`), which is written even if it stays empty.
    fn item(&mut self, name: &str) {
        self.header = Some(format!("[[{name}]]\n"));
        self.begin();
    }

    fn begin(&mut self) {
        if let Some(header) = self.header.take() {
            let gap = if self.out.is_empty() { "" } else { "\n" };
            self.out.push_str(gap);
            self.out.push_str(&header);
        }
    }

    fn line(&mut self, key: &str, value: impl Into<Value>) {
        self.begin();
        // OK to ignore: writing to a String does not fail.
        let _ = writeln!(self.out, "{key} = {}", value.into());
    }

    /// Adds a line for the key, unless the value is the `usual` one.
    fn unless<T: PartialEq>(
        &mut self,
        key: &str,
        value: &T,
        usual: &T,
        as_value: impl Fn(&T) -> Value,
    ) {
        if value != usual {
            self.line(key, as_value(value));
        }
    }

    /// Adds a line for the key, if there is a value.
    fn text(&mut self, key: &str, value: Option<&impl Display>) {
        if let Some(value) = value {
            self.line(key, value.to_string());
        }
    }

    fn key(&mut self, key: &Key) {
        let Key { name, size, table, firmware, secure_boot, sector_size, seed, time } = key;
        let usual = Key::default();
        self.table("key");
        self.text("name", name.as_ref());
        self.unless("size", size, &usual.size, auto_size);
        self.unless("table", table, &usual.table, |t| t.as_str().into());
        self.unless("firmware", firmware, &usual.firmware, |all| {
            all.iter().map(|f| Value::from(f.as_str())).collect::<Vec<_>>().into()
        });
        self.unless("secure_boot", secure_boot, &usual.secure_boot, |b| (*b).into());
        self.unless("sector_size", sector_size, &usual.sector_size, |s| whole(s.bytes()));
        self.text("seed", seed.as_ref());
        if let Some(time) = time {
            self.line("time", time.seconds());
        }
    }

    fn boot(&mut self, boot: &BootPartition) {
        let BootPartition { label, filesystem, size } = boot;
        let usual = BootPartition::default();
        self.table("boot");
        self.unless("label", label, &usual.label, |l| l.as_str().into());
        self.unless("filesystem", filesystem, &usual.filesystem, |f| f.as_str().into());
        self.unless("size", size, &usual.size, auto_size);
    }

    fn esp(&mut self, esp: &Esp) {
        let Esp { filesystem, size } = esp;
        self.table("esp");
        self.text("filesystem", filesystem.as_ref());
        self.unless("size", size, &Esp::default().size, auto_size);
    }

    fn isos(&mut self, isos: &Isos) {
        let Isos { label, filesystem, size, checksums } = isos;
        let usual = Isos::default();
        self.table("isos");
        self.unless("label", label, &usual.label, |l| l.as_str().into());
        self.unless("filesystem", filesystem, &usual.filesystem, |f| f.as_str().into());
        self.unless("size", size, &usual.size, rest_size);
        self.unless("checksums", checksums, &usual.checksums, |b| (*b).into());
    }

    fn packages(&mut self, packages: &Packages) {
        let Packages { suite, mirror, keyring } = packages;
        self.table("packages");
        self.text("suite", suite.as_ref());
        self.unless("mirror", mirror, &Vec::new(), |mirrors| match &**mirrors {
            [one] => one.as_str().into(),
            all => all.iter().map(|m| m.as_str().into()).collect::<Vec<Value>>().into(),
        });
        if let Some(path) = keyring {
            self.line("keyring", path_value(path));
        }
    }

    fn menu(&mut self, menu: &Menu) {
        let Menu { timeout, default, serial, theme, locale, keyboard, password, extra } = menu;
        let usual = Menu::default();
        self.table("menu");
        self.unless("timeout", timeout, &usual.timeout, |timeout| match timeout {
            Timeout::Seconds(seconds) => i64::from(*seconds).into(),
            Timeout::Forever => "none".into(),
        });
        self.unless("default", default, &usual.default, |default| match default {
            DefaultEntry::Number(number) => i64::from(*number).into(),
            DefaultEntry::Saved => "saved".into(),
            DefaultEntry::Named(name) => name.as_str().into(),
        });
        self.unless("serial", serial, &usual.serial, |b| (*b).into());
        self.unless("theme", theme, &usual.theme, |theme| match theme {
            Theme::Default => "default".into(),
            Theme::None => "none".into(),
            Theme::Path(path) => path_value(path),
        });
        self.text("locale", locale.as_ref());
        self.text("keyboard", keyboard.as_ref());
        self.text("extra", extra.as_ref());
        if let Some(Password { user, hash }) = password {
            self.table("menu.password");
            self.line("user", user.as_str());
            self.line("hash", hash.as_str());
        }
    }

    fn iso(&mut self, iso: &Iso) {
        let Iso { source, name, sha256, title, recipe, args, hypervisor_args, .. } = iso;
        let Iso { hotkey, persistence, autoinstall, line: _, .. } = iso;
        self.item("iso");
        match source {
            IsoSource::Path(path) => self.line("path", path_value(path)),
            IsoSource::Package { package, member } => {
                self.line("package", package.as_str());
                self.line("member", member.as_str());
            }
            IsoSource::Download { urls, sums } => {
                self.line("url", addresses(urls));
                if let Some(list) = sums {
                    self.line("sums", sums_value(list));
                }
            }
        }
        self.text("name", name.as_ref());
        self.text("sha256", sha256.as_ref());
        self.text("title", title.as_ref());
        self.text("recipe", recipe.as_ref());
        self.text("args", args.as_ref());
        self.text("hypervisor_args", hypervisor_args.as_ref());
        self.text("hotkey", hotkey.as_ref());
        if let Some(Persistence { size, default }) = persistence {
            self.one_or_table("persistence", "size", size.to_string().into(), *default);
        }
        if let Some(Autoinstall { file, default }) = autoinstall {
            self.one_or_table("autoinstall", "file", path_value(file), *default);
        }
    }

    /// Adds a value in its short form, or as a table with `default = true` if the ISO's plain entry
    /// is to use it.
    fn one_or_table(&mut self, key: &str, field: &str, value: Value, default: bool) {
        match default {
            false => self.line(key, value),
            true => self.line(key, inline([(field, value), ("default", true.into())])),
        }
    }

    fn tree(&mut self, tree: &Tree) {
        let Tree { from, to: KeyDirectory { partition, path } } = tree;
        let partition = match partition {
            KeyPartition::Boot => "boot",
            KeyPartition::Isos => "isos",
        };
        self.item("tree");
        match from {
            TreeSource::Path(path) => self.line("from", path_value(path)),
            TreeSource::Download(download) => {
                for (key, value) in download_fields(download) {
                    self.line(key, value);
                }
            }
        }
        self.line("to", format!("{partition}:/{path}"));
    }

    fn entry(&mut self, entry: &Entry) {
        let Entry { title, xen } = entry;
        let XenEntry { hypervisor, kernel, initrd, iso, args, kernel_args } = xen;
        self.item("entry");
        self.line("title", title.as_str());
        self.line("xen.hypervisor", boot_file(hypervisor));
        self.line("xen.kernel", boot_file(kernel));
        if let Some(initrd) = initrd {
            self.line("xen.initrd", boot_file(initrd));
        }
        self.text("xen.iso", iso.as_ref());
        self.text("xen.args", args.as_ref());
        self.text("xen.kernel_args", kernel_args.as_ref());
    }

    fn xen(&mut self, xen: &xen_host::Description) {
        let xen_host::Description { name, stack, network, network_script, .. } = xen;
        let xen_host::Description { dom0_min_mem, vnc, guests, .. } = xen;
        self.table("xen");
        self.begin(); // a spec with `[xen]` has a host, whatever it says of it
        if !name.is_empty() {
            self.line("host", name.as_str());
        }
        self.unless("stack", stack, &Default::default(), |s| s.name().into());
        self.text("network_script", network_script.as_ref());
        if let Some(memory) = dom0_min_mem {
            self.line("dom0_min_mem", i64::from(*memory));
        }
        let xen_host::Network { bridge, interface, address, gateway, .. } = network;
        let xen_host::Network { dns, dhcp, interface_address, .. } = network;
        self.table("xen.network");
        self.line("bridge", bridge.as_str());
        self.line("interface", interface.as_str());
        self.text("address", address.as_ref());
        self.text("gateway", gateway.as_ref());
        if !dns.is_empty() {
            self.line("dns", dns.clone());
        }
        self.unless("dhcp", dhcp, &false, |b| (*b).into());
        self.text("interface_address", interface_address.as_ref());
        let xen_host::Vnc { listen, password } = vnc;
        self.table("xen.vnc");
        self.text("listen", listen.as_ref());
        self.text("password", password.as_ref());
        guests.iter().for_each(|guest| self.guest(guest));
    }

    fn guest(&mut self, guest: &xen_host::Guest) {
        let xen_host::Guest { name, mac, memory, vcpus, kernel, initrd, args, disks } = guest;
        self.item("xen.guest");
        self.line("name", name.as_str());
        self.text("mac", mac.as_ref());
        self.line("memory", i64::from(*memory));
        self.unless("vcpus", vcpus, &1, |n| i64::from(*n).into());
        self.line("kernel", kernel.as_str());
        self.text("initrd", initrd.as_ref());
        self.text("args", args.as_ref());
        let disk = |xen_host::Disk { path, device, readonly }: &xen_host::Disk| {
            let (path, device) = (path.as_str().into(), device.as_str().into());
            inline([("path", path), ("device", device), ("readonly", (*readonly).into())])
        };
        if !disks.is_empty() {
            self.line("disks", disks.iter().map(disk).collect::<Vec<_>>());
        }
    }
}

fn inline<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Table(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The TOML value of a path. Nothing is lost: a spec is UTF-8 text, and so are the paths in it.
fn path_value(path: &Path) -> Value {
    path.display().to_string().into()
}

fn boot_file(file: &BootFile) -> Value {
    match file {
        BootFile::Path(path) => path_value(path),
        BootFile::Package { package, member } => {
            inline([("package", package.as_str().into()), ("member", member.as_str().into())])
        }
        BootFile::InIso(path) => format!("iso:{path}").into(),
        BootFile::Download(download) => inline(download_fields(download)),
    }
}

/// One address, or a list of mirrors.
fn addresses(urls: &[WebAddress]) -> Value {
    match urls {
        [only] => only.as_str().into(),
        all => all.iter().map(|url| Value::from(url.as_str())).collect::<Vec<_>>().into(),
    }
}

fn download_fields(download: &Download) -> [(&'static str, Value); 2] {
    let Download { urls, check } = download;
    let check = match check {
        Check::Sha256(sha256) => ("sha256", sha256.to_string().into()),
        Check::Sums(sums) => ("sums", sums_value(sums)),
    };
    [("url", addresses(urls)), check]
}

fn sums_value(sums: &Sums) -> Value {
    let Sums { url, signature, key } = sums;
    let key = ("key", key.to_text().into());
    match signature {
        Some(signature) => {
            let signature = ("signature", signature.as_str().into());
            inline([("url", url.as_str().into()), signature, key])
        }
        None => inline([("url", url.as_str().into()), key]),
    }
}

fn auto_size(size: &AutoSize) -> Value {
    match size {
        AutoSize::Auto => "auto".into(),
        AutoSize::Fixed(size) => size.to_string().into(),
    }
}

fn rest_size(size: &RestSize) -> Value {
    match size {
        RestSize::Rest => "rest".into(),
        RestSize::Auto => "auto".into(),
        RestSize::Fixed(size) => size.to_string().into(),
    }
}

/// The TOML value of a number of bytes. It fits: only sizes of sectors come here.
fn whole(bytes: u64) -> Value {
    Value::Integer(i64::try_from(bytes).unwrap_or(i64::MAX))
}
