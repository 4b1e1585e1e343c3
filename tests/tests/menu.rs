//! The menu as a spec configures it, seen by somebody in front of the machine: password, saved
//! entry, theme; and trees of files besides ISOs.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use testbench::{BootOptions, DiskBus, Font, PATIENCE, Qemu, oracle};
use tests::{Key, Room, sha256};

fn boot(key: &Key) -> Option<Qemu> {
    let disks = vec![(key.image.clone(), DiskBus::Virtio)];
    Qemu::boot(BootOptions { disks, memory_mib: 512, ..BootOptions::default() })
}

/// A key of two ISOs that no machine boots, with more in `[menu]`.
fn key(room: &Room, menu: &str) -> Key {
    room.iso("one.iso");
    room.iso("two.iso");
    let spec = format!(
        "[key]\nfirmware = [\"bios\"]\n\
         [menu]\nserial = true\ntimeout = \"none\"\n{menu}\n\
         [[iso]]\npath = \"one.iso\"\ntitle = \"First\"\n\
         [[iso]]\npath = \"two.iso\"\ntitle = \"Second\"\nhotkey = \"s\"\n"
    );
    room.text("menu.toml", &spec);
    room.build(["menu.toml"])
}

/// `grub-mkpasswd-pbkdf2` made it, of the password `pw`; GRUB's own is the judge of ours too.
fn hash_of_pw() -> String {
    let hash = grub_config::PasswordHash::derive("pw", b"some salt", 1000).unwrap();
    hash.to_string()
}

/// The entry that was chosen has a kernel that is none, and says so.
fn not_loaded(guest: &mut Qemu) {
    guest.expect("Not loaded: (loop)/isolinux/vmlinuz", PATIENCE).unwrap();
    guest.expect("Press Escape", PATIENCE).unwrap();
    guest.send("\x1b").unwrap();
    guest.expect("Press any key", PATIENCE).unwrap();
    guest.send("\r").unwrap();
}

#[test]
fn a_password_guards_the_console_and_not_the_isos() {
    let Some(room) = Room::new() else { return };
    let key = key(&room, &format!("password = {{ hash = \"{}\" }}", hash_of_pw()));
    let Some(mut guest) = boot(&key) else { return };
    guest.expect("Second", PATIENCE).unwrap();
    guest.send("c").unwrap();
    guest.expect("Enter username:", PATIENCE).unwrap();
    guest.send("root\r").unwrap();
    guest.expect("Enter password:", PATIENCE).unwrap();
    guest.send("wrong\r").unwrap();
    // Somebody who guesses is back at the menu, and may start what is in it.
    guest.expect("Second", PATIENCE).unwrap();
    guest.send("s").unwrap();
    not_loaded(&mut guest);
    guest.expect("Second", PATIENCE).unwrap();
    guest.send("c").unwrap();
    guest.expect("Enter username:", PATIENCE).unwrap();
    guest.send("root\r").unwrap();
    guest.expect("Enter password:", PATIENCE).unwrap();
    guest.send("pw\r").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
}

#[test]
fn the_entry_started_last_is_saved_on_the_key() {
    let Some(room) = Room::new() else { return };
    let key = key(&room, "default = \"saved\"");
    let Some(mut guest) = boot(&key) else { return };
    guest.expect("Second", PATIENCE).unwrap();
    guest.send("s").unwrap(); // its hotkey
    not_loaded(&mut guest);
    guest.expect("Second", PATIENCE).unwrap();
    guest.send("c").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    // Read back from the key, and not from memory.
    guest.send("set saved_entry=nothing\r").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    guest.send("load_env\r").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    guest.send("echo saved: $saved_entry.\r").unwrap();
    guest.expect("saved: two.", PATIENCE).unwrap();
}

/// A theme of one line, beside files that others put there.
fn theme(room: &Room) {
    std::fs::create_dir(room.path("plain")).unwrap();
    room.text("plain/theme.txt", "desktop-color: \"#203040\"\n+ boot_menu { left = 10% top = 10% width = 80% height = 80% }\n");
}

#[test]
fn a_theme_is_carried_and_loaded() {
    let Some(room) = Room::new() else { return };
    theme(&room);
    let extra = "extra = \"echo theme is $theme, fine\"";
    let key = key(&room, &format!("theme = \"plain\"\n{extra}"));
    let Some(mut guest) = boot(&key) else { return };
    guest.expect("theme is (hd0,msdos1)/boot/grub/themes/key/theme.txt, fine", PATIENCE).unwrap();
    assert!(!guest.transcript().contains("error"), "{}", guest.transcript());
}

