//! Menus, as their own programs would show them.

/// A boot menu.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Menu {
    pub(super) items: Vec<Item>,
    /// The item that starts by itself.
    pub(super) default: usize,
    /// The first thing in it that was not understood, or cannot work.
    pub(super) trouble: Option<Trouble>,
}

/// A line of a menu.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) title: String,
    /// What else `default` may call it.
    pub(super) id: String,
    /// The Linux kernel that it starts, if it does.
    pub(super) boots: Option<Boots>,
    /// The menu that it leads to.
    pub(super) menu: Option<Menu>,
}

/// What a menu's item starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Boots {
    pub(super) kernel: String,
    pub(super) initrds: Vec<String>,
    pub(super) args: Vec<String>,
}

/// Where a reader stopped understanding, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) what: String,
}

impl Menu {
    /// The items that start Linux, in the order in which they would be met, with those of the
    /// menus that others lead to; and whether each starts by itself.
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
