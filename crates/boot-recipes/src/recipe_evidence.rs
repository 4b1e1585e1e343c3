//! The evidence that a recipe is right: how far it was tried.

use serde::Deserialize;

/// The kind of evidence that a recipe is right, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecipeEvidence {
    /// No evidence, for a recipe that claims nothing that could be wrong.
    None,
    /// Reports of people, or another multiboot project that boots it so.
    Reported,
    /// The source code of the system that boots, which this project has read.
    Source,
    /// The system's own code, booted by hand from an entry of this project's: its real initrd, with
    /// a stand-in for the system behind it.
    EngineBooted,
    /// A successful boot by this project.
    Booted,
}
