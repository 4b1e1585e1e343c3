//! EFI programs that tests make, keys to sign them with, and Debian's signed programs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Oracle;

/// The path of Debian's signed shim, if it is installed.
pub const SHIM: &str = "/usr/lib/shim/shimx64.efi.signed";
pub const MOK_MANAGER: &str = "/usr/lib/shim/mmx64.efi.signed";
pub const FALLBACK: &str = "/usr/lib/shim/fbx64.efi.signed";
pub const UNSIGNED: &str = "/usr/lib/shim/fbx64.efi";
pub const GRUB: &str = "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed";

/// The installer's kernel, signed by Debian.
pub fn kernel() -> PathBuf {
    Path::new(crate::INSTALLER_DIR).join("linux")
}

/// Reads a file of another package; `None` means: skip the test.
pub fn installed(path: impl AsRef<Path>) -> Option<Vec<u8>> {
    let found = fs::read(path.as_ref()).ok();
    if found.is_none() {
        crate::missing(&path.as_ref().display().to_string());
    }
    found
}

/// A small program of two sections, one of them with a name too long for its header, and an SBAT.
pub fn program(machine: u16) -> Vec<u8> {
    let sbat = b"sbat,1,SBAT Version,sbat,1,https://example.org\ntest,7,T,t,1.0,https://x.org\n";
    let mut file = vec![0; 0x600];
    let put = |file: &mut Vec<u8>, at: usize, bytes: &[u8]| {
        file[at..at + bytes.len()].copy_from_slice(bytes);
    };
    put(&mut file, 0, b"MZ");
    put(&mut file, 0x3c, &0x80_u32.to_le_bytes());
    put(&mut file, 0x80, b"PE\0\0");
    put(&mut file, 0x84, &machine.to_le_bytes());
    put(&mut file, 0x86, &3_u16.to_le_bytes());
    put(&mut file, 0x84 + 8, &0x5c0_u32.to_le_bytes()); // symbols: none, then the names
    put(&mut file, 0x84 + 16, &240_u16.to_le_bytes());
    put(&mut file, 0x84 + 18, &0x206_u16.to_le_bytes());
    let optional = 0x98;
    put(&mut file, optional, &0x20b_u16.to_le_bytes());
    put(&mut file, optional + 16, &0x1000_u32.to_le_bytes());
    put(&mut file, optional + 32, &0x1000_u32.to_le_bytes());
    put(&mut file, optional + 36, &0x200_u32.to_le_bytes());
    put(&mut file, optional + 56, &0x4000_u32.to_le_bytes());
    put(&mut file, optional + 60, &0x200_u32.to_le_bytes());
    put(&mut file, optional + 68, &10_u16.to_le_bytes());
    put(&mut file, optional + 108, &16_u32.to_le_bytes());
    let sections: [(&[u8], u32, u32, u32); 3] = [
        (b".text", 0x200, 0x1000, 0x200),
        (b".sbat", sbat.len() as u32, 0x2000, 0x400),
        (b"/4", 0x40, 0x3000, 0x580),
    ];
    let raw = [0x200_u32, 0x180, 0x40];
    for (n, ((name, len, address, at), raw)) in sections.into_iter().zip(raw).enumerate() {
        let row = 0x188 + 40 * n;
        put(&mut file, row, name);
        for (i, value) in [len, address, raw, at].into_iter().enumerate() {
            put(&mut file, row + 8 + 4 * i, &value.to_le_bytes());
        }
    }
    put(&mut file, 0x400, sbat);
    put(&mut file, 0x5c4, b".vendor_cert\0");
    put(&mut file, 0x58c, &16_u32.to_le_bytes());
    file
}

/// An EFI program for a 64-bit PC with these sections, as unified kernel images are.
pub fn with_sections(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let headers = (0x188 + 40 * sections.len()).next_multiple_of(512);
    let mut file = program(0x8664)[..0x188].to_vec();
    file[0x86..0x88].copy_from_slice(&(sections.len() as u16).to_le_bytes());
    file[0x84 + 8..0x84 + 12].fill(0); // No symbols.
    file[0x98 + 60..0x98 + 64].copy_from_slice(&(headers as u32).to_le_bytes());
    let mut at = headers;
    let mut address = 0x1000_usize;
    for (name, bytes) in sections {
        let raw = bytes.len().next_multiple_of(512);
        let mut row = name.as_bytes().to_vec();
        row.resize(8, 0);
        row.extend([bytes.len(), address, raw, at].iter().flat_map(|n| (*n as u32).to_le_bytes()));
        row.resize(40, 0);
        file.extend(row);
        (at, address) = (at + raw, (address + raw).next_multiple_of(0x1000));
    }
    file.resize(headers, 0);
    for (_, bytes) in sections {
        file.extend(*bytes);
        file.resize(file.len().next_multiple_of(512), 0);
    }
    file
}

