//! The same bytes for ever: digests of small keys. A change here is a change of what everybody's
//! keys are, and gets a line in the changelog.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use testbench::{inapplicable, run};
use tests::{Room, sha256};

/// SHA-256 of the files of GRUB for `i386-pc` that the digests below were made with: Debian's
/// 2.06-13+deb12u2. GRUB is part of a key.
const GRUB: &str = "4c7fa7db6fc7f51320102400b48b6804f1e23d973422c0dc3ccd4f1426328cca";

/// A spec, and the digest of the key. No font is in them, and no other package's file.
const GOLDEN: [(&str, &str); 3] = [
    (
        "[key]\nname = \"golden\"\nfirmware = [\"bios\"]\n",
        "96ffb118650ca4623c7d6660a77220658c05a8d457eed29102721aa25da8342d",
    ),
    (
        "[key]\nname = \"golden gpt\"\nfirmware = [\"bios\"]\ntable = \"gpt\"\n\
         [isos]\nfilesystem = \"ext4\"\n[[iso]]\npath = \"one.iso\"\n",
        "ba8818ebaa945cfe9f68ebc782abb0c773230aad0af163a3b9f6c7a94e1f15f9",
    ),
    (
        "[key]\nname = \"golden ext2\"\nfirmware = [\"bios\"]\n\
         [boot]\nfilesystem = \"ext2\"\n[isos]\nfilesystem = \"ext2\"\n[[iso]]\npath = \"one.iso\"\n",
        "eef09b30a74d2906b97916f1107935a85df034729215f97ddf0444caf191dd75",
    ),
];

#[test]
fn keys_have_the_pinned_bytes() {
    let Some(room) = Room::new() else { return };
    room.iso("one.iso");
    std::fs::create_dir(room.path("grub")).unwrap();
    testbench::copy_tree(tests::GRUB.as_ref(), &room.path("grub/i386-pc"));
    let mut got = Vec::new();
    for (spec, _) in GOLDEN {
        room.text("key.toml", spec);
        let plan = run(&mut room.bootkey(["plan", "key.toml", "--json", "--grub", "grub"]))
            .expect_success("plan");
        if !plan.stdout.contains(GRUB) {
            return inapplicable("another GRUB than the pinned keys were made with");
        }
        got.push((spec, sha256(&room.build(["key.toml", "--grub", "grub"]).image)));
    }
    let got: Vec<_> = got.iter().map(|(spec, digest)| (*spec, &**digest)).collect();
    assert_eq!(got, GOLDEN, "other bytes: if that is meant, say so in the changelog");
}
