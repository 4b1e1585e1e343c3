//! English.

use super::Words;

pub(crate) const ENGLISH: Words = Words {
    decimal: ".",
    thousands: ",",
    bytes: "bytes",

    subtitle: "A USB stick that starts computers",
    lead: "Download the file, check it here, and write it to a USB stick. A computer that starts from the stick \
           shows the menu below.",
    contents: "On this page",

    file: "The file",
    name: "Name",
    form: "Form",
    image: "disk image",
    packed: "disk image, compressed ({program})",
    virtual_disk: "disk of a virtual machine ({format})",
    size: "Size",
    sha256: "SHA-256",
    image_in_it: "The image in it",
    stick: "Stick",
    at_least: "at least {size}",
    starts_on: "Starts on",
    bios: "PCs with a BIOS",
    uefi_x64: "PCs with UEFI (64-bit)",
    uefi_ia32: "PCs with UEFI (32-bit)",
    uefi_arm64: "ARM machines with UEFI (64-bit)",
    secure_boot: "Secure Boot",
    secure_boot_on: "may stay on",
    secure_boot_off: "has to be turned off",
    date: "Date",

    check: "Check what you downloaded",
    check_why: "Choose the downloaded file. Your browser computes its SHA-256 and compares it with the one above. \
                The file stays on your computer: nothing is sent anywhere.",
    check_limit: "This finds a broken or incomplete download. Whether the file is the publisher's, it can only tell \
                  if this page came from the publisher: over https, from an address that you trust.",
    choose: "Downloaded file",
    or_drop: "You can also drop it here.",
    stop: "Stop",
    progress: "Part of the file that is checked",
    no_script: "Scripts are turned off in your browser, so it cannot check the file. Use one of the commands below.",
    by_hand: "Check it without a browser",
    right: "{name} is right: it has the SHA-256 that it should have.",
    right_image: "{name} is right: it is the unpacked image, with the SHA-256 that it should have.",
    wrong: "{name} is another file or is damaged: its SHA-256 is {found}. Do not use it; download it again.",
    short: "{name} is not complete, or another file: it has {found}, and should have {expected}. Download it again.",
    long: "{name} is another file: it has {found}, and should have {expected}.",
    unread: "{name} cannot be read: {why}",
    stopped: "The check was stopped.",

    write: "Write it to a stick",
    write_warning: "Everything on the stick is lost. Make sure that you name the stick and not another disk: look at \
                    its size and its model.",
    write_disk: "The file is a disk for a virtual machine, which can use it as it is. For a stick, the first command makes \
                 an image of it.",
    linux_bootkey: "With bootkey, which overwrites no disk that is in use and compares what was written; \
                    “bootkey devices” lists the sticks:",
    linux_else: "Without it: the list of disks, and then the name of the stick in place of sdX:",
    macos: "In Terminal, with the number of the stick in place of N:",
    windows: "With a program that writes disk images, such as Rufus (its mode for DD images), balenaEtcher or Raspberry Pi \
              Imager: choose the file, then the stick.",
    windows_packed: "If the program does not take a compressed file, unpack it first, for instance with 7-Zip.",
    windows_disk: "Such a program needs an image: make it with qemu-img, as on Linux.",
    windows_format: "If Windows offers to format the stick afterwards, decline: it cannot read all of its partitions.",
    start: "Then start the computer from the stick. Most show a list of what they can start from after a press of F12, F11, \
            F8 or Esc while they turn on.",

    on_it: "What is on it",
    isos: "Systems (ISO files)",
    no_isos: "No ISO is on it. Files that are copied onto it later appear in its menu.",
    title: "Title",
    from: "From",
    menu: "The menu",
    opens_menu: "opens a menu",
    partitions: "Partitions",
    number: "Number",
    label: "Label",
    filesystem: "File system",
    parts: "What else it is made from",
    part: "Part",
    package: "Package",
    unknown: "not known",

    proof: "What was tried",
    proof_what: "On {date}, bootkey started this very image in virtual machines and chose each entry of its menu. A computer may \
                 behave otherwise.",
    proof_part: "Not all entries were tried.",
    entry: "Entry",
    proof_system: "✓ starts",
    proof_menu: "✓ opens its menu",
    proof_kernel: "starts a kernel; no more was seen",
    not_proven: "not known",
    failed: "✗ does not start",
    not_tried: "not tried",

    lock: "Make it yourself",
    lock_what: "This lock names all that the key is made from, by SHA-256. Whoever has bootkey makes the same image from it, \
                byte for byte, and so sees that nothing else is in it:",
    lock_save: "Save the lock",
    lock_show: "Show the lock",
    made_by: "Made by bootkey {version}",
};
