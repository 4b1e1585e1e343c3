//! Whatever stands in a title, a path, an argument or a value: GRUB's own parser accepts the
//! file, and an independent tokenizer reads back exactly what was put in.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests hand files to GRUB's tool
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use grub_config::{
    Command, Config, DefaultEntry, GrubPlatform, Hotkey, Id, IdSet, If, MenuEntry, PasswordHash,
    Serial, Statement, Superuser, Terminal, Title, Word, bare, firmware_setup, forget_tpm, ident,
    load_env, local_disk, name, on_platform, power_off, reboot, timeout,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use testbench::Oracle;
use testbench::grub_tokenizer::tokenize;

/// Strings that go for the rules' throat, and any other string.
fn text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(
        &[
            "'",
            "\"",
            "$",
            "\\",
            "$v",
            "${v}",
            ";",
            "|",
            "&",
            "<",
            ">",
            "{",
            "}",
            "#",
            "*",
            "?",
            "\n",
            "\n#",
            "\r",
            "\t",
            " ",
            "--",
            "--class",
            "-",
            "'\\''",
            "\\'",
            "\\\n",
            "[",
            "]",
            "if",
            "fi",
            "menuentry",
            "!",
            "`",
            "$\"",
            "é",
            "日本",
            "\u{202e}",
            "\u{1b}[2J",
            "\0",
            "\u{85}",
            "(loop)/",
            "a",
            "=",
        ][..],
    );
    prop_oneof![
        prop::collection::vec(nasty, 0..10).prop_map(|parts| parts.concat()),
        any::<String>(),
        ".{0,40}",
    ]
}

const RIGHT_TO_LEFT: char = '\u{202e}';

fn accepted(check: &Oracle, config: &str) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("grub.cfg");
    std::fs::write(&file, config).unwrap();
    check.run([&file]).accepts(1, "Syntax error at line")
}

/// A whole menu around one string.
fn menu(text: &str, literal: &Word) -> Config {
    let mut ids = IdSet::new();
    let mut config = Config::new();
    config.push(Statement::Comment(text.to_owned()));
    config.push(Statement::set(ident!("v"), literal.clone()));
    config.push(Statement::set(ident!("w"), Word::from(ident!("v")).and(literal.clone())));
    let body = vec![
        If::new(
            Command::call(ident!("open_iso")).arg(literal.clone()),
            vec![
                Command::new(name!("linux")).arg(literal.clone()).arg(literal.clone()).into(),
                Statement::Comment(text.to_owned()),
            ],
        )
        .elif(Command::test([literal.clone(), bare!("=").into(), ident!("v").into()]), vec![])
        .otherwise(vec![Statement::Blank])
        .into(),
    ];
    let entry = |ids: &mut IdSet, body| {
        MenuEntry::new(ids.slug(text), Title::new(text), body)
            .class(name!("installer"))
            .hotkey(Hotkey::new('7').unwrap())
    };
    let inner = Statement::MenuEntry(entry(&mut ids, body).unrestricted());
    config.push(Statement::Submenu(entry(&mut ids, vec![inner])));
    config
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_string_comes_back(text in text()) {
        let Ok(literal) = Word::literal(&text) else {
            prop_assert!(text.chars().any(char::is_control), "refused without a reason: {text:?}");
            return Ok(());
        };
        prop_assert!(!text.chars().any(char::is_control));
        let config = menu(&text, &literal).render();
        let value = |name: &str| format!("<{name}>");
        let lines = tokenize(&config, &value).map_err(TestCaseError::fail)?;
        let title = Title::new(&text);
        let id = |n: usize| lines[n][lines[n].iter().position(|w| w == "--id").unwrap() + 1].clone();
        let (outer, inner) = (id(2), id(3));
        prop_assert!(Id::new(&outer).is_ok() && Id::new(&inner).is_ok() && outer != inner);
        let set_v = format!("v={text}");
        let set_w = format!("w=<v>{text}");
        let t = text.as_str();
        prop_assert_eq!(&lines[0], &["set", &set_v]);
        prop_assert_eq!(&lines[1], &["set", &set_w]);
        prop_assert_eq!(
            &lines[2],
            &["submenu", "--class", "installer", "--hotkey=7", "--id", &outer, "--", title.as_str(), "{"]
        );
        prop_assert_eq!(
            &lines[3],
            &["menuentry", "--class", "installer", "--hotkey=7", "--unrestricted", "--id", &inner, "--",
              title.as_str(), "{"]
        );
        prop_assert_eq!(&lines[4], &["if", "open_iso", t]);
        prop_assert_eq!(&lines[5], &["then"]);
        prop_assert_eq!(&lines[6], &["linux", t, t]);
        prop_assert_eq!(&lines[7], &["elif", "[", t, "=", "<v>", "]"]);
        prop_assert_eq!(
            &lines[8..],
            &[vec!["then"], vec!["true"], vec!["else"], vec!["true"], vec!["fi"], vec!["}"], vec!["}"]]
        );
    }

    #[test]
    fn titles_are_harmless_whatever_they_were(text in text()) {
        let title = Title::new(&text);
        prop_assert!(title.as_str().chars().count() <= Title::MAX);
        prop_assert!(!title.as_str().is_empty());
        prop_assert!(!title.as_str().chars().any(|c| c.is_control() || c == RIGHT_TO_LEFT));
        prop_assert_eq!(&Title::new(title.as_str()), &title, "cleaning twice changes nothing");
    }
}

