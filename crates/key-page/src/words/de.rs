//! German.

use super::Words;

pub(crate) const GERMAN: Words = Words {
    decimal: ",",
    thousands: ".",
    bytes: "Bytes",

    subtitle: "Ein USB-Stick, der Rechner startet",
    lead: "Laden Sie die Datei herunter, prüfen Sie sie hier und schreiben Sie sie auf einen USB-Stick. Ein Rechner, der von \
           dem Stick startet, zeigt das Menü unten.",
    contents: "Auf dieser Seite",

    file: "Die Datei",
    name: "Name",
    form: "Format",
    image: "Datenträgerabbild",
    packed: "Datenträgerabbild, komprimiert ({program})",
    virtual_disk: "Datenträger einer virtuellen Maschine ({format})",
    size: "Größe",
    sha256: "SHA-256",
    image_in_it: "Das Abbild darin",
    stick: "Stick",
    at_least: "mindestens {size}",
    starts_on: "Startet",
    bios: "PCs mit BIOS",
    uefi_x64: "PCs mit UEFI (64 Bit)",
    uefi_ia32: "PCs mit UEFI (32 Bit)",
    uefi_arm64: "ARM-Rechner mit UEFI (64 Bit)",
    secure_boot: "Secure Boot",
    secure_boot_on: "kann eingeschaltet bleiben",
    secure_boot_off: "muss ausgeschaltet werden",
    date: "Datum",

    check: "Prüfen, was heruntergeladen wurde",
    check_why: "Wählen Sie die heruntergeladene Datei. Ihr Browser berechnet ihre SHA-256 und vergleicht sie mit der obigen. \
                Die Datei bleibt auf Ihrem Rechner: Nichts wird irgendwohin gesendet.",
    check_limit: "Das findet einen beschädigten oder unvollständigen Download. Ob die Datei vom Herausgeber ist, zeigt es nur, \
                  wenn auch diese Seite vom Herausgeber kam: über https, von einer Adresse, der Sie vertrauen.",
    choose: "Heruntergeladene Datei",
    or_drop: "Sie können sie auch hierher ziehen.",
    stop: "Abbrechen",
    progress: "Geprüfter Teil der Datei",
    no_script: "In Ihrem Browser sind Skripte ausgeschaltet, deshalb kann er die Datei nicht prüfen. Nehmen Sie einen der Befehle \
                unten.",
    by_hand: "Ohne Browser prüfen",
    right: "{name} ist richtig: Die Datei hat die SHA-256, die sie haben soll.",
    right_image: "{name} ist richtig: Es ist das ausgepackte Abbild mit der SHA-256, die es haben soll.",
    wrong: "{name} ist eine andere Datei oder beschädigt: Ihre SHA-256 ist {found}. Verwenden Sie sie nicht; laden Sie sie noch \
            einmal herunter.",
    short: "{name} ist nicht vollständig oder eine andere Datei: Sie hat {found} und soll {expected} haben. Laden Sie sie noch \
            einmal herunter.",
    long: "{name} ist eine andere Datei: Sie hat {found} und soll {expected} haben.",
    unread: "{name} kann nicht gelesen werden: {why}",
    stopped: "Die Prüfung wurde abgebrochen.",

    write: "Auf einen Stick schreiben",
    write_warning: "Alles, was auf dem Stick ist, geht verloren. Achten Sie darauf, dass Sie den Stick angeben und keinen \
                    anderen Datenträger: Sehen Sie nach seiner Größe und seinem Modell.",
    write_disk: "Die Datei ist der Datenträger einer virtuellen Maschine und dort so verwendbar. Für einen Stick macht der \
                 erste Befehl ein Abbild daraus.",
    linux_bootkey: "Mit bootkey, das keinen Datenträger überschreibt, der in Gebrauch ist, und vergleicht, was geschrieben \
                    wurde; „bootkey devices“ listet die Sticks auf:",
    linux_else: "Ohne bootkey: die Liste der Datenträger, dann der Name des Sticks anstelle von sdX:",
    macos: "Im Terminal, mit der Nummer des Sticks anstelle von N:",
    windows: "Mit einem Programm, das Abbilder schreibt, wie Rufus (im Modus für DD-Abbilder), balenaEtcher oder Raspberry Pi \
              Imager: erst die Datei wählen, dann den Stick.",
    windows_packed: "Nimmt das Programm keine komprimierte Datei, dann packen Sie sie zuerst aus, zum Beispiel mit 7-Zip.",
    windows_disk: "Ein solches Programm braucht ein Abbild: Machen Sie es mit qemu-img wie unter Linux.",
    windows_format: "Bietet Windows danach an, den Stick zu formatieren, lehnen Sie ab: Es kann nicht alle seine Partitionen \
                     lesen.",
    start: "Starten Sie dann den Rechner vom Stick. Die meisten zeigen eine Liste dessen, wovon sie starten können, wenn man beim \
            Einschalten F12, F11, F8 oder Esc drückt.",

    on_it: "Was darauf ist",
    isos: "Systeme (ISO-Dateien)",
    no_isos: "Auf dem Stick ist keine ISO-Datei. Solche, die später auf ihn kopiert werden, erscheinen in seinem Menü.",
    title: "Titel",
    from: "Von",
    menu: "Das Menü",
    opens_menu: "öffnet ein Menü",
    partitions: "Partitionen",
    number: "Nummer",
    label: "Bezeichnung",
    filesystem: "Dateisystem",
    parts: "Woraus er sonst gemacht ist",
    part: "Teil",
    package: "Paket",
    unknown: "nicht bekannt",

    proof: "Was ausprobiert wurde",
    proof_what: "Am {date} hat bootkey genau dieses Abbild in virtuellen Maschinen gestartet und jeden Eintrag seines Menüs \
                 gewählt. Ein Rechner kann sich anders verhalten.",
    proof_part: "Nicht alle Einträge wurden ausprobiert.",
    entry: "Eintrag",
    proof_system: "✓ startet",
    proof_menu: "✓ öffnet sein Menü",
    proof_kernel: "startet einen Kernel; mehr war nicht zu sehen",
    not_proven: "nicht bekannt",
    failed: "✗ startet nicht",
    not_tried: "nicht ausprobiert",

    lock: "Selbst herstellen",
    lock_what: "Diese Lock-Datei nennt alles, woraus der Stick gemacht ist, mit SHA-256. Wer bootkey hat, macht daraus dasselbe \
                Abbild, Byte für Byte, und sieht so, dass nichts anderes darin ist:",
    lock_save: "Lock-Datei speichern",
    lock_show: "Lock-Datei zeigen",
    made_by: "Gemacht mit bootkey {version}",
};