/// A FAT image like a diskette that holds these files, made by mtools; `None` means: skip the test.
pub fn fat_image(files: &[(&str, Vec<u8>)]) -> Option<Vec<u8>> {
    let (mformat, mmd, mcopy) =
        (crate::oracle("mformat")?, crate::oracle("mmd")?, crate::oracle("mcopy")?);
    let dir = tempfile::tempdir().unwrap();
    let (image, file) = (dir.path().join("fat"), dir.path().join("x"));
    let (image, file) = (image.to_str().unwrap(), file.to_str().unwrap());
    mformat.run(["-i", image, "-C", "-f", "1440", "::"]).expect_success("mformat");
    for (path, bytes) in files {
        fs::write(file, bytes).unwrap();
        let mut folders: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
        folders.retain(|folder| !folder.is_empty());
        for folder in folders {
            mmd.run(["-i", image, "-D", "s", &format!("::{folder}")]);
        }
        mcopy.run(["-i", image, file, &format!("::{path}")]).expect_success("mcopy");
    }
    Some(fs::read(image).unwrap())
}

/// A certification authority, and a key that it has certified.
#[derive(Debug)]
pub struct Keys {
    pub dir: tempfile::TempDir,
}

impl Keys {
    /// Makes an authority called `{name} CA` and a key called `{name} signer`.
    pub fn new(openssl: &Oracle, name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let run = |args: &[&str]| {
            let mut command = openssl.command();
            crate::run(command.args(args).current_dir(dir.path())).expect_success("openssl");
        };
        let (ca, signer) = (format!("/O=Test/CN={name} CA"), format!("/CN={name} signer"));
        let key = ["req", "-newkey", "rsa:2048", "-nodes", "-sha256"];
        let own = ["-x509", "-days", "3650", "-keyout", "ca.key", "-out", "ca.pem", "-subj", &ca];
        run(&[&key[..], &own].concat());
        let request = ["-keyout", "s.key", "-out", "s.csr", "-subj", &signer];
        run(&[&key[..], &request].concat());
        fs::write(dir.path().join("ext"), "authorityKeyIdentifier=keyid\n").unwrap();
        run(&[
            "x509",
            "-req",
            "-in",
            "s.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-out",
            "s.pem",
            "-days",
            "3650",
            "-set_serial",
            "0x8badf00d",
            "-extfile",
            "ext",
        ]);
        run(&["x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.der"]);
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The authority's certificate, in DER.
    pub fn ca_der(&self) -> Vec<u8> {
        fs::read(self.path("ca.der")).unwrap()
    }

    /// The program with one more signature.
    pub fn sign(&self, sbsign: &Oracle, program: &[u8]) -> Vec<u8> {
        let (from, to) = (self.path("in.efi"), self.path("out.efi"));
        fs::write(&from, program).unwrap();
        let mut command = sbsign.command();
        command.arg("--key").arg(self.path("s.key")).arg("--cert").arg(self.path("s.pem"));
        command.arg("--addcert").arg(self.path("ca.pem"));
        crate::run(command.arg("--output").arg(&to).arg(&from)).expect_success("sbsign");
        fs::read(to).unwrap()
    }
}

/// A `.vendor_cert` that trusts and revokes the given things.
pub fn vendor_cert(authorized: &[u8], deauthorized: &[u8]) -> Vec<u8> {
    let (a, d) = (authorized.len() as u32, deauthorized.len() as u32);
    let mut all = [a, d, 16, 16 + a].map(u32::to_le_bytes).concat();
    all.extend(authorized);
    all.extend(deauthorized);
    all
}

/// A signature list of one entry.
pub fn signature_list(guid: [u8; 16], data: &[u8]) -> Vec<u8> {
    let each = 16 + data.len() as u32;
    let mut list = guid.to_vec();
    list.extend([28 + each, 0, each].map(u32::to_le_bytes).concat());
    list.extend([0x77; 16]);
    list.extend(data);
    list
}

pub const SHA256_GUID: [u8; 16] = [
    0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28,
];
pub const X509_GUID: [u8; 16] = [
    0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72,
];

/// The program with a section `.vendor_cert` added at the end, which makes it a shim.
pub fn into_shim(mut program: Vec<u8>, vendor_cert: &[u8]) -> Vec<u8> {
    let at = program.len() as u32;
    program.extend(vendor_cert);
    program.resize(program.len().next_multiple_of(8), 0);
    let row = 0x188 + 80;
    for (i, value) in
        [vendor_cert.len() as u32, 0x3000, program.len() as u32 - at, at].into_iter().enumerate()
    {
        program[row + 8 + 4 * i..][..4].copy_from_slice(&value.to_le_bytes());
    }
    program
}
