//! Hashes of passwords in GRUB's form: `grub.pbkdf2.sha512.10000.SALT.HASH`.
//! <https://www.gnu.org/software/grub/manual/grub/grub.html#Security>

use crate::error::shown;
use crate::{Bare, Command, Error, Name, Statement, ident, name};
use sha2::Sha512;
use std::fmt;

/// The text before the three fields.
const PREFIX: &str = "grub.pbkdf2.sha512.";
/// Most bytes of salt and of hash that are accepted: as many as GRUB's own tool makes, and more
/// than a SHA-512 can use.
const MAX_FIELD: usize = 4096;

/// The hash of a password: PBKDF2-HMAC-SHA512 with its iterations and salt. The password cannot be
/// read from it.
///
/// ```
/// use grub_config::PasswordHash;
/// // As `grub-mkpasswd-pbkdf2 -c 1000 -s 16` prints it, for the password `pw`.
/// let hash = PasswordHash::derive("pw", b"0123456789abcdef", 1000)?;
/// assert!(hash.as_str().starts_with("grub.pbkdf2.sha512.1000.30313233343536373839616263646566.6E4E80CC"));
/// assert_eq!(PasswordHash::new(hash.as_str())?, hash);
/// assert!(PasswordHash::new("secret").is_err());
/// # Ok::<(), grub_config::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordHash(Bare);

impl PasswordHash {
    /// Iterations that GRUB's own tool uses when it is not told a number.
    pub const ITERATIONS: u32 = 10_000;

    /// Takes a hash that was made elsewhere, and checks its form.
    ///
    /// # Errors
    /// [`Error::PasswordHash`] says which part GRUB would not take.
    pub fn new(text: &str) -> Result<Self, Error> {
        let wrong = |why| Error::PasswordHash { shown: shown(text), why };
        let fields = text.strip_prefix(PREFIX).ok_or_else(|| wrong("it has another beginning"))?;
        let fields: Vec<&str> = fields.split('.').collect();
        let [iterations, salt, hash] = fields[..] else {
            return Err(wrong("it has not three fields after the beginning"));
        };
        if !iterations.parse().is_ok_and(|n: u32| n > 0) || iterations.starts_with('+') {
            return Err(wrong("the number of iterations is none"));
        }
        for field in [salt, hash] {
            let hex = field.bytes().all(|b| b.is_ascii_hexdigit());
            if field.is_empty() || !hex || field.len() % 2 != 0 || field.len() > 2 * MAX_FIELD {
                return Err(wrong("salt and hash have to be bytes in hex"));
            }
        }
        // Letters, digits and dots: always a bare word.
        Ok(Self(Bare::new(text)?))
    }

    /// The hash of `password` with `salt`, which should be 64 random bytes.
    ///
    /// # Errors
    /// [`Error::PasswordHash`] when there is no salt or no iteration.
    pub fn derive(password: &str, salt: &[u8], iterations: u32) -> Result<Self, Error> {
        let mut hash = [0; 64];
        pbkdf2::pbkdf2_hmac::<Sha512>(password.as_bytes(), salt, iterations.max(1), &mut hash);
        let hex = base16ct::upper::encode_string;
        Self::new(&format!("{PREFIX}{iterations}.{}.{}", hex(salt), hex(&hash)))
    }

    /// The text, as grub.cfg has it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A user who may do everything: edit entries, use the console, and boot entries that are not
/// [`unrestricted`](crate::MenuEntry::unrestricted).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superuser {
    /// The name to type.
    pub name: Name,
    /// The password.
    pub password: PasswordHash,
}

impl Superuser {
    /// The statements that lock the menu for everybody else; for the head of the file.
    pub fn statements(&self) -> Vec<Statement> {
        vec![
            Statement::set(ident!("superusers"), self.name.clone()),
            // Without it, a submenu or a `configfile` would not be locked.
            Statement::export(ident!("superusers")),
            Command::new(name!("password_pbkdf2"))
                .arg(self.name.clone())
                .arg(self.password.0.clone())
                .into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_real_tool() {
        // `grub-mkpasswd-pbkdf2` with this salt; accepted by GRUB at its prompt.
        let hash = PasswordHash::derive("pw", b"0123456789abcdef", 1000).unwrap();
        assert_eq!(
            hash.as_str(),
            "grub.pbkdf2.sha512.1000.30313233343536373839616263646566.\
             6E4E80CC334FB9FC2B686FD58E6025FBAE36278BA0D19D7E68DAE52B35FC687C\
             04B3ADD70D4195253524BCF32603769D5225A7C084960BE057D16598ED0B8F61"
        );
        assert_ne!(PasswordHash::derive("pW", b"0123456789abcdef", 1000).unwrap(), hash);
    }

    #[test]
    fn what_is_no_hash_is_told() {
        let good = "grub.pbkdf2.sha512.10000.AB.cd";
        assert!(PasswordHash::new(good).is_ok());
        for bad in [
            "",
            "grub.pbkdf2.sha1.10000.AB.cd",
            "grub.pbkdf2.sha512.0.AB.cd",
            "grub.pbkdf2.sha512.+1.AB.cd",
            "grub.pbkdf2.sha512.99999999999.AB.cd",
            "grub.pbkdf2.sha512.1.ABC.cd",
            "grub.pbkdf2.sha512.1..cd",
            "grub.pbkdf2.sha512.1.AB.c'",
            "grub.pbkdf2.sha512.1.AB.cd.ef",
            "grub.pbkdf2.sha512.1.AB",
        ] {
            assert!(matches!(PasswordHash::new(bad), Err(Error::PasswordHash { .. })), "{bad}");
        }
        assert!(PasswordHash::derive("x", b"", 1).is_err());
        assert!(PasswordHash::derive("x", b"a", 0).is_err());
    }
}
