//! Menus, known by what they do.

use std::time::Duration;

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
}
