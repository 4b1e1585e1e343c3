//! The reasons why udisks does not do something.

use shown_text::shown;
use thiserror::Error as ThisError;

/// The reasons why udisks does not do something.
#[derive(Debug, ThisError)]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    /// There is no system bus, or no udisks on it.
    #[error("there is no udisks to ask: {reason}")]
    NotThere { reason: String },
    /// udisks does not know the device, or there is no way to do this with it.
    #[error("udisks cannot do this with it: {reason}")]
    Impossible { reason: String },
    /// The user may not, or has not given a password.
    #[error("udisks was not allowed to by polkit: {reason}")]
    NotAllowed { reason: String },
    /// Somebody uses the device.
    #[error("udisks says that somebody uses it: {reason}")]
    Busy { reason: String },
    /// Anything else.
    #[error("udisks: {reason}")]
    Failed { reason: String },
}

impl Error {
    /// The error that has a name of D-Bus. The texts are the service's, and shown as such.
    pub(crate) fn named(name: &str, text: &str) -> Self {
        let reason = shown(text);
        let Some(own) = name.strip_prefix("org.freedesktop.UDisks2.Error.") else {
            return match name.strip_prefix("org.freedesktop.DBus.Error.") {
                Some("ServiceUnknown" | "NameHasNoOwner") => Self::NotThere { reason },
                Some(start) if start.starts_with("Spawn.") => Self::NotThere { reason },
                Some("UnknownMethod" | "UnknownInterface" | "UnknownObject") => {
                    Self::Impossible { reason }
                }
                Some("AccessDenied") => Self::NotAllowed { reason },
                _ => Self::Failed { reason },
            };
        };
        match own {
            "NotAuthorized" | "NotAuthorizedCanObtain" | "NotAuthorizedDismissed" => {
                Self::NotAllowed { reason }
            }
            "DeviceBusy" => Self::Busy { reason },
            // What open(2) says has no name of its own.
            _ if text.ends_with("Device or resource busy") => Self::Busy { reason },
            _ => Self::Failed { reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_kind() {
        let of = |name: &str, text: &str| Error::named(name, text);
        let udisks = |name: &str| of(&format!("org.freedesktop.UDisks2.Error.{name}"), "why");
        assert!(matches!(udisks("NotAuthorizedDismissed"), Error::NotAllowed { .. }));
        assert!(matches!(udisks("DeviceBusy"), Error::Busy { .. }));
        assert!(matches!(udisks("Failed"), Error::Failed { .. }));
        let busy = "Error opening device /dev/sdb: Device or resource busy";
        assert!(matches!(of("org.freedesktop.UDisks2.Error.Failed", busy), Error::Busy { .. }));
        let bus = |name: &str| of(&format!("org.freedesktop.DBus.Error.{name}"), "why");
        assert!(matches!(bus("ServiceUnknown"), Error::NotThere { .. }));
        assert!(matches!(bus("Spawn.ChildExited"), Error::NotThere { .. }));
        assert!(matches!(bus("UnknownMethod"), Error::Impossible { .. }));
        assert!(matches!(bus("NoReply"), Error::Failed { .. }));
        let said = of("com.example", "\x1b[2Jgone").to_string();
        assert!(!said.contains('\x1b'), "{said}");
    }
}
