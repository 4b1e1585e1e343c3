//! Loop devices, which are devices to everyone but their files.

use crate::fake::{EDGE, MIB, image, owned, write_to};
use device_write::{Device, Error, Medium as _};
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
    assert!(there[9 * MIB - EDGE..].iter().all(|b| *b == 0));
    assert!(written.bytes <= image.len().next_multiple_of(4096) as u64);
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
