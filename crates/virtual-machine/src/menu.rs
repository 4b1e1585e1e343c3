//! Menus, known by what they do.

use std::time::{Duration, Instant};

use crate::{Error, Guest, Picture};

/// The time that GRUB may take to show what a key does.
const MOMENT: Duration = Duration::from_millis(400);

impl Guest {
    /// Whether a menu is on the screen: "down" changes it, and "home" changes it back. Either stops
    /// GRUB's countdown, and no firmware minds them.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn shows_menu(&self) -> Result<bool, Error> {
        let after = |key: &str| -> Result<Picture, Error> {
            self.key(key)?;
            std::thread::sleep(MOMENT);
            self.picture()
        };
        let first = after("home")?;
        let second = after("down")?;
        Ok(first != second && after("home")? == first && after("down")? == second)
    }

    /// The picture on the screen, once it has stayed the same for a moment.
    ///
    /// # Errors
    /// [`Error::Unseen`] when it has not in time; when QEMU has ended.
    pub fn picture_at_rest(&self, patience: Duration) -> Result<Picture, Error> {
        let deadline = Instant::now() + patience;
        let mut before = self.picture()?;
        loop {
            std::thread::sleep(2 * MOMENT);
            let now = self.picture()?;
            if now == before {
                return Ok(now);
            }
            if Instant::now() >= deadline {
                let text = "a picture that stays".to_owned();
                return Err(Error::Unseen { text, waited: patience });
            }
            before = now;
        }
    }
}
