//! A recipe as its file has it: one TOML file for one kind of ISO.

use crate::marker::Marker;
use serde::Deserialize;

/// How well we know that a recipe is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// It claims nothing that could be wrong.
    None,
    /// People report it, or a multiboot project ships it.
    Reported,
    /// Read in the source of what boots.
    Source,
    /// Booted by this project.
    Booted,
}

/// One kind of ISO: how to tell it, and how to boot it or why not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) class: String,
    pub(crate) priority: u32,
    pub(crate) evidence: Evidence,
    #[serde(default)]
    pub(crate) when: When,
    #[serde(default)]
    pub(crate) boot: Vec<Method>,
    pub(crate) refuse: Option<Refusal>,
}

impl Recipe {
    /// Its name, for `recipe = "…"` in a spec.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The menu title, with placeholders.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Recipes are tried from the lowest number to the highest; the first that fits decides.
    pub fn priority(&self) -> u32 {
        self.priority
    }

    /// How well we know that it is right.
    pub fn evidence(&self) -> Evidence {
        self.evidence
    }

    /// Whether it says why an ISO cannot boot.
    pub fn is_refusal(&self) -> bool {
        self.refuse.is_some()
    }
}

/// When a recipe fits: every condition that it has must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    /// All of these.
    #[serde(default)]
    pub(crate) all: Vec<Marker>,
    /// At least one of these, unless there are none.
    #[serde(default)]
    pub(crate) any: Vec<Marker>,
    /// None of these.
    #[serde(default)]
    pub(crate) none: Vec<Marker>,
    /// The file has no more bytes than this.
    pub(crate) size_at_most: Option<u64>,
}

/// One way to boot. The first one of a recipe that can be used is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Method {
    /// `linux` and `initrd`.
    Linux {
        /// The first of these that is there.
        kernel: Vec<Marker>,
        /// For each initrd, in order: the first of these that is there.
        #[serde(default)]
        initrds: Vec<Vec<Marker>>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
    /// `linux16` and `initrd16`: BIOS only.
    Linux16 {
        /// The first of these that is there.
        kernel: Vec<Marker>,
        /// The first of these that is there; no initrd when the list is empty.
        #[serde(default)]
        initrd: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
    /// syslinux's memdisk: BIOS only.
    Memdisk {
        /// The first of these that is there; the whole ISO when the list is empty.
        #[serde(default)]
        inside: Vec<Marker>,
        #[serde(default)]
        args: Vec<String>,
        warning: Option<String>,
    },
}

impl Method {
    pub(crate) fn args(&self) -> &[String] {
        match self {
            Self::Linux { args, .. } | Self::Linux16 { args, .. } | Self::Memdisk { args, .. } => {
                args
            }
        }
    }

    pub(crate) fn warning(&self) -> Option<&str> {
        match self {
            Self::Linux { warning, .. }
            | Self::Linux16 { warning, .. }
            | Self::Memdisk { warning, .. } => warning.as_deref(),
        }
    }

    /// Every file it starts, as lists of candidates.
    pub(crate) fn files(&self) -> Vec<&[Marker]> {
        let mut files: Vec<&[Marker]> = Vec::new();
        match self {
            Self::Linux { kernel, initrds, .. } => {
                files.push(kernel);
                files.extend(initrds.iter().map(Vec::as_slice));
            }
            Self::Linux16 { kernel, initrd, .. } => {
                files.push(kernel);
                files.extend((!initrd.is_empty()).then_some(initrd.as_slice()));
            }
            Self::Memdisk { inside, .. } => {
                files.extend((!inside.is_empty()).then_some(inside.as_slice()));
            }
        }
        files
    }
}

/// Why an ISO cannot boot from a key, and what to do instead.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) suggestion: String,
}
