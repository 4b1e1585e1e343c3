//! Tests with hostile descriptions: no value ends a line, a quote or a tag, or it is refused.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod sample;

use proptest::prelude::*;
use sample::{checked, description};
use xen_host::{Disk, Host, Stack};

/// Texts with characters that are special in some format, and any others.
fn text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(
        &[
            "'",
            "\"",
            "\\",
            "\n",
            "\r",
            "\t",
            "\0",
            "#",
            ";",
            "<",
            ">",
            "&",
            "&amp;",
            "]]>",
            "<!--",
            "$(x)",
            "`x`",
            "${x}",
            "EOF",
            "EOF_",
            "[x]",
            "=",
            ",",
            ":",
            "(",
            ")",
            " ",
            "\u{85}",
            "\u{2028}",
            "\u{fffe}",
            "{",
            "}",
            "/",
            "..",
            "é",
            "\u{1b}[2J",
            "%end",
            "'; rm -rf / #",
        ][..],
    )
    .prop_map(str::to_owned);
    let any =
        prop_oneof![3 => nasty, 1 => "[a-z0-9]{1,3}", 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(any, 0..8).prop_map(|parts| parts.concat())
}

/// The shape of all files without their values: the lines' keys, or the tags.
fn shape(host: &Host) -> Vec<String> {
    let mut files: Vec<_> = Stack::ALL.into_iter().flat_map(|s| host.network_files(s)).collect();
    files.extend(host.guest_files());
    let mut shape = Vec::new();
    for file in files {
        let xml = file.path.ends_with(".xml");
        for line in file.text.lines() {
            if xml {
                // The tags, with what stands in quotes between them left out.
                let mut out = String::new();
                let (mut tag, mut quoted) = (false, false);
                for c in line.chars() {
                    match c {
                        '<' if !quoted => tag = true,
                        '>' if !quoted => tag = false,
                        '\'' if tag => quoted = !quoted,
                        c if tag && !quoted => out.push(c),
                        _ => {}
                    }
                }
                shape.push(out);
            } else if file.path.ends_with(".cfg") {
                // The lines without what stands in double quotes.
                shape.push(line.split('"').step_by(2).collect());
            } else {
                shape.push(line.split(['=', ':', ' ']).next().unwrap().to_owned());
            }
        }
    }
    shape
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Free texts: either refused, or every file has the lines and tags that it has with a tame
    /// value in that place.
    #[test]
    fn free_texts_stay_values(which in 0..6usize, value in text()) {
        let change = |value: &str| {
            let mut d = description();
            let path = format!("/{value}");
            let guest = &mut d.guests[1];
            match which {
                0 => guest.kernel = path,
                1 => guest.initrd = Some(path),
                2 => guest.args = Some(value.to_owned()),
                3 => guest.disks = vec![Disk { path, device: "xvda".into(), readonly: false }],
                4 => d.vnc.password = Some(value.to_owned()),
                _ => d.network_script = Some(value.to_owned()),
            }
            d
        };
        if let Ok((host, _)) = checked(&change(&value)) {
            let (tame, _) = checked(&change("tame")).unwrap();
            let dev = which == 3 && value.starts_with("dev/");
            if !dev {
                prop_assert_eq!(shape(&host), shape(&tame));
            }
        }
    }

    /// Names and addresses: what is taken has plain characters only.
    #[test]
    fn names_are_plain_or_refused(which in 0..12usize, value in text()) {
        let mut d = description();
        match which {
            0 => d.name = value.clone(),
            1 => d.network.bridge = value.clone(),
            2 => d.network.interface = value.clone(),
            3 => d.network.address = Some(value.clone()),
            4 => d.network.gateway = Some(value.clone()),
            5 => d.network.dns = vec![value.clone()],
            6 => d.guests[0].name = value.clone(),
            7 => d.guests[0].mac = Some(value.clone()),
            8 => d.guests[1].disks[0].device = value.clone(),
            9 => d.vnc.listen = Some(value.clone()),
            10 => d.network.interface_address = Some(value.clone()),
            _ => d.network_script = Some(value.clone()),
        }
        if checked(&d).is_ok() {
            prop_assert!(
                value.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:".contains(c)),
                "{value:?} was taken"
            );
        }
    }
}

/// xl's configuration has no way to say these; XML has, and needs none of them.
#[test]
fn what_no_quotes_hold_is_refused() {
    for bad in ["a\"b", "a'b", "a\\b", "a\nb", "a\u{2028}b", ""] {
        let mut d = description();
        d.guests[0].args = Some(bad.into());
        assert!(checked(&d).is_err(), "{bad:?}");
    }
}
