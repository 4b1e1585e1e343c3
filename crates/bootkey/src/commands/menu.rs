//! `bootkey menu`: the grub.cfg, as it would be on the key.

use super::request::plan_key;
use crate::cli::Inputs;
use crate::failure::Failure;
use crate::print::print_exactly;
use crate::say::Say;

pub(crate) fn run(inputs: &Inputs, say: &Say) -> Result<(), Failure> {
    print_exactly(&plan_key(inputs, say)?.plan().grub_cfg)
}
