//! `bootkey probe`: what an ISO is, how it will boot and from where, or why not.

use crate::cli::Probe;
use crate::failure::Failure;
use crate::print::{json, print};
use crate::say::Say;
use boot_recipes::Catalogue;
use bootkey::probe::{self, Probed};

pub(crate) fn run(args: &Probe, verbose: bool, say: &Say) -> Result<(), Failure> {
    if args.record {
        let records = args.isos.iter().map(|path| json(&probe::record(path)?));
        return print(&records.collect::<Result<String, Failure>>()?);
    }
    let catalogue = Catalogue::builtin();
    let (mut probed, mut failures) = (Vec::<Probed>::new(), Vec::<Failure>::new());
    for path in &args.isos {
        match probe::probe(path, &catalogue) {
            Ok(iso) => probed.push(iso),
            Err(error) => failures.push(error.into()),
        }
    }
    if args.isos.len() == 1
        && let Some(failure) = failures.pop()
    {
        return Err(failure);
    }
    print(&if args.json {
        json(&probed.iter().map(probe::json).collect::<Vec<_>>())?
    } else {
        probed.iter().map(|p| probe::text(p, verbose)).collect::<Vec<_>>().join("\n")
    })?;
    for failure in &failures {
        say.error(&format!("{failure}{}", failure.next_step()));
    }
    if let Some(first) = failures.first() {
        let (failed, status) = (failures.len(), first.exit_status());
        return Err(Failure::SomeNotProbed { failed, all: args.isos.len(), status });
    }
    match probed.iter().filter(|p| !p.boots()).count() {
        0 => Ok(()),
        no => Err(Failure::CannotBoot { no, isos: args.isos.len() }),
    }
}
