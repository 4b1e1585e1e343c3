//! The EFI system partition: what UEFI starts, and nothing else.

use crate::Error;
use crate::inventory::{GrubBuild, SignedProgram, SignedPrograms};
use crate::menu::stub;
use crate::plan::{Core, EfiProgram};
use crate::tree::{empty, put};
use file_tree::{Directory, Timestamp};
use grub_image::{ImageOptions, Platform, mkimage};
use image_layout::Content;
use std::sync::Arc;

/// Where firmware looks for a program on a disk that it was not told about.
const BOOT: &str = "EFI/BOOT";

/// Where distributions' signed GRUBs look for their menu, on the partition they were started
/// from: Debian's and Ubuntu's for removable media; those for installed systems; Fedora's,
/// openSUSE's. A key carries one of them, and a menu at all of these places costs nothing.
const STUBS: [&str; 7] = [
    "boot/grub/grub.cfg",
    "EFI/BOOT/grub.cfg",
    "EFI/debian/grub.cfg",
    "EFI/ubuntu/grub.cfg",
    "EFI/fedora/grub.cfg",
    "EFI/opensuse/grub.cfg",
    "EFI/centos/grub.cfg",
];

/// What the partition holds, and its programs.
pub(crate) struct Contents {
    pub(crate) tree: Directory,
    pub(crate) programs: Vec<EfiProgram>,
}

/// Fills the partition for `platforms`: GRUB, made from its files with `core`, or the signed
/// programs of a distribution.
pub(crate) fn contents(
    platforms: &[Platform],
    grub: &GrubBuild,
    core: &Core,
    boot_uuid: &[u8; 16],
    time: Timestamp,
) -> Result<Contents, Error> {
    let mut esp = Filling { tree: empty(time), programs: Vec::new(), time };
    for &platform in platforms {
        // A BIOS has no such program.
        let Some(name) = platform.boot_file() else { continue };
        let path = format!("{BOOT}/{name}");
        match &grub.signed {
            Some(signed) if signed.platform == platform => {
                esp.signed(&path, signed)?;
                let stub: Arc<[u8]> = stub(boot_uuid)?.as_bytes().into();
                for at in STUBS {
                    esp.put(at, stub.clone())?;
                }
            }
            _ => {
                let files = grub.platform(platform).ok_or(Error::NoPlatform { platform })?;
                let options = ImageOptions {
                    modules: &core.modules,
                    prefix: &core.prefix,
                    config: Some(&core.early_config),
                    ..ImageOptions::default()
                };
                let image = mkimage::efi(&files.files, &options)?;
                esp.program(&path, None, image.bytes().clone())?;
            }
        }
    }
    Ok(Contents { tree: esp.tree, programs: esp.programs })
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

    /// shim under the firmware's name, and beside it what shim starts, under the names that are
    /// built into it.
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
