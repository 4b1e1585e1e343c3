//! Guests that go on where another was saved.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use testbench::{PATIENCE, oracle};
use virtual_machine::{Bus, Disk, Machine};

/// A boot sector that says `A` on the serial port, waits for a key, and says `B`.
const SECTOR: [u8; 19] = [
    0xba, 0xf8, 0x03, // mov dx, 3f8h
    0xb0, b'A', // mov al, 'A'
    0xee, // out dx, al
    0x31, 0xc0, // xor ax, ax
    0xcd, 0x16, // int 16h
    0xba, 0xf8, 0x03, // mov dx, 3f8h
    0xb0, b'B', // mov al, 'B'
    0xee, // out dx, al
    0xf4, // stop: hlt
    0xeb, 0xfd, // jmp stop
];

#[test]
fn guests_go_on_where_one_was_saved_and_not_from_half_a_state_or_another_machines() {
    if oracle("qemu-system-x86_64").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (image, state) = (dir.path().join("sector.img"), dir.path().join("state"));
    let mut sector = SECTOR.to_vec();
    sector.resize(510, 0);
    sector.extend([0x55, 0xaa]);
    sector.resize(1 << 20, 0);
    std::fs::write(&image, sector).unwrap();
    let disks = vec![Disk::new(&image, Bus::Usb3)];
    let machine = Machine { disks, memory_mib: 64, ..Machine::default() };
    let mut first = machine.start().unwrap();
    first.expect("A", PATIENCE).unwrap();
    first.save(&state).unwrap();
    for _ in 0..2 {
        let mut guest = machine.resume(&state).unwrap();
        guest.key("ret").unwrap();
        guest.expect("B", PATIENCE).unwrap();
        assert!(!guest.transcript().contains('A'), "it started anew");
    }

    let larger = Machine { memory_mib: 128, ..machine.clone() };
    assert!(larger.resume(&state).is_err());
    let half = std::fs::read(&state).unwrap();
    std::fs::write(&state, &half[..half.len() / 2]).unwrap();
    assert!(machine.resume(&state).is_err());
}
