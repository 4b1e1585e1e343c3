//! The commands that write the file to a stick, and those that compute its digest.

use crate::page::{FileKind, KeyPage};
use shown_text::ShellWord;

/// The commands, as lines for a shell or for PowerShell.
#[derive(Debug)]
pub(crate) struct Commands {
    /// On Linux, with bootkey.
    pub(crate) bootkey: String,
    /// On Linux, with what every machine has, or with bmaptool.
    pub(crate) linux: Vec<String>,
    /// On macOS.
    pub(crate) macos: Vec<String>,
    /// The digest on Linux.
    pub(crate) sha256sum: String,
    /// The digest on macOS.
    pub(crate) shasum: String,
    /// The digest in PowerShell.
    pub(crate) get_file_hash: String,
    /// The image of a virtual disk.
    pub(crate) convert: Option<String>,
}

/// The command that installs what macOS does not have.
fn missing_on_macos(kind: FileKind) -> Option<String> {
    match kind {
        FileKind::Image | FileKind::Packed("gzip") => None,
        FileKind::Packed(program) => Some(format!("brew install {program}")),
        FileKind::VirtualDisk(_) => Some("brew install qemu".to_owned()),
    }
}

impl Commands {
    pub(crate) fn of(page: &KeyPage) -> Self {
        let name = page.file.as_str();
        let word = ShellWord::of(name.as_ref()).to_string();
        let dd = |to: &str, options: &str| match page.kind {
            FileKind::Image => format!("sudo dd if={word} of={to} {options}"),
            FileKind::Packed(program) => {
                // gzip takes no file by a name that does not end in .gz.
                format!("{program} -dc < {word} | sudo dd of={to} {options}")
            }
            FileKind::VirtualDisk(_) => format!("sudo dd if=key.img of={to} {options}"),
        };
        let convert = match page.kind {
            FileKind::VirtualDisk(format) => {
                Some(format!("qemu-img convert -f {format} -O raw {word} key.img"))
            }
            FileKind::Image | FileKind::Packed(_) => None,
        };
        let gnu = match page.kind {
            FileKind::Packed(_) => "bs=4M iflag=fullblock conv=fsync status=progress",
            FileKind::Image | FileKind::VirtualDisk(_) => "bs=4M conv=fsync status=progress",
        };
        let list = "lsblk -o NAME,SIZE,MODEL,TRAN".to_owned();
        let linux = match page.block_map {
            true => format!("sudo bmaptool copy {word} /dev/sdX"),
            false => dd("/dev/sdX", gnu),
        };
        Self {
            bootkey: format!("sudo bootkey write {word} /dev/sdX"),
            linux: convert.iter().cloned().chain([list, linux]).collect(),
            macos: missing_on_macos(page.kind)
                .into_iter()
                .chain(convert.iter().cloned())
                .chain([
                    "diskutil list external physical".to_owned(),
                    "diskutil unmountDisk /dev/diskN".to_owned(),
                    dd("/dev/rdiskN", "bs=4m"),
                    "diskutil eject /dev/diskN".to_owned(),
                ])
                .collect(),
            sha256sum: format!("sha256sum {word}"),
            shasum: format!("shasum -a 256 {word}"),
            get_file_hash: format!("Get-FileHash -LiteralPath {}", powershell(name)),
            convert,
        }
    }
}

/// A word of PowerShell, in which nothing is expanded. It takes typographic quotes for plain ones.
fn powershell(word: &str) -> String {
    let mut out = String::from("'");
    for c in shown_text::shown(word).chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            out.push(c);
        }
        out.push(c);
    }
    out + "'"
}

#[cfg(test)]
mod tests {
    use super::powershell;

    #[test]
    fn a_word_of_powershell_ends_where_it_should() {
        assert_eq!(powershell("key.img"), "'key.img'");
        assert_eq!(powershell("it's $(x)`.img"), "'it''s $(x)`.img'");
        assert_eq!(powershell("a\u{2019};calc"), "'a\u{2019}\u{2019};calc'");
    }
}
