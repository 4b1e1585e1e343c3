//! Sticks that lie, lose and fail, each told by its name, and none left with a partition table.

use crate::fake::{Fake, Faults, HEAD, MIB, image, write_parts, write_to};
use device_write::{Error, Mismatch};
use std::io;

/// The error of a stick with such faults, which has no partition table then.
#[track_caller]
fn error(faults: Faults) -> Error {
    let medium = Fake::new(16 * MIB, faults);
    let error = write_to(&medium, &image()).unwrap_err();
    let mut start = medium.stored().bytes[..HEAD].to_vec();
    // What it keeps the opposite of, it does not keep zeros of either.
    if let Some(byte) = faults.flips.and_then(|at| start.get_mut(at)) {
        *byte = !*byte;
    }
    assert!(start.iter().all(|b| *b == 0), "{error}");
    let said = error.to_string();
    assert!(said.contains("it has no partition table now, and starts nothing"), "{said}");
    error
}

#[test]
fn sticks_that_are_shorter_than_they_say_are_noticed_before_anything_is_written() {
    for faults in [
        Faults { wraps: Some(8 * MIB), ..Faults::default() },
        Faults { loses: Some(8 * MIB), ..Faults::default() },
        Faults { loses: Some(5 * MIB + 4096), ..Faults::default() },
        // All of the image would fit.
        Faults { loses: Some(15 * MIB), ..Faults::default() },
    ] {
        let error = error(faults);
        assert!(matches!(error, Error::Capacity { says: 0x100_0000, .. }), "{error}");
    }
}

#[test]
fn a_flipped_bit_is_found_where_it_is() {
    for flips in [4096, 2 * MIB - 1, 3 * MIB + 511] {
        let said = error(Faults { flips: Some(flips), ..Faults::default() });
        let Error::Differs { mismatches, .. } = said else { panic!("{said}") };
        assert_eq!(mismatches, [Mismatch { offset: flips as u64, len: 1 }]);
    }
}

#[test]
fn a_sector_that_cannot_be_written_or_read_is_named() {
    let said = error(Faults { bad_write: Some(MIB + 5), ..Faults::default() }).to_string();
    assert!(said.starts_with("it cannot be written at byte 1048576: Input/output"), "{said}");
    let said = error(Faults { bad_read: Some(MIB + 9000), ..Faults::default() }).to_string();
    assert!(said.starts_with("it cannot be read at byte 1056768: Input/output error"), "{said}");
    let medium = Fake::new(16 * MIB, Faults { bad_write: Some(0), ..Faults::default() });
    let said = write_to(&medium, &image()).unwrap_err().to_string();
    assert!(said.contains("cannot be erased at byte 0"), "{said}");
}

#[test]
fn an_image_that_cannot_be_read_leaves_no_table() {
    struct Broken(Vec<u8>);
    impl image_layout::ReadAt for Broken {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
            match offset + buf.len() as u64 > 2 << 20 {
                true => Err(io::Error::other("a scratch")),
                false => self.0.read_exact_at(offset, buf),
            }
        }
    }
    let (medium, image) = (Fake::new(16 * MIB, Faults::default()), image());
    let len = image.len() as u64;
    let said = write_parts(&medium, &Broken(image), std::slice::from_ref(&(0..len)))
        .unwrap_err()
        .to_string();
    assert!(said.contains(": a scratch; of the stick: it has no partition table now"), "{said}");
    assert!(medium.stored().bytes[..HEAD].iter().all(|b| *b == 0));
}
