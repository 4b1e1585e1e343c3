//! grubenv: the block of variables that GRUB can write back.

use crate::{Error, Ident};

/// The line every block starts with.
const SIGNATURE: &[u8] = b"# GRUB Environment Block\n";

/// Size of the block, in bytes. GRUB writes it in place: the file may never move or shrink.
pub const GRUBENV_SIZE: usize = 1024;

/// A grubenv with these variables: `name=value` lines after the signature, `\` and newline
/// escaped by a backslash, the rest filled with `#`.
///
/// ```
/// use grub_config::{grubenv, ident};
/// let empty = grubenv([])?;
/// assert_eq!(&empty[..25], b"# GRUB Environment Block\n");
/// assert!(empty[25..].iter().all(|b| *b == b'#'));
/// let block = grubenv([(ident!("saved_entry"), "debian")])?;
/// assert!(block[25..].starts_with(b"saved_entry=debian\n###"));
/// # Ok::<(), grub_config::Error>(())
/// ```
///
/// # Errors
/// [`Error::GrubenvFull`] when the variables need more than [`GRUBENV_SIZE`] bytes.
pub fn grubenv<'a>(
    variables: impl IntoIterator<Item = (Ident, &'a str)>,
) -> Result<[u8; GRUBENV_SIZE], Error> {
    let mut text = SIGNATURE.to_vec();
    for (name, value) in variables {
        text.extend_from_slice(name.as_str().as_bytes());
        text.push(b'=');
        for byte in value.bytes() {
            if matches!(byte, b'\\' | b'\n') {
                text.push(b'\\');
            }
            text.push(byte);
        }
        text.push(b'\n');
    }
    let mut block = [b'#'; GRUBENV_SIZE];
    match block.get_mut(..text.len()) {
        Some(head) => head.copy_from_slice(&text),
        None => return Err(Error::GrubenvFull { need: text.len(), has: GRUBENV_SIZE }),
    }
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident;

    #[test]
    fn fills_exactly_and_no_further() {
        let room = GRUBENV_SIZE - SIGNATURE.len() - "a=\n".len();
        let full = grubenv([(ident!("a"), "x".repeat(room).as_str())]).unwrap();
        assert!(full.ends_with(b"x\n"));
        assert_eq!(
            grubenv([(ident!("a"), "x".repeat(room + 1).as_str())]),
            Err(Error::GrubenvFull { need: 1025, has: 1024 })
        );
    }

    #[test]
    fn escapes() {
        let block = grubenv([(ident!("a"), "b\\c\nd")]).unwrap();
        assert!(block[25..].starts_with(b"a=b\\\\c\\\nd\n#"));
    }
}
