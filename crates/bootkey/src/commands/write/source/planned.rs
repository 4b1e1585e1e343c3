//! A key that is planned for a device, and never an image file.

use crate::cli::Write;
use crate::commands::build::plan_with_network;
use crate::commands::change::strays;
use crate::commands::request::plan_offline;
use crate::failure::Failure;
use crate::progress::Meter;
use crate::say::Say;
use bootkey::key_inputs;
use bootkey::key_spec::{AutoSize, Overrides, Size};
use bootkey::{Change, Error, Key, KeyImage, Request};
use std::ops::ControlFlow;
use std::path::Path;

/// The key of a spec, or of a lock.
pub(super) fn of_spec(args: &Write, device: u64, say: &Say) -> Result<KeyImage, Failure> {
    let inputs = std::slice::from_ref(&args.key);
    let size = args.grow.then_some(AutoSize::Fixed(Size(device)));
    let overrides = Overrides { size, ..Overrides::default() };
    let (grub, locked) = (&*args.spec.grub, args.spec.locked);
    let request = Request { inputs, grub, overrides, set: &[], locked };
    let request = request.complete()?;
    let key = match args.spec.offline {
        true => plan_offline(request),
        false => plan_with_network(request, None, args.progress, say),
    };
    image_of(key?, args, say)
}

/// A key that is there, laid out again for the device.
pub(super) fn of_key(
    path: &Path,
    args: &Write,
    device: u64,
    say: &Say,
) -> Result<KeyImage, Failure> {
    let key = Key::changed(path, Change::Fit(Size(device)), strays(&args.strays));
    let key = key.map_err(|error| match error {
        Error::Inputs(key_inputs::Error::NoRecord { .. }) => {
            Failure::NotLaidOutAgain { key: args.key.clone() }
        }
        error => error.into(),
    })?;
    image_of(key, args, say)
}

/// The image of a key that is as long as the device. Its warnings are printed.
fn image_of(key: Key, args: &Write, say: &Say) -> Result<KeyImage, Failure> {
    for warning in &key.plan().warnings {
        say.warning(warning);
    }
    let mut meter = Meter::new(args.progress, say);
    meter.phase("laying out");
    let image = KeyImage::new(key, &mut |progress| {
        meter.writing(&progress);
        ControlFlow::Continue(())
    });
    meter.finish();
    Ok(image?)
}