/// One process for many strings: every one of them in one file.
#[test]
fn grub_accepts_every_string() {
    let Some(check) = testbench::oracle("grub-script-check") else { return };
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = prop::collection::vec(text(), 40);
    for _ in 0..25 {
        let texts = strategy.new_tree(&mut runner).unwrap().current();
        let mut file = String::new();
        for t in &texts {
            let literal = Word::literal(t).unwrap_or_else(|_| Title::new(t).into());
            file.push_str(&menu(t, &literal).render());
        }
        if !accepted(&check, &file) {
            let one = texts.iter().find(|t| {
                let literal = Word::literal(t).unwrap_or_else(|_| Title::new(t).into());
                !accepted(&check, &menu(t, &literal).render())
            });
            panic!("grub-script-check objects; alone: {one:?}\n{file}");
        }
    }
}

/// Every quote of a file but one: what the two checks say to each of those files.
fn without_one_quote(text: &str) -> Vec<String> {
    let config = menu(text, &Word::literal(text).unwrap()).render();
    let in_comment = |at: usize| {
        let line = config[..at].rfind('\n').map_or(0, |n| n + 1);
        config[line..at].trim_start().starts_with('#')
    };
    let broken: Vec<String> = config
        .match_indices(['\'', '"'])
        .filter(|(at, _)| !in_comment(*at))
        .map(|(at, _)| format!("{}{}", &config[..at], &config[at + 1..]))
        .collect();
    assert!(broken.len() > 20);
    broken
}

#[test]
fn the_tokenizer_objects_to_a_broken_quote() {
    let text = "it's $here.iso";
    let whole = menu(text, &Word::literal(text).unwrap()).render();
    let value = |_: &str| String::new();
    let words = tokenize(&whole, &value).unwrap();
    for broken in without_one_quote(text) {
        // Quotes may pair up again, but never to the same words.
        assert_ne!(tokenize(&broken, &value).as_ref(), Ok(&words), "{broken}");
    }
}

#[test]
fn grub_objects_to_a_broken_quote() {
    let Some(check) = testbench::oracle("grub-script-check") else { return };
    for broken in without_one_quote("$here ; x.iso") {
        assert!(!accepted(&check, &broken), "grub-script-check accepts:\n{broken}");
    }
}

#[test]
fn a_whole_file() {
    let mut config = Config::new();
    config.push(Statement::Comment("made by bootkey\nmenuentry 'x' {".into()));
    config.push(Statement::Blank);
    config.push(timeout(Some(5)));
    config.push(DefaultEntry::Path(vec![Id::new("ipxe").unwrap()]).statement());
    config.extend(
        Terminal {
            serial: Some(Serial { unit: 0, speed: 115_200, utf8: true }),
            font: Some(
                Word::from(ident!("prefix")).and(Word::literal("/fonts/unicode.pf2").unwrap()),
            ),
            ..Terminal::default()
        }
        .statements(),
    );
    config.push(Statement::export(ident!("isos")));
    config.push(Statement::Function { name: ident!("nothing"), body: vec![] });
    config.push(Statement::MenuEntry(MenuEntry::new(
        Id::new("ipxe").unwrap(),
        Title::new("--id\u{7} 'evil' \\"),
        vec![Command::new(name!("linux16")).literals(["(loop)/ipxe.krn"]).unwrap().into()],
    )));
    let password = PasswordHash::derive("it's", b"salt", 1).unwrap();
    config.extend(Superuser { name: name!("root"), password }.statements());
    let body = vec![
        If::new(on_platform(GrubPlatform::Efi), vec![firmware_setup()]).into(),
        local_disk(ident!("disk")),
        forget_tpm(),
        load_env(),
        reboot(),
        power_off(),
    ];
    let last = MenuEntry::new(Id::new("last").unwrap(), Title::new("Last"), body);
    config.push(Statement::MenuEntry(last.hotkey(Hotkey::new('x').unwrap())));
    for bad in ['c', 'e', 'X', '\'', 'é', ' '] {
        assert!(Hotkey::new(bad).is_err(), "{bad}");
    }
    config.push(Statement::Raw("# the user's own\nmenuentry 'own' {\n  true\n}".into()));
    if let Some(check) = testbench::oracle("grub-script-check") {
        assert!(accepted(&check, &config.render()));
    }
    insta::assert_snapshot!(config, @r#"
    # made by bootkey
    # menuentry 'x' {

    set timeout=5
    set default='ipxe'
    if loadfont "${prefix}/fonts/unicode.pf2"; then
        insmod all_video
        insmod gfxterm
        set gfxmode=auto
        terminal_output gfxterm
    fi
    if serial --unit=0 --speed=115200; then
        terminal_input --append serial
        terminal_output --append serial
        terminfo -u serial
    fi
    export isos
    function nothing {
        true
    }
    menuentry --id 'ipxe' -- '--id '\''evil'\'' \' {
        linux16 '(loop)/ipxe.krn'
    }
    set superusers=root
    export superusers
    password_pbkdf2 root grub.pbkdf2.sha512.1.73616C74.6899B5093FDB96E63898D255AAC25684187F8F8F80598EEDBDCA2396D9B276E839DC215D881869AC4FCA592E3990EE45D77A8BA7E06AAE216782D24B5C0CE384
    menuentry --hotkey=x --id 'last' -- 'Last' {
        if [ "${grub_platform}" = efi ]; then
            fwsetup
        fi
        if [ "${grub_platform}" = pc ]; then
            if [ "${disk}" = hd0 ]; then
                set root=hd1
                drivemap -s hd0 hd1
            else
                set root=hd0
            fi
            chainloader +1
        else
            exit
        fi
        rmmod tpm
        load_env
        reboot
        halt
    }
    # the user's own
    menuentry 'own' {
      true
    }
    "#);
}
