//! The key's specification (TOML) as typed data.
