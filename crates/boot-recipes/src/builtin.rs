//! The recipes that come with this crate. A test holds this list against the folder.

macro_rules! recipes {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../recipes/", $name)))),*] };
}

/// File name and text of every recipe.
pub(crate) const FILES: &[(&str, &str)] = recipes![
    "anaconda.toml"
    "archiso.toml"
    "casper.toml"
    "debian-installer-medium.toml"
    "debian-mini-iso.toml"
    "dracut-live.toml"
    "grub-rescue.toml"
    "ipxe.toml"
    "live-boot.toml"
    "memtest86plus.toml"
    "self-contained-installer.toml"
    "unknown.toml"
    "windows-setup.toml"
];

#[cfg(test)]
mod tests {
    #[test]
    #[allow(clippy::disallowed_methods)] // a test looks at its own folder
    fn every_file_in_the_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        let listed: Vec<&str> = super::FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, there);
    }
}
