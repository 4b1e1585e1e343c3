//! The part of an address that names the host, and may name a port and a user.

/// The host, without the brackets of an IPv6 address, and the port, if there is one.
pub fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port {
        "" => None,
        port => {
            let digits =
                port.strip_prefix(':').filter(|p| p.starts_with(|c: char| c.is_ascii_digit()))?;
            Some(digits.parse().ok().filter(|port| *port != 0)?)
        }
    };
    (!host.is_empty()).then_some((host, port))
}

/// The address with `***` in place of the name and password of a user, so that no message shows
/// them. Such an address is refused in any case.
pub fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rfind('@').and_then(|at| rest.get(at..)) {
        Some(host) => format!("{scheme}://***{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_password_of_a_user_are_taken_out() {
        assert_eq!(without_user("http://me:se@cret@h/a@b"), "http://***@h/a@b");
        for same in ["http://h/a@b", "file:/a@b", "h"] {
            assert_eq!(without_user(same), same);
        }
    }
}
