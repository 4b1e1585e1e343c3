//! The check that parts of GRUB are of one build.

use super::parts::Part;
use crate::error::Error;
use key_inventory::Asset;

/// Checks that all parts are of one build, by the versions of their packages and in their
/// `modinfo.sh`, and that fonts from package files are of the same version.
///
/// # Errors
/// [`Error::MixedGrub`] names two that are not.
pub(super) fn check_one_build(parts: &[&Part], fonts: &[(Asset, bool)]) -> Result<(), Error> {
    let Some((first, others)) = parts.split_first() else { return Ok(()) };
    for other in others {
        if !same(first, other) {
            return Err(Error::MixedGrub {
                first: name(first),
                first_version: version(first),
                second: name(other),
                second_version: version(other),
            });
        }
    }
    // Only fonts from package files are compared: one found beside a directory may be of any
    // version.
    let of_packages = fonts.iter().filter(|(_, is_package)| *is_package && first.is_package);
    for (font, _) in of_packages {
        let (font_package, font_version) = (&font.origin.package, &font.origin.version);
        if let (Some((_, ours)), Some(theirs)) = (&first.package, font_version)
            && source_version(ours) != source_version(theirs)
        {
            return Err(Error::MixedGrub {
                first: name(first),
                first_version: version(first),
                second: font_package.clone().unwrap_or_else(|| font.origin.from.clone()),
                second_version: theirs.clone(),
            });
        }
    }
    Ok(())
}

fn same(a: &Part, b: &Part) -> bool {
    let of_package = |p: &Part| p.package.clone().map(|(_, version)| version);
    let pairs = [(of_package(a), of_package(b)), (a.build.clone(), b.build.clone())];
    let mut known = pairs.into_iter().filter_map(|(a, b)| Some((a?, b?))).peekable();
    // Two parts of which no version can be compared are not taken for one build.
    known.peek().is_some() && known.all(|(a, b)| source_version(&a) == source_version(&b))
}

/// A Debian version without the count of rebuilds of the same source: `2.12-9+b1` is `2.12-9`.
fn source_version(version: &str) -> &str {
    match version.rsplit_once("+b") {
        Some((source, n)) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => source,
        _ => version,
    }
}

fn name(part: &Part) -> String {
    match &part.package {
        Some((package, _)) => package.clone(),
        None => format!("{} ({})", part.how, part.platform),
    }
}

fn version(part: &Part) -> String {
    let known = part.package.as_ref().map(|(_, version)| version).or(part.build.as_ref());
    known.map_or_else(|| "of unknown version".to_owned(), Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grub::Platform;

    #[test]
    fn a_rebuild_is_the_same_build_and_a_security_update_is_not() {
        assert_eq!(source_version("2.12-9+b1"), "2.12-9");
        assert_eq!(source_version("2.12-9+deb13u1+b12"), "2.12-9+deb13u1");
        assert_eq!(source_version("2.06-13+deb12u2"), "2.06-13+deb12u2");
        assert_eq!(source_version("2.12+b"), "2.12+b");
    }

    #[test]
    fn what_is_known_of_both_must_agree() {
        let part = |package: Option<&str>, build: Option<&str>| Part {
            platform: Platform::I386Pc,
            files: Default::default(),
            how: String::new(),
            package: package.map(|v| ("grub".into(), v.into())),
            is_package: false,
            build: build.map(Into::into),
            sha256: String::new(),
            sums: Default::default(),
        };
        for (a, b, expected) in [
            ((Some("1-2"), None), (Some("1-2+b1"), None), true),
            ((Some("1-2"), None), (Some("1-3"), None), false),
            ((Some("1-2"), Some("1")), (None, Some("1")), true),
            // Packages of one upstream version with other patches.
            ((Some("1-2"), Some("1")), (Some("1-3"), Some("1")), false),
            ((None, Some("1")), (None, Some("2")), false),
            ((Some("1"), None), (None, Some("1")), false),
            ((None, None), (None, None), false),
        ] {
            let (a, b) = (part(a.0, a.1), part(b.0, b.1));
            assert_eq!(same(&a, &b), expected, "{a:?} {b:?}");
            assert_eq!(check_one_build(&[&a, &b], &[]).is_ok(), expected);
        }
    }
}
