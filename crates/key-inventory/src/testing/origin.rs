//! Made-up origins for tests.

use crate::origin::Origin;

/// A made-up origin.
pub fn origin(name: &str) -> Origin {
    Origin {
        from: format!("/somewhere/{name}"),
        package: None,
        version: Some("2.06-13".to_owned()),
        sha256: "ab".repeat(32),
    }
}
