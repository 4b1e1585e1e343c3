//! `peer-fstool DIRECTORY IMAGE [MIB]`: an ext4 by fstool, of the size that it recommends unless
//! told otherwise.

use fstool::block::FileBackend;
use fstool::fs::ext::{BuildPlan, Ext, FsKind};
use std::path::Path;

const BLOCK: u32 = 4096;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [directory, image, size @ ..] = &args[..] else {
        return Err("usage: peer-fstool DIRECTORY IMAGE [MIB]".into());
    };
    let mut plan = BuildPlan::new(BLOCK, FsKind::Ext4);
    plan.scan_host_path(directory)?;
    let mut options = plan.to_format_opts();
    if let Some(mib) = size.first() {
        options.blocks_count = u32::try_from((mib.parse::<u64>()? << 20) / u64::from(BLOCK))?;
    }
    let len = u64::from(options.blocks_count) * u64::from(BLOCK);
    let mut device = FileBackend::create(image, len)?;
    let mut ext = Ext::format_with(&mut device, &options)?;
    ext.populate_from_host_dir(&mut device, 2, Path::new(directory))?;
    ext.flush(&mut device)?;
    Ok(())
}
