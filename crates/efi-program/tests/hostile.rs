//! Whatever the bytes: an answer, no panic, and soon.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use efi_program::{Facts, acceptance};
use proptest::prelude::*;
use testbench::Dice;
use testbench::efi_programs::{
    FALLBACK, SHIM, installed, into_shim, program, signature_list, vendor_cert,
};

/// Changes up to four places, mostly where headers and signatures are.
fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice, signature: usize) {
    for _ in 0..=dice.below(4) {
        let len = bytes.len();
        let at = match dice.below(4) {
            0 => dice.below(len),
            1 => dice.below(len.min(0x400)),
            _ if signature < len => signature + dice.below(len - signature),
            _ => dice.below(len),
        };
        match dice.below(6) {
            0 => bytes[at] = 0xff,
            1 => bytes[at] = 0,
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 => bytes[at] ^= 1 << dice.below(8),
            4 => {
                let end = (at + 4).min(len);
                bytes[at..end].fill([0, 0x7f, 0x80, 0xff][dice.below(4)]);
            }
            _ if dice.below(8) == 0 => bytes.truncate(at.max(1)),
            _ => bytes[at] ^= 0x80,
        }
    }
}

fn survive(original: &[u8], rounds: usize, seed: u64) -> usize {
    let mut dice = Dice::new(seed);
    let shim = Facts::of(original).unwrap();
    let pe = u32::from_le_bytes(*original[0x3c..].first_chunk().unwrap()) as usize;
    let table = original[pe + 24 + 112 + 32..].first_chunk().unwrap();
    let signature = match u32::from_le_bytes(*table) as usize {
        0 => original.len(),
        at => at,
    };
    let mut read = 0;
    for _ in 0..rounds {
        let mut bytes = original.to_vec();
        mutate(&mut bytes, &mut dice, signature);
        if let Ok(facts) = Facts::of(&bytes) {
            read += 1;
            let _ = (acceptance(&shim, &facts), acceptance(&facts, &shim));
            serde_json::to_string(&facts).unwrap();
        }
    }
    read
}

#[test]
fn a_mutated_program_never_panics() {
    let certificate =
        vendor_cert(b"", &signature_list(testbench::efi_programs::SHA256_GUID, &[7; 32]));
    let read = survive(&into_shim(program(0x8664), &certificate), 20_000, 1);
    assert!(read > 1000, "{read}: what is mutated so that nothing is read tests nothing");
}

#[test]
fn a_mutated_signed_program_never_panics() {
    let Some(bytes) = installed(FALLBACK) else { return };
    let read = survive(&bytes, 3000, 2);
    assert!(read > 300, "{read}");
}

#[test]
fn a_mutated_shim_never_panics() {
    let Some(bytes) = installed(SHIM) else { return };
    let read = survive(&bytes, 300, 3);
    assert!(read > 30, "{read}");
}

#[test]
fn no_truncation_panics() {
    let file = into_shim(program(0x8664), &vendor_cert(b"", b""));
    for len in 0..file.len() {
        assert!(Facts::of(&file[..len]).is_err(), "{len}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_behind_a_sound_start(tail in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Facts::of(&tail);
        let _ = Facts::of(&[b"MZ", &tail[..]].concat());
        let start = &program(0x8664)[..0x188];
        let _ = Facts::of(&[start, &tail].concat());
    }
}

/// A program of 256 MiB with very many signatures is read in little memory, and each of its bytes
/// a few times at most.
#[test]
fn a_large_program_takes_little_memory_and_few_passes() {
    const LEN: u64 = 256 << 20;
    // Headers without sections, and a table of 16 signatures at the end that are none.
    let mut head = vec![0; 1024];
    let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(0x3c, &0x80_u32.to_le_bytes());
    put(0x80, b"PE\0\0\x64\x86");
    put(0x80 + 20, &240_u16.to_le_bytes());
    put(0x98, &0x20b_u16.to_le_bytes());
    put(0x98 + 60, &1024_u32.to_le_bytes());
    put(0x98 + 108, &16_u32.to_le_bytes());
    let table = 16 * 1024_u32;
    let directory = [(LEN as u32 - table).to_le_bytes(), table.to_le_bytes()].concat();
    put(0x98 + 112 + 32, &directory);
    let (mut most, mut all) = (0, 0);
    let mut read_at = |at: u64, buf: &mut [u8]| {
        (most, all) = (most.max(buf.len()), all + buf.len() as u64);
        for (i, byte) in buf.iter_mut().enumerate() {
            let at = at as usize + i;
            let table = at.checked_sub(LEN as usize - table as usize).map(|at| at % 1024);
            *byte = match (head.get(at), table) {
                (Some(byte), _) => *byte,
                (_, Some(1)) => 4, // 1024 bytes
                (_, Some(6)) => 2, // PKCS #7
                _ => 0,
            };
        }
        Ok(())
    };
    let facts = Facts::read(LEN, &mut read_at).unwrap().unwrap();
    assert_eq!(facts.unreadable_signatures.len(), 16, "{facts:?}");
    assert!(most <= 1 << 20, "{most} bytes at once");
    assert!(all <= LEN + (1 << 20), "{all} bytes of {LEN}");

    // An error of the file is one of the reading, not of the program.
    let mut fail = |_: u64, _: &mut [u8]| Err(std::io::Error::other("EIO"));
    assert_eq!(Facts::read(LEN, &mut fail).unwrap_err().to_string(), "EIO");
}
