//! The ISOs on a key, and their short verdicts.

use boot_recipes::{Available, Catalogue, Verdict};
use image_layout::Positioned;
use iso_probe::IsoImage;
use key_read::{Disk, FileSystem, FileType, ReadAt as _, is_iso};
use serde::Serialize;

/// Directories below the root in which ISOs are looked for, as the key's own menu does.
const DEEPEST: usize = 3;
/// Names that are looked at for ISOs.
const MOST_NAMES: usize = 20_000;
/// Most ISOs that are told of.
const MOST_ISOS: usize = 200;

/// An ISO on a key.
#[derive(Debug, Serialize)]
pub(super) struct IsoFound {
    pub(super) partition: u32,
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) title: Option<String>,
    /// Whether it boots; `None`: it could not be looked into.
    pub(super) boots: Option<bool>,
    /// The recipe, or what is wrong.
    pub(super) because: String,
    /// The recipe that starts it.
    #[serde(skip)]
    pub(super) recipe: Option<String>,
    /// The paths of the files in it, for the menu's entries.
    #[serde(skip)]
    pub(super) files: Vec<String>,
}

/// The ISOs on a disk.
pub(super) fn all(disk: &Disk<'_>) -> Vec<IsoFound> {
    let catalogue = Catalogue::builtin();
    let mut found = Vec::new();
    for volume in disk.volumes() {
        let Ok(Some(files)) = volume.file_system() else { continue };
        let Ok(root) = files.root() else { continue };
        for visited in files.walk_below(&root).take(MOST_NAMES) {
            let deep = visited.path.iter().filter(|b| **b == b'/').count() > DEEPEST;
            let Ok(node) = visited.node else { continue };
            if node.kind() == FileType::File
                && is_iso(&visited.path)
                && !deep
                && found.len() < MOST_ISOS
            {
                found.push(look_into(&catalogue, &files, volume.number, &visited.path, &node));
            }
        }
    }
    found
}

fn look_into(
    catalogue: &Catalogue,
    files: &FileSystem<'_>,
    partition: u32,
    path: &[u8],
    node: &key_read::Node,
) -> IsoFound {
    let text = format!("/{}", String::from_utf8_lossy(path));
    let failed = |why: String| IsoFound {
        partition,
        path: text.clone(),
        bytes: node.len(),
        title: None,
        boots: None,
        because: why,
        recipe: None,
        files: Vec::new(),
    };
    let file = match files.file(node) {
        Ok(file) => file,
        Err(e) => return failed(e.to_string()),
    };
    let len = file.len();
    // Initrds stay packed: the directory tells enough for a short verdict.
    let facts = match IsoImage::open(Positioned::new(file), len) {
        Ok(image) => image.into_facts(),
        Err(e) => return failed(e.to_string()),
    };
    let name = text.rsplit('/').next().unwrap_or_default();
    let stem = name.get(..name.len().saturating_sub(4)).unwrap_or(name);
    let verdict = catalogue.recognise(&facts, stem, &Available { memdisk: true });
    let recipe = match &verdict {
        Verdict::Boots(found) => Some(found.recipe.clone()),
        Verdict::Refused { .. } => None,
    };
    let (boots, because) = match &verdict {
        Verdict::Boots(found) => (true, format!("by recipe {}", found.recipe)),
        Verdict::Refused { reason, .. } => (false, reason.clone()),
    };
    IsoFound {
        partition,
        path: text.clone(),
        bytes: len,
        title: Some(verdict.menu_title().to_string()),
        boots: Some(boots),
        because,
        recipe,
        files: facts.paths.into_keys().collect(),
    }
}
