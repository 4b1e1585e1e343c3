//! The catalogue as GRUB script, for ISOs that nobody knew of when the key was made.
//!
//! ```text
//! recipes, brands ─► Scripts ┬ name_brand   what is it called? asks the volume id, reads nothing
//!                            └ recognise    the menu of one ISO: which recipe fits, what it starts
//!
//!  recipe ─► function try_casper { leaves unless its markers hold; finds its files; makes entries }
//!  all    ─► if [ -z "${recipe}" ]; then try_winpe; fi; … the next one; … else "unknown"
//! ```
//!
//! The script tries the same recipes in the same order as [`Catalogue::recognise`]. But GRUB cannot
//! know what it would have to *read*: boot entries, initrds, kernels, `/.disk/info`. So a
//! recipe that recognises an ISO by a boot parameter alone never fits, and instead of following an
//! entry of the ISO the script uses a method with fixed files and parameters. [`as_seen_at_boot`]
//! removes from an ISO's facts what GRUB cannot know: the catalogue's verdict on the remaining
//! facts is what the script does.

mod conditions;
pub mod function_names;
mod functions;
mod on_key;
mod pattern;
mod ways;
mod words;

use crate::marker::AtBoot;
use crate::recipe::When;
use crate::{Available, Catalogue, Verdict};
use conditions::{label_is_like, there};
use function_names::{ATTACH, NAME_BRAND, NAME_BRAND_BY_FILES, THERE_IS_DIRECTORY};
use functions::{all, say_file};
use grub_config::{
    Command, Config, Error, If, Statement, Word, bare, ident, is_empty, name, pause, say,
};
use iso_probe::IsoFacts;
use ways::{function, unknown};

pub use on_key::OnKey;

/// The catalogue as GRUB script.
#[derive(Debug, Clone)]
pub struct Scripts {
    /// The function `name_brand`. It sets `$brand`, `$name` and `$class` from `$iso_label`; if no
    /// brand fits, it unsets `$brand` and leaves the others.
    pub name_brand: Statement,
    /// The script that shows the menu of one ISO; it has to be a file of its own. It makes the menu's
    /// entries; or it loads what there is to start, if there is but one way; or it says why there is
    /// none and waits for a key. It sets `$recipe` to the id of the recipe that decided.
    ///
    /// Whoever runs it has to set `$iso_path` and `$part`, the device (with parentheses) on which
    /// that path lies; `$iso_name`, `$iso_label`, `$shown` (the file's name, fit to be shown), and
    /// what `name_brand` sets. `$usbboot` has to be exported. Two functions have to be defined:
    /// `attach`, which makes a file readable as `(loop)`, or fails; and `not_loaded`, which says that
    /// one of its arguments, files, could not be loaded, and unloads the kernel.
    pub recognise: Config,
}

impl Catalogue {
    /// Compiles the catalogue for a key.
    ///
    /// # Errors
    /// A recipe with a text that GRUB script cannot hold: a path with both blanks and `*`.
    pub fn scripts(&self, key: &OnKey<'_>) -> Result<Scripts, Error> {
        self.at_boot().scripts_as_it_is(key)
    }

    fn scripts_as_it_is(&self, key: &OnKey<'_>) -> Result<Scripts, Error> {
        let mut config = Config::new();
        config.push(Statement::Comment(
            "Which recipe fits the ISO $iso_path on $part, and its menu.".to_owned(),
        ));
        config.extend(all(self, key)?);
        config
            .push(Statement::Function { name: NAME_BRAND_BY_FILES, body: self.brand_by_files()? });
        // Separate `if`s, because GRUB takes each `elif` for one more level, and allows few.
        let undecided = || is_empty(ident!("recipe"));
        let mut decide = Vec::new();
        for recipe in self.recipes().iter().filter(|r| r.when != When::default()) {
            let Some((name, definitions)) = function(recipe, key)? else { continue };
            config.extend(definitions);
            decide.push(If::new(undecided(), vec![Command::call(name).into()]).into());
        }
        decide.push(If::new(undecided(), unknown()?).into());
        config.extend(open(decide)?);
        Ok(Scripts { name_brand: self.name_brand()?, recognise: config })
    }

