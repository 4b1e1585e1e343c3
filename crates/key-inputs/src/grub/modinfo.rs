//! `modinfo.sh`: what a build of GRUB says about itself.

use super::platform::FileMap;

/// The version of the build: `2.06-13+deb12u2` where the packager states it, else `2.06`.
pub(super) fn version(files: &FileMap) -> Option<String> {
    variable(files, "grub_package_version").or_else(|| variable(files, "grub_version"))
}

/// The platform it is for: `i386-pc`.
pub(super) fn platform(files: &FileMap) -> Option<String> {
    let cpu = variable(files, "grub_modinfo_target_cpu")?;
    Some(format!("{cpu}-{}", variable(files, "grub_modinfo_platform")?))
}

fn variable(files: &FileMap, name: &str) -> Option<String> {
    value(&String::from_utf8_lossy(files.get("modinfo.sh")?), name).map(Into::into)
}

/// The value of `name=value` or `name="value"` in a shell script that only assigns.
fn value<'a>(script: &'a str, name: &str) -> Option<&'a str> {
    script.lines().find_map(|line| {
        let value = line.strip_prefix(name)?.strip_prefix('=')?.trim();
        let value = value.trim_matches('"').trim_matches('\'');
        (!value.is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn variables() {
        let script = "#!/bin/bash\n# x=9\ngrub_version=\"2.06\"\ngrub_modinfo_platform=pc\ne=\n";
        assert_eq!(value(script, "grub_version"), Some("2.06"));
        assert_eq!(value(script, "grub_modinfo_platform"), Some("pc"));
        assert_eq!(value(script, "e"), None);
        assert_eq!(value(script, "x"), None);
    }
}
