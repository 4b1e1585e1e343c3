//! The errors of this crate: what can be wrong with recipes.

use thiserror::Error;

/// An error in recipes, or in a spec's request for one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says what each field is
pub enum Error {
    /// A file that is not TOML, or whose fields are not a recipe's or a brand's.
    #[error("{file}: {message}")]
    Syntax { file: String, message: String },
    /// A recipe or brand with a value that makes no sense.
    #[error("{file}: {what}")]
    Invalid { file: String, what: String },
    /// Two recipes, or two brands, with the same id.
    #[error("{first} and {second} both have the id `{id}`")]
    SameId { id: String, first: String, second: String },
    /// Two recipes, or two brands, with the same priority: nothing would say which is tried first.
    #[error(
        "{first} and {second} both have priority {priority}; the order of recipes must be total"
    )]
    Tie { priority: u32, first: String, second: String },
    /// A last recipe that does not refuse every ISO that no other recipe fits.
    #[error(
        "the last recipe by priority must have no `when`, and be a refusal; {last} is the last"
    )]
    NoLastResort { last: String },
    /// A `recipe = "…"` in a spec that is no recipe's id.
    #[error("no recipe is called `{given}`; there are: {known}")]
    UnknownRecipe { given: String, known: String },
    /// A `recipe = "…"` in a spec for an ISO that lacks the recipe's files.
    #[error(
        "the recipe `{recipe}` does not fit this ISO: it starts {wanted}, and the ISO does not have that"
    )]
    DoesNotFit { recipe: String, wanted: String },
}
