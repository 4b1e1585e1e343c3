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
//! It is the catalogue that [`Catalogue::recognise`] asks, in the same order, and every recipe says
//! the same with one exception: nothing that would have to be *read* is known, neither the ISO's
//! own boot entries nor what its initrds hold. So fixed rows stand in for inherited entries, and a
//! recipe that is told by a boot parameter alone never fits. [`as_seen_at_boot`] takes just that
//! from an ISO's facts: what the catalogue says of the rest is what the script does.

mod conditions;
mod functions;
mod on_key;
mod pattern;
mod ways;
mod words;

use crate::marker::AtBoot;
use crate::recipe::When;
use crate::{Available, Catalogue, Verdict};
use conditions::{label_is_like, there};
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
    /// The function `name_brand`. It sets `$brand`, `$name` and `$class` from `$iso_label`, or
    /// unsets `$brand` and leaves the others.
    pub name_brand: Statement,
    /// A file of its own: the menu of the ISO `$iso_path` on the device `$part` (with parentheses).
    /// Whoever runs it has set, besides, `$shown` (the file's name as people may see it),
    /// `$iso_name`, `$iso_label`, and what `name_brand` sets; `$usbboot` is exported, and the
    /// function `attach` makes a file readable as `(loop)`, or fails. It makes entries, or says why
    /// there are none and waits. `$recipe` says who decided.
    pub recognise: Config,
}

impl Catalogue {
    /// Compiles the catalogue for a key.
    ///
    /// # Errors
    /// A recipe with a text that GRUB script cannot hold: a path with both blanks and `*`.
    pub fn scripts(&self, key: &OnKey<'_>) -> Result<Scripts, Error> {
        let mut config = Config::new();
        config.push(Statement::Comment(
            "Which recipe fits the ISO $iso_path on $part, and its menu.".to_owned(),
        ));
        config.extend(all(self, key)?);
        config.push(Statement::Function {
            name: ident!("name_brand_by_files"),
            body: self.brand_by_files()?,
        });
        // One after the other: GRUB nests `elif` in `elif`, and not very deep.
        let undecided = || is_empty(ident!("recipe"));
        let mut decide = Vec::new();
        for recipe in self.recipes().iter().filter(|r| r.when != When::default()) {
            let Some((name, statement)) = function(recipe, key)? else { continue };
            config.push(statement);
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
            // A condition that more than the label has to meet is for `name_brand_by_files`.
            if !labels.is_empty() && brand.when.all.is_empty() {
                body.push(If::new(label_is_like(&labels)?, brand_is(brand)?).into());
            }
        }
        Ok(Statement::Function { name: ident!("name_brand"), body })
    }

    /// Brands that are told by files: asked for once the ISO is chosen.
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
                    ask = Command::call(ident!("there_is_directory")).arg(path);
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

/// Opens the ISO, finds out what parameters refer to, and runs `decide`.
fn open(decide: Vec<Statement>) -> Result<Vec<Statement>, Error> {
    let part = || Word::from(ident!("part"));
    let probe = |set: grub_config::Bare, what: grub_config::Bare| {
        Statement::from(Command::new(name!("probe")).arg(set).arg(what).arg(part()))
    };
    let file = part().and(ident!("iso_path"));
    let attach = Command::call(ident!("attach")).arg(file);
    let mut sorry = vec![say_file()?];
    sorry.extend(say(
        "This file cannot be read as an ISO 9660 image. It may have been copied in part only, or be \
         a disk image under the name of an ISO, which is to be written to a key of its own.",
    )?);
    sorry.extend(pause());
    let by_files = vec![Command::call(ident!("name_brand_by_files")).into()];
    let mut readable = vec![
        probe(bare!("--set=part_fs"), bare!("--fs")),
        probe(bare!("--set=fs_uuid"), bare!("--fs-uuid")),
        probe(bare!("--set=part_label"), bare!("--label")),
        If::new(is_empty(ident!("brand")), by_files).into(),
    ];
    readable.extend(decide);
    Ok(vec![Statement::clear(ident!("recipe")), If::new(attach, readable).otherwise(sorry).into()])
}

/// What is left of an ISO's facts when nothing but names and the volume id is known.
pub fn as_seen_at_boot(facts: &IsoFacts) -> IsoFacts {
    let mut seen = facts.clone();
    seen.boot_entries.clear();
    seen.initrds.clear();
    seen.kernels.clear();
    seen.efi_programs.clear();
    seen.disk_info = None;
    // Only ISO 9660's own counts, and how long a file is cannot be asked.
    seen.joliet_volume_id = None;
    seen.file_size_bytes = 0;
    if let Some(cfg) = &mut seen.loopback_cfg {
        cfg.flaw = None;
    }
    seen
}

impl Catalogue {
    /// The id of the recipe by which a key's menu starts an ISO that was copied onto it later, or
    /// says why not. memdisk is taken to be on the key, and a BIOS to have started it.
    pub fn recognise_at_boot(&self, facts: &IsoFacts, stem: &str) -> Verdict {
        self.recognise(&as_seen_at_boot(facts), stem, &Available { memdisk: true })
    }
}
