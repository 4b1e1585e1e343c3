//! MBR partition tables as image regions.
