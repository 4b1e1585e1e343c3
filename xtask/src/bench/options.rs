//! The options of `bench`.

/// Options of `bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// What to measure
    #[arg(value_parser = ["fs-ext", "grub-image", "key", "download", "write"])]
    pub what: String,
    /// How often each side is run
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Only the cases with this in their names
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub case: String,
    /// What takes minutes, too: once
    #[arg(long)]
    pub slow: bool,
}
