//! The record of how the key is made, which lies on GRUB's partition.

use crate::contents::Contents;
use crate::error::Error;
use crate::paths::{PREFIX, THEME};
use crate::premises::Premises;
use crate::tree;
use file_tree::{Directory, FileContent, Node as TreeNode, View};
use image_layout::{Content, SourceId};
use key_inventory::{Asset, BootFile};
use key_record::{DIRECTORY, Grub, INPUTS, InputFile, Inputs, Iso, Node, Place, Record, SPEC};
use key_record::{Tree, Use, path_text};
use key_spec::KeyPartition;
use std::collections::BTreeMap;

/// The version that a record names.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Puts the record of all that `contents` holds into the tree of GRUB's partition.
pub(crate) fn put(premises: &Premises<'_>, contents: &mut Contents) -> Result<(), Error> {
    let record = Record {
        spec: premises.spec.clone().portable().to_toml(),
        inputs: inputs(premises, contents),
    };
    let mut file = |name, text: String| {
        let path = format!("{DIRECTORY}/{name}");
        tree::put(&mut contents.boot, &path, text.into_bytes(), premises.time)
    };
    file(INPUTS, record.inputs_text())?;
    file(SPEC, record.spec)?;
    Ok(())
}

fn inputs(premises: &Premises<'_>, contents: &Contents) -> Inputs {
    let inventory = premises.inventory;
    let iso = |iso: &key_inventory::Iso| Iso {
        at: place("isos", &iso.file_name),
        len: iso.content.len(),
        package: iso.package.as_ref().map(|p| p.name.clone()),
        version: iso.package.as_ref().map(|p| p.version.clone()),
        sha256: iso.sha256.clone(),
    };
    let grub = |grub: &key_inventory::Grub| Grub {
        platform: grub.platform.name().to_owned(),
        // The version is read from the files, as for the menu, and not taken from a package: the
        // same bytes must make the same key, whether they come from a package, from a rebuild of it
        // or from a copy.
        version: grub.files.version(),
        files: grub.sums.clone(),
    };
    let theme = inventory.theme.as_ref();
    let trees = premises.spec.tree.iter().zip(&inventory.trees).map(|(asked, found)| {
        let partition = match asked.to.partition {
            KeyPartition::Boot => "boot",
            KeyPartition::Isos => "isos",
        };
        nodes(place(partition, &asked.to.path), &found.tree, &found.sums)
    });
    Inputs {
        bootkey: VERSION.to_owned(),
        layout: key_record::LAYOUT,
        memdisk_known: inventory.memdisk.is_some() && premises.memdisk().is_none(),
        isos: inventory.isos.iter().map(iso).collect(),
        files: files(premises, contents),
        grub: inventory.grub.platforms.iter().map(grub).collect(),
        theme: theme.map(|t| nodes(place("boot", &format!("{PREFIX}{THEME}")), &t.tree, &t.sums)),
        trees: trees.collect(),
    }
}

fn place(partition: &str, path: &str) -> Place {
    let path = format!("/{}", path.trim_start_matches('/'));
    Place { partition: partition.to_owned(), path }
}

/// The nodes of a tree, by their paths. `sums` are the digests that are known.
fn nodes(at: Place, tree: &Directory, sums: &BTreeMap<String, String>) -> Tree {
    let mut nodes = BTreeMap::new();
    let mut below: Vec<(Vec<u8>, &Directory)> = vec![(Vec::new(), tree)];
    while let Some((path, directory)) = below.pop() {
        for (name, node) in directory.entries() {
            let path = [&path[..], name.as_bytes()].concat();
            let text = path_text(&path);
            let what = match node.view() {
                View::Directory(_) => Node::Directory,
                View::File(file) => {
                    Node::File { len: file.content.len(), sha256: sums.get(&text).cloned() }
                }
                View::Symlink(_) | View::Special(_) => Node::Other,
            };
            nodes.insert(text, what);
            if let TreeNode::Directory(directory) = node {
                below.push(([&path[..], b"/"].concat(), directory));
            }
        }
    }
    Tree { at, nodes }
}

