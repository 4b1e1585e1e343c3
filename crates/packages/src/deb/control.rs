//! The control file of a package: the stanza of `Field: value` lines.
//! <https://manpages.debian.org/deb-control.5>

/// The fields of a package's control file that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Name of the package, e.g. `grub-pc-bin`.
    pub package: String,
    /// Version, e.g. `2.06-13+deb12u2`.
    pub version: String,
    /// Architecture, e.g. `amd64` or `all`.
    pub architecture: String,
    /// Name of the source package, if it differs: `grub2`.
    pub source: Option<String>,
    /// Size when installed, in KiB, as the control file declares it.
    pub installed_size: Option<u64>,
}

impl Control {
    /// Parses a control file. The error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let get = |name: &str| field(text, name);
        let need = |name: &str| get(name).ok_or_else(|| format!("it has no `{name}:`"));
        let package = need("Package")?;
        let version = need("Version")?;
        let architecture = need("Architecture")?;
        if !is_package_name(package) {
            return Err(format!("`{package}` is not a package name"));
        }
        let version_ok = |b: u8| b.is_ascii_alphanumeric() || b".+-:~".contains(&b);
        if !version.starts_with(|c: char| c.is_ascii_digit()) || !version.bytes().all(version_ok) {
            return Err(format!("`{version}` is not a version"));
        }
        let architecture_ok = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if architecture.is_empty() || !architecture.bytes().all(architecture_ok) {
            return Err(format!("`{architecture}` is not an architecture"));
        }
        Ok(Self {
            package: package.into(),
            version: version.into(),
            architecture: architecture.into(),
            // `Source: grub2 (2.06-13)`: the version is given only if it differs.
            source: get("Source").and_then(|s| s.split(' ').next()).map(Into::into),
            installed_size: get("Installed-Size").and_then(|s| s.parse().ok()),
        })
    }
}

/// The value of a one-line field of the first stanza. Field names ignore case.
pub(crate) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().take_while(|line| !line.trim().is_empty()).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Whether a package may have that name: lower-case letters, digits and `+-.`, at least two of
/// them, the first a letter or digit. Such a name is safe as a file name and as a program's
/// argument.
pub(crate) fn is_package_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.len() >= 2
        && name.len() <= 128
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|b| plain(b) || b"+-.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_fields_it_needs() {
        let c = Control::parse(
            "Package: syslinux-common\nSource: syslinux (3:6.04)\nversion: 3:6.04~git+dfsg1-3\n\
             Architecture: all\nInstalled-Size: 3498\nDescription: boot\n Package: not-this\n\n\
             Package: nor-this\n",
        )
        .unwrap();
        assert_eq!(c.package, "syslinux-common");
        assert_eq!(c.version, "3:6.04~git+dfsg1-3");
        assert_eq!(c.source.as_deref(), Some("syslinux"));
        assert_eq!(c.installed_size, Some(3498));
    }

    #[test]
    fn names_that_would_be_paths_or_options_are_refused() {
        for name in ["../x", "-o", "a", "a/b", "A", "", "a\u{e9}", ".a", &"a".repeat(129)] {
            assert!(!is_package_name(name), "{name}");
        }
        for name in ["memtest86+", "libstdc++6", "0ad", "grub-pc-bin", "a.b"] {
            assert!(is_package_name(name), "{name}");
        }
        for bad in ["1/../2", "", "x1", "1 2"] {
            let text = format!("Package: ab\nVersion: {bad}\nArchitecture: all\n");
            assert!(Control::parse(&text).is_err(), "{bad}");
        }
        assert!(Control::parse("Package: ab\nVersion: 1\n").is_err());
        assert!(Control::parse("Package: ab\nVersion: 1\nArchitecture: ../x\n").is_err());
    }
}
