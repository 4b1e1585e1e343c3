//! Identities: UUIDs and other ids that are usually random, derived here from the key's seed.
//!
//! Each is `HMAC-SHA256(seed, purpose)`, cut to length. The same seed always gives the same key,
//! and different purposes give unrelated bits, as with systemd-repart's `Seed=`.

use file_tree::{Directory, Node};
use hmac::{Hmac, KeyInit, Mac};
use key_inventory::{BootFile, Inventory};
use sha2::{Digest as _, Sha256};

/// The purposes of identities: the texts that are hashed. If such a text changed, or two purposes
/// shared one, a key that is built again would get other ids, and what was configured for its old
/// ids would not find it. The purposes of Xen's guests are in `xen-host`, and begin with `xen/`.
pub(crate) mod purpose {
    /// The signature of an MBR.
    pub(crate) const DISK_SIGNATURE: &str = "disk/signature";
    /// The GUID of a GPT.
    pub(crate) const DISK_GUID: &str = "disk/guid";
    /// The id that cloud-init knows this installation by.
    pub(crate) const CLOUD_INIT_INSTANCE: &str = "cidata/instance";

    // The parts of a key that have identities of their own. Each text is the first half of a
    // purpose; one of the functions below adds the other half, the kind of identity.
    pub(crate) const BIOS_BOOT: &str = "bios boot";
    pub(crate) const BOOT: &str = "usbboot";
    pub(crate) const ESP: &str = "esp";
    pub(crate) const CIDATA: &str = "cidata";
    pub(crate) const ISOS: &str = "isos";

    /// The purpose of the partition with this label, on which a live system keeps its changes.
    pub(crate) fn persistence(label: &str) -> String {
        format!("persistence/{label}")
    }

    /// The purpose of the GUID that the partition `of` has in a GPT.
    pub(crate) fn partition(of: &str) -> String {
        format!("{of}/partition")
    }

    /// The purpose of the UUID of the ext file system on the partition `of`.
    pub(crate) fn uuid(of: &str) -> String {
        format!("{of}/uuid")
    }

    /// The purpose of the seed with which the ext file system on the partition `of` hashes names.
    pub(crate) fn hash_seed(of: &str) -> String {
        format!("{of}/hash seed")
    }

    /// The purpose of the volume id of the FAT file system on the partition `of`.
    pub(crate) fn volume_id(of: &str) -> String {
        format!("{of}/volume id")
    }
}

/// The identities of a key, all derived from one seed.
#[derive(Debug, Clone)]
pub struct KeyIdentities {
    seed: String,
}

impl KeyIdentities {
    /// The identities that derive from `seed`.
    pub fn new(seed: &str) -> Self {
        Self { seed: seed.to_owned() }
    }

    /// The identities that derive from what a key is made from: from the names and lengths of all
    /// files, and from the ids of ISOs. No ISO is read for it.
    pub fn of_contents(inventory: &Inventory) -> Self {
        let mut contents = Contents(Sha256::new());
        for iso in &inventory.isos {
            let uuid = iso.facts.volume_uuid.as_deref().unwrap_or_default();
            let [name, label, uuid] =
                [&iso.file_name, &iso.facts.volume_id, uuid].map(str::as_bytes);
            contents.add([b"iso", name, &iso.content.len().to_le_bytes(), label, uuid]);
        }
        for files in &inventory.xen {
            for file in [&files.hypervisor, &files.kernel].into_iter().chain(&files.initrd) {
                contents.boot_file(file);
            }
        }
        for tree in &inventory.trees {
            contents.tree(&tree.tree);
        }
        Self { seed: base16ct::lower::encode_string(&contents.0.finalize()) }
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.seed.as_bytes()) else {
            unreachable!("HMAC takes keys of any length")
        };
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// A UUID for `purpose` (e.g. `isos/uuid`): version 8, "custom", of
    /// [RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8), in the order in
    /// which it is printed.
    pub fn uuid(&self, purpose: &str) -> [u8; 16] {
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&self.derive(purpose)[..16]);
        uuid[6] = uuid[6] & 0x0f | 0x80;
        uuid[8] = uuid[8] & 0x3f | 0x80;
        uuid
    }

    /// A 32-bit number for `purpose`, such as an MBR's disk signature or a FAT's volume id. It is
    /// never 0, which would mean "none".
    pub fn number(&self, purpose: &str) -> u32 {
        let d = self.derive(purpose);
        u32::from_be_bytes([d[0], d[1], d[2], d[3]]).max(1)
    }
}

/// A hash of what a key is made from.
struct Contents(Sha256);

impl Contents {
    /// Adds a record. Each field is preceded by its length, so that no two lists of records are the
    /// same bytes.
    fn add<const N: usize>(&mut self, fields: [&[u8]; N]) {
        self.0.update((N as u64).to_le_bytes());
        for field in fields {
            self.0.update((field.len() as u64).to_le_bytes());
            self.0.update(field);
        }
    }

    fn boot_file(&mut self, file: &BootFile) {
        match file {
            BootFile::Carried { shown, content, .. } => {
                // Where the file lies on this machine makes no difference.
                let name = shown.rsplit('/').next().unwrap_or(shown);
                self.add([b"carried", name.as_bytes(), &content.len().to_le_bytes()]);
            }
            BootFile::InIso { path, .. } => self.add([b"in the ISO", path.as_bytes()]),
        }
    }

    fn tree(&mut self, tree: &Directory) {
        let mut directories = vec![tree];
        while let Some(directory) = directories.pop() {
            self.add([b"directory"]);
            for (name, node) in directory.entries() {
                let length = match node {
                    Node::File(file) => file.content.len(),
                    _ => 0,
                };
                self.add([b"file", name.as_bytes(), &length.to_le_bytes()]);
                if let Node::Directory(below) = node {
                    directories.push(below);
                }
            }
        }
    }
}

/// A UUID as people and `search --fs-uuid` write it: lower case, 8-4-4-4-12.
pub fn uuid_text(uuid: &[u8; 16]) -> String {
    let hex = base16ct::lower::encode_string(uuid);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_hmac_sha256_of_the_purpose() {
        // RFC 4231, test case 2: the vector pins the construction, not our own output.
        let got = KeyIdentities::new("Jefe").derive("what do ya want for nothing?");
        assert_eq!(got[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
    }

    #[test]
    fn purposes_and_seeds_are_unrelated_and_stable() {
        let (a, b) = (KeyIdentities::new("rescue"), KeyIdentities::new("rescue2"));
        assert_eq!(a.uuid("isos/uuid"), KeyIdentities::new("rescue").uuid("isos/uuid"));
        assert_ne!(a.uuid("isos/uuid"), a.uuid("usbboot/uuid"));
        assert_ne!(a.uuid("isos/uuid"), b.uuid("isos/uuid"));
        let text = uuid_text(&a.uuid("isos/uuid"));
        assert_eq!(text.len(), 36);
        assert_eq!(text.as_bytes()[14], b'8', "{text}: version");
        assert!(b"89ab".contains(&text.as_bytes()[19]), "{text}: variant");
    }
}
