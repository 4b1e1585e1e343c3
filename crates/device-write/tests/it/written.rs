//! What is on a medium afterwards.

use crate::fake::{AT_ONCE, Fake, Faults, MIB, OLD, TAIL, image, owned, write_to};
use device_write::{Error, Image, Phase, Progress, write};
use std::ops::ControlFlow;

#[test]
fn owned_bytes_are_there_and_the_end_is_zeros() {
    let image = image();
    for len in [5 * MIB + 512, 9 * MIB] {
        let medium = Fake::new(len, Faults::default());
        write_to(&medium, &image).unwrap();
        let there = medium.stored().bytes;
        for range in owned(&image) {
            let (start, end) = (range.start as usize, range.end as usize);
            assert!(there[start..end] == image[start..end]);
        }
        // At the end, where a GPT has its copy.
        assert!(there[len - TAIL..].iter().all(|b| *b == 0));
        // What nobody owns was not written.
        assert!(there[2 * MIB + 8192..2 * MIB + 90_000].iter().all(|b| *b == OLD));
        assert!(
            there[image.len().next_multiple_of(4096)..7 * MIB / 2 - 8192].iter().all(|b| *b == OLD)
        );
    }
}

#[test]
fn a_medium_that_can_forget_has_zeros_where_nobody_owns_anything() {
    let image = image();
    let len = 9 * MIB + 512;
    let medium = Fake::new(len, Faults { forgets: AT_ONCE, ..Faults::default() });
    assert_eq!(write_to(&medium, &image).unwrap().discarded, 9 << 20);
    let mut expected = image.clone();
    expected.resize(len, 0);
    assert!(medium.stored().bytes == expected);
}

/// Some sticks, and the kernel's limits for groups of processes, take as long to forget as to be written.
#[test]
fn a_medium_that_forgets_slowly_is_not_waited_for() {
    let mut image = image();
    // Zeros that somebody owns: they are there, though they are left out where all was forgotten.
    image[MIB / 2..2 * MIB].fill(0);
    for (rate, forgotten) in [(10 << 20, MIB / 4), (100 << 20, 5 * MIB / 4)] {
        let medium = Fake::new(9 * MIB, Faults { forgets: Some(rate), ..Faults::default() });
        assert_eq!(write_to(&medium, &image).unwrap().discarded, forgotten as u64, "{rate}");
        let there = medium.stored().bytes;
        for range in owned(&image) {
            let (start, end) = (range.start as usize, range.end as usize);
            assert!(there[start..end] == image[start..end]);
        }
        assert!(there[9 * MIB - TAIL..].iter().all(|b| *b == 0));
        assert!(there[4 * MIB + 4096..7 * MIB].iter().all(|b| *b == OLD));
    }
}

#[test]
fn an_image_that_fills_the_medium_fits() {
    let image = image();
    let medium = Fake::new(image.len(), Faults::default());
    write_to(&medium, &image).unwrap();
    let there = medium.stored().bytes;
    assert!(there[2 * MIB + 100_000..] == image[2 * MIB + 100_000..]);
    let medium = Fake::new(image.len() - 512, Faults::default());
    let said = write_to(&medium, &image).unwrap_err().to_string();
    assert!(said.ends_with("the device 3145728; nothing on it was changed"), "{said}");
    assert!(medium.stored().bytes.iter().all(|b| *b == OLD));
}

#[test]
fn progress_ends_at_the_total_and_may_stop_it() {
    let image = image();
    let owned = owned(&image);
    let value = Image { bytes: &image, owned: &owned };
    let mut last = Vec::new();
    let medium = Fake::new(9 * MIB, Faults::default());
    let mut on = |progress: Progress| {
        last.push((progress.phase, progress.done == progress.total));
        ControlFlow::Continue(())
    };
    write(&value, &medium, &mut on).unwrap();
    for phase in [Phase::Writing, Phase::Comparing] {
        assert!(last.contains(&(phase, true)), "{phase:?}");
    }
    let phases =
        [Phase::Erasing, Phase::Probing, Phase::Writing, Phase::Comparing, Phase::Finishing];
    for phase in phases {
        let medium = Fake::new(9 * MIB, Faults::default());
        let mut on = |progress: Progress| match progress.phase == phase {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let said = write(&value, &medium, &mut on).unwrap_err();
        assert!(matches!(said, Error::Stopped { .. }), "{said}");
        let is_erased = medium.stored().bytes[..512].iter().all(|b| *b == 0);
        assert_eq!(is_erased, phase != Phase::Erasing);
        assert_eq!(said.to_string().contains("nothing on it was changed"), phase == Phase::Erasing);
    }
}

#[test]
fn pages_that_are_zeros_are_not_erased() {
    let image = image();
    let medium = Fake::new(9 * MIB, Faults::default());
    medium.state.lock().unwrap().bytes.fill(0);
    let dirty = [64 << 10, 9 * MIB - 4096, 9 * MIB - 9000];
    for at in dirty {
        medium.state.lock().unwrap().bytes[at] = 1;
    }
    write_to(&medium, &image).unwrap();
    let stored = medium.stored();
    assert!(stored.bytes[9 * MIB - TAIL..].iter().all(|b| *b == 0));
    let page = |at: usize| at / 4096 * 4096..at / 4096 * 4096 + 4096;
    let erased = [0..4096, page(dirty[0]), page(dirty[2]), page(dirty[1])];
    assert_eq!(stored.writes[..4], erased);
}
