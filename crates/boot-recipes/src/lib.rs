//! Recipes as data: which menu entry boots which ISO, and why.
//!
//! ```text
//! recipes/**/*.toml ► Catalogue ┐
//!                               ├─recognise──► Verdict::Boots   title, class, why, Boot, warnings
//! IsoFacts (iso-probe) ─────────┤              Verdict::Refused reason, suggestion
//! Available (what the key has) ─┘
//! ```
//!
//! Recipes are tried in the order of their priority, which no two share; the first that fits decides
//! if what speaks for it is certain, else an engine with better evidence may (`winning_recipe.rs`). The last
//! recipe fits every ISO: it refuses, and its verdict says what the others
//! looked for. The README beside this crate's `Cargo.toml` says how to add a recipe.
//!
//! ```
//! use boot_recipes::{Available, Boot, Catalogue, Verdict};
//!
//! let facts: iso_probe::IsoFacts = serde_json::from_str(r#"{
//!     "volume_id": "CentOS", "system_id": "LINUX", "publisher_id": "", "application_id": "",
//!     "volume_uuid": null, "volume_size_bytes": 9000000, "file_size_bytes": 9000000,
//!     "names": "rock-ridge",
//!     "paths": { "/isolinux/vmlinuz": 1900000, "/isolinux/initrd.img": 6000000 }
//! }"#)?;
//! let key = Available { memdisk: false };
//! let Verdict::Boots(found) = Catalogue::builtin().recognise(&facts, "CentOS-5.4-netinstall", &key)
//! else { panic!() };
//! assert_eq!(found.recipe, "self-contained-installer");
//! assert_eq!(found.title, "CentOS-5.4-netinstall");
//! assert_eq!(found.why, "has /isolinux/vmlinuz and /isolinux/initrd.img");
//! assert_eq!(found.boot, Boot::Linux {
//!     kernel: "/isolinux/vmlinuz".into(),
//!     initrds: vec!["/isolinux/initrd.img".into()],
//!     args: vec![],
//! });
//! # Ok::<(), serde_json::Error>(())
//! ```

mod answer;
mod arg;
mod args;
mod at_boot;
mod brand;
mod builtin;
mod candidate;
mod catalogue;
mod choose;
mod error;
mod evidence;
mod evidence_rank;
mod filesystems;
mod fits;
mod initrd_order;
mod marker;
mod payload;
mod recipe;
mod recipe_evidence;
mod refusal;
mod signs;
mod template;
mod title;
mod unread_initrds;
mod usable_method;
mod validate;
mod verdict;
mod winning_recipe;

pub use arg::{Arg, ArgPart, Placeholder};
pub use at_boot::{OnKey, Scripts, as_seen_at_boot, function_names};
pub use brand::Brand;
pub use catalogue::Catalogue;
pub use error::Error;
pub use evidence_rank::EvidenceRank;
pub use recipe::Recipe;
pub use recipe_evidence::RecipeEvidence;
pub use signs::{Engine, FailureSign, KERNEL, OF_ANY_LINUX, Signs, signs_of};
pub use verdict::{
    Answers, Autoinstall, Available, Boot, Loader, MemdiskImage, MenuLoader, Module, Persistence,
    Recognised, Variant, Verdict,
};
