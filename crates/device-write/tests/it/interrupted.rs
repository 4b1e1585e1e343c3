//! A stick that is pulled out at any moment has no partition table, or all of the key.

use crate::fake::{Fake, Faults, MIB, image, owned, write_to};
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
    if read(bytes).unwrap().is_none() {
        assert!(bytes[..4096].iter().all(|b| *b == 0), "a first page with something in it");
        return Found::NoTable;
    }
    for range in owned(image) {
        let (start, end) = (range.start as usize, range.end as usize);
        assert!(bytes[start..end] == image[start..end], "a table, and not all of the key");
    }
    Found::Complete
}

#[test]
fn at_every_moment() {
    let image = image();
    for forgets in [false, true] {
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
fn the_table_is_written_last() {
    let image = image();
    let medium = Fake::new(9 * MIB, Faults::default());
    write_to(&medium, &image).unwrap();
    let writes = medium.stored().writes;
    assert_eq!(writes[0], 0..4096);
    assert_eq!(writes[writes.len() - 1], 0..4096);
    assert!(writes[1..writes.len() - 1].iter().all(|range| range.start >= 4096));
}
