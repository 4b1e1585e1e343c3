//! `bootkey plan`: what build would do, and why.

use super::{plan_key, print};
use crate::cli::PlanCommand;
use crate::say::Say;
use bootkey::{Error, key_plan};

pub(crate) fn run(args: &PlanCommand, say: &Say) -> Result<(), Error> {
    let key = plan_key(&args.inputs, say)?;
    // Laid out even if nobody asked to see it: only then is it certain that everything fits.
    let layout = key.lay_out()?;
    if args.json {
        let json = serde_json::to_string_pretty(&key_plan::json(key.plan()));
        return print(&(json.map_err(|e| Error::Output(e.into()))? + "\n"));
    }
    print(&key_plan::text(key.plan()))?;
    if args.layout {
        print(&format!("\nlayout (offset, bytes, kind, owner)\n{layout}"))?;
    }
    Ok(())
}
