//! Loop devices, which are devices to everyone but their files.

use crate::fake::{self, Fake, Faults, MIB, TAIL, image, owned, write_parts, write_to};
use device_write::{Device, Error, Medium as _};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use testbench::{LoopDevice, oracle};

#[test]
fn an_image_is_on_the_device_and_nothing_else_is() {
    let Some(stick) = LoopDevice::new(&vec![0xa5; 9 * MIB]) else { return };
    let image = image();
    let device = Device::open(&stick.path).unwrap();
    assert_eq!(device.len(), 9 << 20);
    let sysfs = Path::new("/sys/block").join(stick.path.file_name().unwrap()).join("dev");
    assert_eq!(device.number(), fs::read_to_string(sysfs).unwrap().trim());
    let written = write_to(&device, &image).unwrap();
    drop(device);
    let there = fs::read(stick.file()).unwrap();
    for range in owned(&image) {
        let (start, end) = (range.start as usize, range.end as usize);
        assert!(there[start..end] == image[start..end]);
    }
    assert!(there[9 * MIB - TAIL..].iter().all(|b| *b == 0));
    assert!(written.bytes <= image.len().next_multiple_of(4096) as u64);
}

/// What `wipefs` finds on a medium of these bytes, a line each: where, and what.
fn signatures(bytes: &[u8]) -> Option<Vec<String>> {
    let wipefs = oracle("wipefs")?;
    let medium = LoopDevice::new(bytes)?;
    let args = ["--no-act", "--noheadings", "--output", "TYPE,OFFSET"].map(OsStr::new);
    let found = wipefs.run(args.into_iter().chain([medium.path.as_os_str()]));
    let found = found.expect_success("wipefs").stdout;
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(found.lines().map(words).collect())
}

#[test]
fn nobody_finds_what_was_on_it() {
    const LEN: usize = 80 * MIB + 512;
    let medium = Fake::new(LEN, Faults::default());
    // Newer than this machine's program are those of bcachefs, and the names in the labels of ZFS.
    let known = [
        "promise_fasttrack_raid_member",
        "linux_raid_member",
        "crypto_LUKS",
        "VMFS_volume_member",
        "VMFS",
        "zfs_member",
    ];
    {
        let bytes = &mut medium.state.lock().unwrap().bytes;
        let mut put = |at: usize, parts: &[&[u8]]| {
            let parts = parts.concat();
            bytes[at..at + 4096].fill(0);
            bytes[at..at + parts.len()].copy_from_slice(&parts);
        };
        put(MIB, &[b"\x0d\xd0\x01\xc0"]);
        put(2 * MIB, &[b"\x5e\xf1\xab\x2f"]);
        let (version, len, at) = (2_u16.to_be_bytes(), 0x4000_u64.to_be_bytes(), 4 * MIB);
        let offset = (at as u64).to_be_bytes();
        put(at, &[b"SKUL\xba\xbe", &version, &len, &[0; 240], &offset]);
        put(LEN - 3087 * 512, &[b"Promise Technology, Inc."]);
        put(
            (LEN & !0xffff) - 0x1_0000,
            &[&0xa92b_4efc_u32.to_le_bytes(), &[0; 4], &90_u32.to_le_bytes()],
        );
        for n in [1, 2] {
            let label = (LEN & !0x3_ffff) - n * 0x4_0000;
            let uberblock =
                [&0x00ba_b10c_u64.to_le_bytes()[..], &5000_u64.to_le_bytes(), &[0; 1008]].concat();
            put(label + 0x2_0000, &[&uberblock[..]; 4]);
        }
    }
    let Some(before) = signatures(&medium.stored().bytes) else { return };
    for known in known {
        assert!(before.iter().any(|found| found.starts_with(known)), "{known}: {before:#?}");
    }
    // Of the image, all but its first bytes means nothing.
    let mut image = vec![0; 3 * MIB / 2];
    image[..512].copy_from_slice(&fake::image()[..512]);
    image[446 + 8..446 + 16].fill(1);
    let written = write_parts(&medium, &image, &[0..512, 300_000..400_000]);
    written.unwrap();
    assert_eq!(signatures(&medium.stored().bytes), signatures(&image));
}

#[test]
fn two_writers_cannot_have_it() {
    let Some(stick) = LoopDevice::new(&vec![0xa5; MIB]) else { return };
    let _first = Device::open(&stick.path).unwrap();
    let second = Device::open(&stick.path).unwrap_err();
    assert!(matches!(second, Error::Busy), "{second}");
}

/// As one that was pulled out is to the kernel, which has a process keep what it has opened.
#[test]
fn a_device_that_has_no_bytes_any_more_is_gone() {
    let Some(stick) = LoopDevice::new(&vec![0xa5; 4 * MIB]) else { return };
    let Some(losetup) = oracle("losetup") else { return };
    let device = Device::open(&stick.path).unwrap();
    let page = device.read_at(MIB as u64, 4096).unwrap();
    fs::write(stick.file(), "").unwrap();
    let again = losetup.run(["--set-capacity".as_ref(), stick.path.as_os_str()]);
    again.expect_success("losetup");
    let read = device.read_at(MIB as u64, 4096).unwrap_err();
    let written = write_to(&device, &image()).unwrap_err().to_string();
    assert_eq!(read.raw_os_error(), Some(rustix::io::Errno::NODEV.raw_os_error()), "{read}");
    assert!(written.contains("(was it pulled out?)"), "{written}");
    assert!(page.iter().all(|byte| *byte == 0xa5));
}

#[test]
fn what_is_mounted_is_busy() {
    let Some(stick) = LoopDevice::new(&vec![0xa5; 4 * MIB]) else { return };
    let Some(mke2fs) = oracle("mke2fs") else { return };
    mke2fs.run(["-q".as_ref(), stick.path.as_os_str()]).expect_success("mke2fs");
    let place = stick.dir().join("mounted");
    fs::create_dir(&place).unwrap();
    let Some(mount) = oracle("mount") else { return };
    mount.run([stick.path.as_os_str(), place.as_os_str()]).expect_success("mount");
    let opened = Device::open(&stick.path);
    let Some(umount) = oracle("umount") else { return };
    umount.run([place.as_os_str()]).expect_success("umount");
    assert!(matches!(opened, Err(Error::Busy)), "{opened:?}");
    Device::open(&stick.path).unwrap();
}

#[test]
fn a_file_and_a_character_device_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stick.img");
    fs::write(&file, "old").unwrap();
    for path in [&*file, Path::new("/dev/null"), dir.path()] {
        let error = Device::open(path).unwrap_err();
        assert!(matches!(error, Error::NotADevice), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"old");
    let said = Device::open(&dir.path().join("none")).unwrap_err().to_string();
    assert!(said.contains("No such file") && said.contains("`bootkey devices` lists"), "{said}");
}
