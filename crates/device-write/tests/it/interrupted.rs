//! A stick that is pulled out at any moment has no partition table, or all of the key; and looks like
//! nothing else either.

use crate::fake::{AT_ONCE, Fake, Faults, HEAD, ISO, MIB, image, owned, write_to};
use partition_table::read::read;

/// What a stick is after some orders.
#[derive(Debug, PartialEq)]
enum Found {
    Untouched,
    NoTable,
    Complete,
}

fn found(bytes: &Vec<u8>, image: &[u8]) -> Found {
    if bytes[..512].iter().all(|b| *b == crate::fake::OLD) {
        return Found::Untouched;
    }
    let from = if read(bytes).unwrap().is_some() { 0 } else { HEAD };
    if from == 0 || bytes[ISO] == *b"CD001" {
        for range in owned(image) {
            let (start, end) = ((range.start as usize).max(from), range.end as usize);
            assert!(bytes[start..end] == image[start..end], "it shows, and not all of it is there");
        }
    }
    if from > 0 {
        assert!(bytes[..4096].iter().all(|b| *b == 0), "a first page with something in it");
        return Found::NoTable;
    }
    Found::Complete
}

#[test]
fn at_every_moment() {
    let image = image();
    for forgets in [None, Some(100 << 20), AT_ONCE] {
        let faults = Faults { forgets, ..Faults::default() };
        let whole = Fake::new(9 * MIB, faults);
        write_to(&whole, &image).unwrap();
        let mut seen = Vec::new();
        for orders in 0..whole.stored().orders {
            let medium = Fake::new(9 * MIB, Faults { gone_after: Some(orders), ..faults });
            let error = write_to(&medium, &image).unwrap_err();
            let now = found(&medium.stored().bytes, &image);
            let said = error.to_string();
            assert!(said.contains("(was it pulled out?)"), "{said}");
            let told = match now {
                // The end of the first order, and of the last ones, are the stick's secret.
                _ if said.contains("nobody knows") => true,
                Found::Untouched => false,
                Found::NoTable => said.contains("it has no partition table now"),
                Found::Complete => false,
            };
            assert!(told, "after {orders} orders: {now:?}, and: {said}");
            seen.push(now);
        }
        assert_eq!(found(&whole.stored().bytes, &image), Found::Complete);
        for state in [Found::Untouched, Found::NoTable, Found::Complete] {
            assert!(seen.contains(&state), "{state:?} was never seen");
        }
    }
}

#[test]
fn what_shows_is_written_last() {
    let image = image();
    let medium = Fake::new(9 * MIB, Faults::default());
    write_to(&medium, &image).unwrap();
    let writes = medium.stored().writes;
    assert_eq!(writes[0], 0..4096);
    let [body @ .., edge, first] = &writes[1..] else { panic!("{writes:?}") };
    assert_eq!((edge, first), (&(4096..HEAD), &(0..4096)));
    // The old one is erased there; nothing of the new one is written.
    assert!(body.iter().all(|range| range.start >= HEAD || *range == (4096..HEAD)), "{body:?}");
}
