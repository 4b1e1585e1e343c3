//! The EFI system partition: the programs that UEFI starts, and the files that they look for there.

use crate::core_images::CoreImages;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::menu::signed_stub;
use crate::plan::EfiProgram;
use crate::premises::Premises;
use crate::tree::{empty, put};
use file_tree::{Directory, Timestamp};
use grub_image::Platform;
use image_layout::Content;
use key_inventory::{SignedProgram, SignedPrograms};
use std::sync::Arc;

/// The directory in which firmware looks for a program on a disk that it has no boot entry for.
const BOOT: &str = "EFI/BOOT";

/// The paths at which the signed GRUBs of Debian, Ubuntu, Fedora, openSUSE and others look for
/// their menu, on the partition that they were started from. A key carries only one such GRUB, but
/// gets a menu at each path, since these are small files.
const STUBS: [&str; 7] = [
    "boot/grub/grub.cfg",
    "EFI/BOOT/grub.cfg",
    "EFI/debian/grub.cfg",
    "EFI/ubuntu/grub.cfg",
    "EFI/fedora/grub.cfg",
    "EFI/opensuse/grub.cfg",
    "EFI/centos/grub.cfg",
];

/// The content of the EFI system partition.
#[derive(Debug, Default)]
pub(crate) struct EspContents {
    /// The files; `None` if UEFI does not start the key, so that there is no such partition.
    pub(crate) tree: Option<Directory>,
    /// The programs in the tree.
    pub(crate) programs: Vec<EfiProgram>,
}

/// The content of the partition: the EFI programs in `images`, and the signed programs of a
/// distribution. `boot` is the file system of GRUB's partition.
pub(crate) fn esp_contents(
    premises: &Premises<'_>,
    images: &CoreImages,
    boot: &FileSystem,
) -> Result<EspContents, Error> {
    if !premises.uefi() {
        return Ok(EspContents::default());
    }
    let mut esp = Filling { tree: empty(premises.time), programs: Vec::new(), time: premises.time };
    for &platform in &premises.platforms {
        // A BIOS starts no such program.
        let Some(name) = platform.boot_file() else { continue };
        let path = format!("{BOOT}/{name}");
        if let Some((_, image)) = images.efi.iter().find(|(p, _)| *p == platform) {
            esp.program(&path, None, image.bytes().clone())?;
        } else if let Some(signed) = &premises.inventory.grub.signed {
            esp.signed(&path, signed)?;
            let stub: Arc<[u8]> = signed_stub(&boot.uuid())?.as_bytes().into();
            for at in STUBS {
                esp.put(at, stub.clone())?;
            }
        }
    }
    Ok(EspContents { tree: Some(esp.tree), programs: esp.programs })
}

struct Filling {
    tree: Directory,
    programs: Vec<EfiProgram>,
    time: Timestamp,
}

impl Filling {
    fn put(&mut self, path: &str, bytes: Arc<[u8]>) -> Result<(), Error> {
        Ok(put(&mut self.tree, path, Content::Bytes(bytes), self.time)?)
    }

    fn program(
        &mut self,
        path: &str,
        from: Option<&SignedProgram>,
        bytes: Arc<[u8]>,
    ) -> Result<(), Error> {
        let origin = from.map(|p| p.asset.origin.clone());
        self.programs.push(EfiProgram { path: path.to_owned(), origin, len: bytes.len() as u64 });
        self.put(path, bytes)
    }

    /// Adds shim under the name that the firmware looks for, and beside it the programs that shim
    /// starts, under the names that are built into shim.
    fn signed(&mut self, path: &str, signed: &SignedPrograms) -> Result<(), Error> {
        let cpu = match signed.platform {
            Platform::I386Efi => "ia32",
            Platform::Arm64Efi => "aa64",
            Platform::I386Pc | Platform::X86_64Efi => "x64",
        };
        self.program(path, Some(&signed.shim), signed.shim.asset.bytes.clone())?;
        let grub = &signed.grub;
        self.program(&format!("{BOOT}/grub{cpu}.efi"), Some(grub), grub.asset.bytes.clone())?;
        if let Some(mok) = &signed.mok_manager {
            self.program(&format!("{BOOT}/mm{cpu}.efi"), Some(mok), mok.asset.bytes.clone())?;
        }
        Ok(())
    }
}
