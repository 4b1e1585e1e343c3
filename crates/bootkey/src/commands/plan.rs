//! `bootkey plan`: what build would do, and why.

use super::each;
use super::request::plan_key;
use crate::cli::PlanCommand;
use crate::failure::Failure;
use crate::print::{json, print};
use crate::say::Say;
use bootkey::key_plan;

pub(crate) fn run(args: &PlanCommand, say: &Say) -> Result<(), Failure> {
    if let Some(list) = &args.jobs.each {
        return each::plan(list, args, say);
    }
    let key = plan_key(&args.inputs, say)?;
    // Laid out even if nobody asked to see it: only then is it certain that everything fits.
    let layout = key.lay_out()?;
    if args.json {
        return print(&json(&key_plan::json(key.plan()))?);
    }
    print(&key_plan::text(key.plan()))?;
    if args.layout {
        print(&format!("\nlayout (offset, bytes, kind, owner)\n{layout}"))?;
    }
    Ok(())
}