#[test]
fn the_default_theme_shows_the_menu_in_letters_that_fit_the_screen() {
    let Some(room) = Room::new() else { return };
    let small = Font::open(Path::new("/usr/share/grub/unicode.pf2"));
    for (mode, is_large) in [("640x480", false), ("2560x1440", true)] {
        let screen = format!(
            "extra = \"set gfxmode={mode}\\nterminal_output console\\nterminal_output gfxterm\\n\
             terminal_output --append serial\""
        );
        let key = key(&room, &format!("locale = \"de\"\nkeyboard = \"de\"\n{screen}"));
        let image = key.image.to_str().unwrap();
        let (at, to) = ("boot:/boot/grub/themes/key/large.pf2", room.path(mode));
        std::fs::create_dir(&to).unwrap();
        // Root's tests run the program as nobody.
        std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o777)).unwrap();
        let extract = ["extract", image, at, "--to"].map(OsStr::new);
        room.run(extract.into_iter().chain([to.as_os_str()])).expect_success("extract");
        let large = Font::open(&to.join("large.pf2"));
        let (font, other) = if is_large { (&large, &small) } else { (&small, &large) };
        let Some(mut guest) = boot(&key) else { return };
        guest.expect("Ausschalten", PATIENCE).unwrap(); // on the serial line, as ever
        for entry in ["First", "ISOs prüfen", "Ausschalten"] {
            guest.see(entry, font, PATIENCE).unwrap();
        }
        assert!(!guest.screen().unwrap().shows("First", other), "{mode}");
        assert!(!guest.transcript().contains("error"), "{}", guest.transcript());
        // The keys of a German board: y and z have changed places.
        guest.key("c").unwrap();
        guest.expect("grub>", PATIENCE).unwrap();
        for name in ["e", "c", "h", "o", "spc", "y", "z", "ret"] {
            guest.key(name).unwrap();
        }
        guest.expect("zy", PATIENCE).unwrap();
    }
}

#[test]
fn a_directory_and_an_archive_lie_on_the_key() {
    let Some(room) = Room::new() else { return };
    std::fs::create_dir_all(room.path("overlay/sub")).unwrap();
    room.text("overlay/sub/it's a file.txt", "hello\n");
    let script = room.text("overlay/run", "#!/bin/sh\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o775)).unwrap();
    let tar = oracle("tar").unwrap();
    let mut pack: Command = tar.command();
    pack.current_dir(room.path("overlay")).args(["-cf", "../files.tar", "sub"]);
    testbench::run(&mut pack).expect_success("tar");
    let spec = "[key]\nfirmware = [\"bios\"]\ntime = 86400\n\
                [[tree]]\nfrom = \"overlay\"\nto = \"isos:/\"\n\
                [[tree]]\nfrom = \"files.tar\"\nto = \"boot:/extra\"\n";
    room.text("tree.toml", spec);
    let key = room.build(["tree.toml"]);
    let first = sha256(&key.image);
    let Some(debugfs) = oracle("debugfs") else { return };
    let ask = |n: usize, what: &str| {
        let fs = key.partition(n, &room.path("fs.img"));
        let ran = debugfs.run(["-R", what, fs.to_str().unwrap()]).expect_success("debugfs");
        ran.stdout
    };
    assert_eq!(ask(2, "cat \"/sub/it's a file.txt\""), "hello\n");
    assert_eq!(ask(1, "cat \"/extra/sub/it's a file.txt\""), "hello\n");
    let stat = ask(2, "stat /run");
    assert!(stat.contains("Mode:  0755") && stat.contains("User:     0"), "{stat}");
    assert!(stat.contains("mtime: 0x00015180"), "{stat}");
    // Another umask and another time at the source are no other key.
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(1000);
    std::fs::File::options().write(true).open(&script).unwrap().set_modified(later).unwrap();
    assert_eq!(sha256(&room.build(["tree.toml"]).image), first);
    // Two files at one place are refused.
    let twice = format!("{spec}[[tree]]\nfrom = \"overlay\"\nto = \"isos:/\"\n");
    room.text("tree.toml", &twice);
    room.run(["plan", "tree.toml"]).expect_objection(2, "do not go there", "bootkey plan");
}