/// The single files that are on the key, each with the place where the finished trees have it.
fn files(premises: &Premises<'_>, contents: &Contents) -> Vec<InputFile> {
    let inventory = premises.inventory;
    let mut wanted: Vec<FileToRecord> = Vec::new();
    let font = inventory.grub.font.as_ref().map(|font| FileToRecord::asset(Use::Font, font));
    wanted.extend(font);
    wanted.extend(premises.memdisk().map(|memdisk| FileToRecord::asset(Use::Memdisk, memdisk)));
    if let Some(signed) = &inventory.grub.signed {
        let programs = [
            (Use::Shim, Some(&signed.shim)),
            (Use::SignedGrub, Some(&signed.grub)),
            (Use::MokManager, signed.mok_manager.as_ref()),
        ];
        for (purpose, program) in programs {
            wanted.extend(program.map(|p| FileToRecord {
                name: Some(p.name.clone()),
                version: p.version(),
                ..FileToRecord::asset(purpose, &p.asset)
            }));
        }
    }
    for (number, iso) in inventory.isos.iter().enumerate() {
        let answers =
            iso.answers.as_ref().map(|answers| FileToRecord::asset(Use::Answers, answers));
        wanted.extend(answers.map(|answers| FileToRecord { of: Some(number), ..answers }));
    }
    for (number, xen) in inventory.xen.iter().enumerate() {
        let files = [
            (Use::Hypervisor, Some(&xen.hypervisor)),
            (Use::Kernel, Some(&xen.kernel)),
            (Use::Initrd, xen.initrd.as_ref()),
        ];
        for (purpose, file) in files {
            // Only carried files are recorded: one inside an ISO is found there again when the key
            // is read.
            let Some(BootFile::Carried { content, package, sha256, .. }) = file else { continue };
            wanted.push(FileToRecord {
                purpose,
                of: Some(number),
                name: None,
                package: package.as_ref().map(|p| p.name.clone()),
                version: package.as_ref().map(|p| p.version.clone()),
                content: content.clone(),
                sha256: sha256.clone(),
            });
        }
    }
    let places = Places::of(contents, &wanted);
    wanted.into_iter().filter_map(|wanted| places.file(wanted)).collect()
}

/// A file that the record has to name, whose place on the key is looked for.
struct FileToRecord {
    purpose: Use,
    of: Option<usize>,
    name: Option<String>,
    package: Option<String>,
    version: Option<String>,
    content: FileContent,
    sha256: Option<String>,
}

impl FileToRecord {
    fn asset(purpose: Use, asset: &Asset) -> Self {
        Self {
            purpose,
            of: None,
            name: None,
            package: None,
            version: None,
            content: Content::Bytes(asset.bytes.clone()).into(),
            sha256: Some(asset.origin.sha256.clone()),
        }
    }
}

/// The identity of a piece of a file: the very bytes in memory, or a place in a source.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    InMemory(usize),
    Source(SourceId, u64),
}

impl Piece {
    fn first(content: &FileContent) -> Option<Self> {
        content.pieces().first().and_then(Self::of)
    }

    fn of(content: &Content) -> Option<Self> {
        match content {
            Content::Bytes(bytes) => Some(Self::InMemory(bytes.as_ptr().addr())),
            Content::Source { id, offset, .. } => Some(Self::Source(*id, *offset)),
            Content::Condensed(_) | Content::Zero { .. } | Content::Counting { .. } => None,
        }
    }
}

/// The places in the finished trees where the wanted pieces lie: a piece is known by its bytes in
/// memory or its source, so it is found whichever step has put it there, under whatever name.
struct Places(BTreeMap<Piece, (Place, u64)>);

impl Places {
    fn of(contents: &Contents, wanted: &[FileToRecord]) -> Self {
        let wanted: Vec<Piece> = {
            let mut pieces: Vec<_> =
                wanted.iter().filter_map(|w| Piece::first(&w.content)).collect();
            pieces.sort_unstable();
            pieces
        };
        let trees = [
            ("boot", Some(&contents.boot)),
            ("isos", Some(&contents.isos)),
            ("esp", contents.esp.as_ref()),
            ("cidata", contents.cidata.as_ref()),
        ];
        let mut found = BTreeMap::new();
        for (partition, tree) in trees.into_iter().filter_map(|(p, tree)| Some((p, tree?))) {
            for (path, node) in tree.walk() {
                let View::File(file) = node.view() else { continue };
                for (offset, piece) in file.content.placed() {
                    let piece = Piece::of(piece).filter(|p| wanted.binary_search(p).is_ok());
                    if let Some(piece) = piece {
                        found.entry(piece).or_insert_with(|| (place(partition, &path), offset));
                    }
                }
            }
        }
        Self(found)
    }

    fn file(&self, wanted: FileToRecord) -> Option<InputFile> {
        let len = wanted.content.len();
        let lies = Piece::first(&wanted.content).and_then(|piece| self.0.get(&piece).cloned());
        // An empty file has no piece to look for, so any place will do.
        let (at, offset) = lies.or_else(|| (len == 0).then(|| (place("boot", ""), 0)))?;
        Some(InputFile {
            purpose: wanted.purpose,
            of: wanted.of,
            name: wanted.name,
            package: wanted.package,
            version: wanted.version,
            at,
            offset,
            len,
            sha256: wanted.sha256,
        })
    }
}
