//! Boot menus, as the boot loaders would show them.

use crate::facts::Hypervisor;

/// The number of parameters that an entry may have.
pub(super) const MAX_ARGS: usize = 64;
/// The number of initrds that an entry may have.
pub(super) const MAX_INITRDS: usize = 8;

/// A boot menu.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Menu {
    pub(super) items: Vec<Item>,
    /// The number of the item that starts if nobody chooses.
    pub(super) default: usize,
    /// The first line that was not understood, or cannot work.
    pub(super) trouble: Option<Trouble>,
}

/// A line of a menu.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) title: String,
    /// The other name by which `default` may choose the item.
    pub(super) id: String,
    /// The Linux kernel that the item starts, if it starts one.
    pub(super) boots: Option<Boots>,
    /// The menu that the item opens, if it opens one.
    pub(super) menu: Option<Menu>,
}

/// A Linux kernel that an item starts, with its initrds and parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Boots {
    pub(super) kernel: String,
    /// Whether that may be any EFI program.
    pub(super) is_program: bool,
    pub(super) initrds: Vec<String>,
    pub(super) args: Vec<String>,
    /// The hypervisor that starts first, of which the kernel and the initrds are modules.
    pub(super) hypervisor: Option<Hypervisor>,
}

/// A line that a reader did not understand, or that cannot work, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) what: String,
}

impl Menu {
    /// The items that start Linux, in their order, with those of menus inside this one; and whether
    /// each is the one that starts if nobody chooses.
    pub(super) fn entries(self) -> Vec<(Item, bool)> {
        let mut all = Vec::new();
        collect(self, true, &mut all);
        all
    }
}

fn collect(menu: Menu, by_itself: bool, all: &mut Vec<(Item, bool)>) {
    for (n, mut item) in menu.items.into_iter().enumerate() {
        let chosen = by_itself && n == menu.default;
        if let Some(inner) = item.menu.take() {
            collect(inner, chosen, all);
        }
        if item.boots.is_some() {
            all.push((item, chosen));
        }
    }
}
