//! `bootkey probe`: what an ISO is, how it will boot and from where, or why not.

use crate::cli::Probe;
use crate::failure::Failure;
use crate::print::{json, print};
use boot_recipes::Catalogue;
use bootkey::probe::{self, Probed};

pub(crate) fn run(args: &Probe, verbose: bool) -> Result<(), Failure> {
    if args.record {
        let records = args.isos.iter().map(|path| json(&probe::record(path)?));
        return print(&records.collect::<Result<String, Failure>>()?);
    }
    let catalogue = Catalogue::builtin();
    let probed = args.isos.iter().map(|path| probe::probe(path, &catalogue));
    let probed: Vec<Probed> = probed.collect::<Result<_, _>>()?;
    print(&if args.json {
        json(&probed.iter().map(probe::json).collect::<Vec<_>>())?
    } else {
        probed.iter().map(|p| probe::text(p, verbose)).collect::<Vec<_>>().join("\n")
    })?;
    match probed.iter().filter(|p| !p.boots()).count() {
        0 => Ok(()),
        no => Err(Failure::CannotBoot { no, isos: args.isos.len() }),
    }
}
