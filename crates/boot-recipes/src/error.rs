//! What can be wrong with recipes.

use thiserror::Error;

/// The reasons why recipes are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says what each field is
pub enum Error {
    /// The file is not a recipe's TOML.
    #[error("{file}: {message}")]
    Syntax { file: String, message: String },
    /// A recipe that cannot mean anything.
    #[error("{file}: {what}")]
    Invalid { file: String, what: String },
    /// Two recipes with one id.
    #[error("{first} and {second} both have the id `{id}`")]
    SameId { id: String, first: String, second: String },
    /// Two recipes that would claim the same ISO with the same right.
    #[error(
        "{first} and {second} both have priority {priority}; the order of recipes must be total"
    )]
    Tie { priority: u32, first: String, second: String },
    /// No recipe takes what the others leave.
    #[error(
        "the last recipe by priority must have no `when`, and be a refusal; {last} is the last"
    )]
    NoLastResort { last: String },
    /// `recipe = "…"` names none.
    #[error("no recipe is called `{given}`; there are: {known}")]
    UnknownRecipe { given: String, known: String },
    /// `recipe = "…"` names one whose files the ISO does not have.
    #[error(
        "the recipe `{recipe}` does not fit this ISO: it starts {wanted}, and the ISO does not have that"
    )]
    DoesNotFit { recipe: String, wanted: String },
}