    fn name_brand(&self) -> Result<Statement, Error> {
        let mut body = vec![Statement::clear(ident!("brand"))];
        for brand in self.brands() {
            let labels: Vec<&str> = (brand.when.any.iter().chain(&brand.when.all))
                .filter_map(|m| if let AtBoot::Label(l) = m.at_boot() { Some(l) } else { None })
                .collect();
            // Brands that need more than the label are left to `name_brand_by_files`.
            if !labels.is_empty() && brand.when.all.is_empty() {
                body.push(If::new(label_is_like(&labels)?, brand_is(brand)?).into());
            }
        }
        Ok(Statement::Function { name: NAME_BRAND, body })
    }

    /// The body of `name_brand_by_files`, which looks for brands by the files in the ISO once one
    /// has been chosen in the menu.
    fn brand_by_files(&self) -> Result<Vec<Statement>, Error> {
        let mut body = Vec::new();
        for brand in self.brands() {
            let markers = brand.when.any.iter().filter_map(|m| match m.at_boot() {
                AtBoot::File(path) => Some((false, path)),
                AtBoot::Directory(path) => Some((true, path)),
                _ => None,
            });
            if !brand.when.all.is_empty() {
                continue;
            }
            for (directory, path) in markers {
                let mut ask = there([path.trim_end_matches('/')])?;
                if directory {
                    let path = pattern::in_loop(path.trim_end_matches('/'))?;
                    ask = Command::call(THERE_IS_DIRECTORY).arg(path);
                }
                body.push(If::new(ask, brand_is(brand)?).into());
            }
        }
        Ok(body)
    }
}

fn brand_is(brand: &crate::Brand) -> Result<Vec<Statement>, Error> {
    Ok(vec![
        Statement::set(ident!("brand"), Word::literal(brand.id())?),
        Statement::set(ident!("name"), words::word(brand.title())?),
        Statement::set(ident!("class"), Word::literal(&brand.class)?),
        Statement::returns(0),
    ])
}

/// The statements that open the ISO, set the variables that parameters refer to, and run `decide`.
fn open(decide: Vec<Statement>) -> Result<Vec<Statement>, Error> {
    let part = || Word::from(ident!("part"));
    let probe = |set: grub_config::Bare, what: grub_config::Bare| {
        Statement::from(Command::new(name!("probe")).arg(set).arg(what).arg(part()))
    };
    let file = part().and(ident!("iso_path"));
    let attach = Command::call(ATTACH).arg(file);
    let mut sorry = vec![say_file()?];
    sorry.extend(say(
        "This file cannot be read as an ISO 9660 image. It may have been copied in part only, or be \
         a disk image under the name of an ISO, which is to be written to a key of its own.",
    )?);
    sorry.extend(pause());
    let by_files = vec![Command::call(NAME_BRAND_BY_FILES).into()];
    let mut readable = vec![
        probe(bare!("--set=part_fs"), bare!("--fs")),
        probe(bare!("--set=fs_uuid"), bare!("--fs-uuid")),
        probe(bare!("--set=part_label"), bare!("--label")),
        If::new(is_empty(ident!("brand")), by_files).into(),
    ];
    readable.extend(decide);
    Ok(vec![Statement::clear(ident!("recipe")), If::new(attach, readable).otherwise(sorry).into()])
}

/// The facts about an ISO that GRUB can find out at boot: little more than the names of its files
/// and the volume id.
pub fn as_seen_at_boot(facts: &IsoFacts) -> IsoFacts {
    let mut seen = facts.clone();
    seen.boot_entries.clear();
    seen.xen_entries.clear();
    seen.initrds.clear();
    seen.unread_initrds.clear();
    seen.kernels.clear();
    seen.efi_programs.clear();
    seen.kernel_parts.clear();
    seen.payloads.clear();
    seen.disk_info = None;
    // The script compares ISO 9660's own volume id only, and GRUB cannot tell a file's length.
    seen.joliet_volume_id = None;
    seen.file_size_bytes = 0;
    if let Some(cfg) = &mut seen.loopback_cfg {
        cfg.flaw = None;
    }
    seen
}

impl Catalogue {
    /// The verdict by which a key's menu starts, or refuses, an ISO that was copied onto the key
    /// later. It assumes that memdisk is on the key, and that a BIOS started it.
    pub fn recognise_at_boot(&self, facts: &IsoFacts, stem: &str) -> Verdict {
        let seen = as_seen_at_boot(facts);
        self.at_boot().recognise(&seen, stem, &Available { memdisk: true })
    }
}
