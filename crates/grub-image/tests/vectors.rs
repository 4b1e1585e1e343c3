//! Bytes known from Debian's GRUB 2.06-13+deb12u2, from its tools.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read GRUB's files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{installed, sha256};
use grub_image::{
    CoreImage, EmbeddingArea, ImageOptions, Kernel, ModuleDependencies, Payload, Platform,
    PlatformFiles, Redundancy, bios_setup,
};

const MODULES: &[&str] = &["biosdisk", "part_msdos", "fat"];
const PREFIX: &str = "(,msdos1)/boot/grub";

/// The files of exactly that build, or `None` to skip.
#[track_caller]
fn build_of_the_vectors() -> Option<PlatformFiles> {
    let files = installed()?;
    for (name, digest) in [
        ("boot.img", "6343b7e9f06388566ea5b6e8a3535fbaec1f695a0b3793caee5386237d4d3450"),
        ("diskboot.img", "bb6f2bf1270918a15acfcf455ced938466c5ceca40c3d35c74f039d9a255df12"),
        ("lzma_decompress.img", "9b552e7c95cd86d4d28c41dc23a86a86f6df5a710241ad412e91f7a16c563888"),
        ("kernel.img", "26f189da984e3d3a93b92c3be1321e179863e9a7a9c7b31d3012d840ea3bf617"),
    ] {
        if files.get(name).is_ok_and(|b| sha256(b) != digest) {
            testbench::inapplicable(
                "the vectors are of GRUB 2.06-13+deb12u2, another is installed",
            );
            return None;
        }
    }
    Some(files)
}

#[test]
fn t1_kernel() {
    let Some(files) = build_of_the_vectors() else { return };
    let kernel = Kernel::parse(files.get("kernel.img").unwrap()).unwrap();
    assert_eq!((kernel.bytes().len(), kernel.bss_size()), (0x74A8, 0x77D0));
    assert_eq!(
        sha256(kernel.bytes()),
        "790c6814c25d765c3bd904769e43ad6c27435679d0723c3e3f0c507ededba609"
    );
    assert_eq!(files.version().as_deref(), Some("2.06-13+deb12u2"));
    assert_eq!(files.platform(), Ok(Platform::I386Pc));
}

fn payload(files: &PlatformFiles, prefix: &str, config: Option<&str>) -> Payload {
    let options = ImageOptions { modules: MODULES, prefix, config, ..ImageOptions::default() };
    Payload::i386_pc(files, &options).unwrap()
}

#[test]
fn t2_and_t3_blob_and_payload() {
    let Some(files) = build_of_the_vectors() else { return };
    let payload = payload(&files, PREFIX, None);
    let blob = &payload.bytes()[payload.kernel_size()..];
    assert_eq!(blob.len(), 16032);
    assert_eq!(sha256(blob), "13f9a1995e24ca6d39121ec19d45d7c9ea7c779d7657b06ab3e835f5afc8b33a");
    assert!(blob.starts_with(b"mimg\x0c\0\0\0\xa0\x3e\0\0\0\0\0\0\x24\x12\0\0\x7fELF"));
    assert!(blob.ends_with(b"\x03\0\0\0\x1c\0\0\0(,msdos1)/boot/grub\0"));
    assert_eq!(payload.modules(), ["biosdisk", "part_msdos", "fshelp", "fat"]);
    assert_eq!(payload.bytes().len(), 45896);
    assert_eq!(
        sha256(payload.bytes()),
        "7979827998bac6bc48c9d192b7468ea9b8d8412a66590edc3eb97182153f736e"
    );
}

#[test]
fn t4_and_t5_core_image_and_parity() {
    let Some(files) = build_of_the_vectors() else { return };
    let Some(tool) = testbench::oracle("grub-mkimage") else { return };
    let payload = payload(&files, PREFIX, None);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("core.img");
    let options = ImageOptions { modules: MODULES, prefix: PREFIX, ..ImageOptions::default() };
    tool.run(common::mkimage_arguments(Platform::I386Pc, &options, &out))
        .expect_success("grub-mkimage");
    let theirs = std::fs::read(&out).unwrap();
    let stream = theirs[512 + files.get("lzma_decompress.img").unwrap().len()..].to_vec();
    assert_eq!((stream.len(), &stream[..8]), (24041, &b"\0\x44\xa3\x83\xdf\x0c\xb3\x4d"[..]));

    let core = CoreImage::assemble(&files, &payload, stream).unwrap();
    let bytes = core.to_vec();
    assert_eq!((core.len(), core.sectors(), bytes.len()), (27401, 54, 27401));
    assert_eq!(bytes[0x1f0..0x200], *b"\0\0\0\0\x02\0\0\0\0\0\0\0\x35\0\x20\x08");
    assert_eq!(
        bytes[0x200..0x220],
        *b"\xea\x1c\x82\0\0\0\0\0\xe9\x5d\0\0\x48\xb3\0\0\0\0\0\0\x5b\x07\0\0\xff\xff\xff\0\xfa\x31\xc0\x8e"
    );
    assert_eq!(sha256(&bytes), "39b68414d51b626214dd851c8b9621af246399a66500294e6bca5acc3a3b4470");

    // T5: the same with parity, in a gap with room for 108 sectors.
    let mut sector0 = [0; 512];
    sector0[510..].copy_from_slice(&[0x55, 0xaa]);
    let gap = EmbeddingArea::mbr_gap([109]).unwrap();
    let installed =
        bios_setup::install(&files, &core, &sector0, &gap, Redundancy::ReedSolomon).unwrap();
    assert_eq!((installed.first_sector(), installed.sectors()), (1, 108));
    let bytes = installed.core_sectors();
    assert_eq!(bytes[0x1f4..0x200], *b"\x02\0\0\0\0\0\0\0\x6b\0\x20\x08");
    assert_eq!(bytes[0x210..0x214], 27895u32.to_le_bytes());
    let parity = &bytes[27401..];
    assert_eq!((parity.len(), &parity[..8]), (27895, &b"\x1c\x7c\x5b\x44\x93\x43\x8d\xa7"[..]));
    assert_eq!(sha256(parity), "7b9868c32ae826c0b61d8f26caa18f826f4acfb8b77ed308fa824a118d35eee0");
}

#[test]
fn t6_blob_with_config() {
    let Some(files) = build_of_the_vectors() else { return };
    let config = "search.fs_uuid 1234-ABCD root\nset prefix=($root)/boot/grub\n";
    let payload = payload(&files, "/boot/grub", Some(config));
    let blob = &payload.bytes()[payload.kernel_size()..];
    assert_eq!(blob.len(), 16092);
    assert_eq!(sha256(blob), "1c3049bfbd1ec9a00acb445eeb3d3db5cafc3b1d2417013ba8cf59bec1b79b0b");
}

#[test]
fn load_order() {
    let Some(files) = build_of_the_vectors() else { return };
    let dependencies = ModuleDependencies::parse(files.get("moddep.lst").unwrap()).unwrap();
    for (requested, order) in [
        (&["biosdisk", "part_msdos", "fat"][..], "biosdisk part_msdos fshelp fat"),
        (
            &["normal"],
            "terminal gettext bufio boot datetime priority_queue net crypto verifiers extcmd normal",
        ),
        (
            &["loopback", "linux", "search"],
            "extcmd loopback video video_fb vbe boot mmap terminal gettext bufio datetime \
             priority_queue net crypto verifiers normal relocator linux search_label \
             search_fs_file search_fs_uuid search",
        ),
    ] {
        assert_eq!(dependencies.closure(requested).unwrap().join(" "), order);
    }
}
