//! `bootkey menu`: the grub.cfg, as it would be on the key.

use super::{plan_key, print};
use crate::cli::Inputs;
use crate::say::Say;
use bootkey::Error;

pub(crate) fn run(inputs: &Inputs, say: &Say) -> Result<(), Error> {
    print(&plan_key(inputs, say)?.plan().grub_cfg)
}
