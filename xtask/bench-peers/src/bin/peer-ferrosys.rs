//! `peer-ferrosys DIRECTORY IMAGE [MIB]`: an ext4 by ferrosys, as small as it can be unless told
//! otherwise, with the features that every GRUB 2.06 reads.

use ferrosys::ext::{FormatPlan, Timestamp, ext4};
use ferrosys::{DirectorySource, Slack};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [directory, image, size @ ..] = &args[..] else {
        return Err("usage: peer-ferrosys DIRECTORY IMAGE [MIB]".into());
    };
    let mut options = ext4([1; 16], Timestamp::from_secs(1_700_000_000), [2; 16]);
    for newer in ["metadata_csum_seed", "orphan_file"] {
        let feature = options.feature.with_feature(newer, false);
        options.feature = feature.ok_or_else(|| format!("no feature {newer}"))?;
    }
    let source = DirectorySource::from_path(directory)?;
    let plan = match size.first() {
        Some(mib) => FormatPlan::new(source, mib.parse::<u64>()? << 20, options)?,
        None => FormatPlan::fit(source, options, Slack::None)?,
    };
    plan.write_to(std::fs::File::create(image)?)?;
    Ok(())
}
