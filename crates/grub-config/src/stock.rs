//! Statements that most menus need, in a form that works on every GRUB from 2.06 on.

use crate::{Command, Ident, If, Statement, Word, bare, equals, ident, name};

/// The firmware that GRUB runs on, as `$grub_platform` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrubPlatform {
    /// A PC BIOS.
    Pc,
    /// UEFI of any architecture.
    Efi,
}

/// `[ "${grub_platform}" = pc ]`: GRUB runs on that firmware.
pub fn on_platform(platform: GrubPlatform) -> Command {
    let word = match platform {
        GrubPlatform::Pc => bare!("pc"),
        GrubPlatform::Efi => bare!("efi"),
    };
    equals(ident!("grub_platform"), word)
}

/// Restarts the machine.
pub fn reboot() -> Statement {
    Command::new(name!("reboot")).into()
}

/// Turns the machine off.
pub fn power_off() -> Statement {
    Command::new(name!("halt")).into()
}

/// Opens the firmware's own setup. UEFI only: guard the entry with [`on_platform`].
pub fn firmware_setup() -> Statement {
    Command::new(name!("fwsetup")).into()
}

/// Leaves the key and starts the machine's own disk. Under UEFI GRUB ends, and the firmware goes
/// on with the next entry of its boot order. A BIOS has no such order to go on with: the boot
/// sector of the other disk is started, `hd1` if the key is `hd0`, else `hd0`, which then is the
/// first disk for the system it holds. `own_disk` holds the key's own disk, such as `hd0`.
pub fn local_disk(own_disk: Ident) -> Statement {
    let own_is_first = equals(own_disk, bare!("hd0"));
    let other = Statement::set(ident!("root"), bare!("hd1"));
    let swap = Command::new(name!("drivemap")).arg(bare!("-s"));
    let swap = swap.arg(bare!("hd0")).arg(bare!("hd1")).into();
    let first = Statement::set(ident!("root"), bare!("hd0"));
    let bios = vec![
        If::new(own_is_first, vec![other, swap]).otherwise(vec![first]).into(),
        Command::new(name!("chainloader")).arg(bare!("+1")).into(),
    ];
    let uefi = vec![Command::new(name!("exit")).into()];
    If::new(on_platform(GrubPlatform::Pc), bios).otherwise(uefi).into()
}

/// Unloads the TPM module, for GRUB would measure every byte that it reads through a loopback
/// device, and hold it in memory for that: an ISO of some GiB makes slow firmware give up. It
/// matters with distributions' signed images, which have the module built in.
pub fn forget_tpm() -> Statement {
    Command::new(name!("rmmod")).arg(name!("tpm")).into()
}

/// The number of GRUB's error "bad argument".
const BAD_ARGUMENT: u64 = 18;

/// Unloads the kernel that was loaded last, so that GRUB does not start it at the end of an entry
/// whose further commands failed.
///
/// No command is made for that. `multiboot2` unloads what was loaded before it looks at its
/// arguments; without any it stops there, with an error message, which is removed with all else on
/// the screen. Where GRUB lacks that command, or Secure Boot forbids it, there is no way but to
/// restart the machine: whatever entry is started next would end with the start of that kernel.
pub fn unload_kernel() -> Vec<Statement> {
    let unloaded = equals(Word::status(), Word::number(BAD_ARGUMENT));
    vec![
        Command::new(name!("multiboot2")).into(),
        If::new(unloaded, vec![Command::new(name!("clear")).into()])
            .otherwise(vec![reboot()])
            .into(),
    ]
}

/// Reads the variables of `$prefix/grubenv`; see [`grubenv`](crate::grubenv()).
pub fn load_env() -> Statement {
    Command::new(name!("load_env")).into()
}

/// Notes the entry that was chosen in `$prefix/grubenv`, for
/// [`DefaultEntry::Saved`](crate::DefaultEntry::Saved); belongs into each entry's body.
pub fn save_default() -> Vec<Statement> {
    vec![
        Statement::set(ident!("saved_entry"), Word::from(ident!("chosen"))),
        Command::new(name!("save_env")).arg(name!("saved_entry")).into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn texts() {
        let mut config: Config =
            [load_env(), forget_tpm(), reboot(), power_off(), local_disk(ident!("disk"))]
                .into_iter()
                .collect();
        config.push(If::new(on_platform(GrubPlatform::Efi), vec![firmware_setup()]));
        config.extend(unload_kernel());
        config.extend(save_default());
        insta::assert_snapshot!(config, @r#"
        load_env
        rmmod tpm
        reboot
        halt
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
        if [ "${grub_platform}" = efi ]; then
            fwsetup
        fi
        multiboot2
        if [ "${?}" = 18 ]; then
            clear
        else
            reboot
        fi
        set saved_entry="${chosen}"
        save_env saved_entry
        "#);
    }
}
