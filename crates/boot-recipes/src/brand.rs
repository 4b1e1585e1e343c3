//! Brands: the distributions that ISOs come from. A brand gives an ISO its name and icon, and says
//! in what it differs from others that the same recipe boots.

use crate::recipe::{Rewrite, When};
use crate::recipe_evidence::RecipeEvidence;
use serde::Deserialize;

/// A brand, as its TOML file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    pub(crate) id: String,
    /// The brand's title for the menu, which may have the placeholder `{version}`.
    pub(crate) title: String,
    /// The name of the menu entry's icon.
    pub(crate) class: String,
    /// The brand's place in the order: brands are tried from the lowest number to the highest, and
    /// the first that fits is taken.
    pub(crate) priority: u32,
    /// The kind of evidence that this brand's ISOs boot; `None`: the recipe's evidence holds.
    pub(crate) evidence: Option<RecipeEvidence>,
    /// The evidence in words.
    #[serde(default)]
    pub(crate) because: String,
    /// The places where it can be checked how such ISOs start: files of multiboot projects, or of
    /// the system's own source.
    #[serde(default)]
    pub(crate) places: Vec<String>,
    /// The conditions under which an ISO is of this brand.
    pub(crate) when: When,
    /// Parameters to add to the kernel's, after those that the recipe adds.
    #[serde(default)]
    pub(crate) add: Vec<String>,
    /// Globs for kernel parameters to leave out, besides the recipe's.
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    /// Rules that replace kernel parameters, besides the recipe's.
    #[serde(default)]
    pub(crate) rewrite: Vec<Rewrite>,
    /// Parameters for a kernel whose parameters are the recipe's, not those of an entry of the
    /// ISO's own menu.
    #[serde(default, rename = "static")]
    pub(crate) static_args: Vec<String>,
    /// Warnings for people.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    /// Whether the `loopback.cfg` of this brand's ISOs may be offered for an ISO that was copied
    /// onto the key later, when nothing can check it. `false` if it is known not to work.
    #[serde(default = "yes")]
    pub(crate) loopback_cfg: bool,
}

fn yes() -> bool {
    true
}

impl Brand {
    /// The brand's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The kind of evidence that this brand's ISOs boot; `None`: the recipe's evidence holds.
    pub fn evidence(&self) -> Option<RecipeEvidence> {
        self.evidence
    }

    /// The evidence in words: what was read, booted or reported.
    pub fn because(&self) -> &str {
        &self.because
    }

    /// The places where it can be checked how such ISOs start.
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// The brand's title for the menu, which may have the placeholder `{version}`.
    pub fn title(&self) -> &str {
        &self.title
    }
}
