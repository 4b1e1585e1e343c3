//! A key as the command line asks for it.

use crate::cli::Inputs;
use crate::failure::Failure;
use crate::say::Say;
use bootkey::key_spec::{AutoSize, Line, Overrides, Size};
use bootkey::{CompletedRequest, Key, Request};

/// The planned key that the command line asks for. Its warnings are printed.
pub(super) fn plan_key(inputs: &Inputs, say: &Say) -> Result<Key, Failure> {
    Ok(with_warnings(plan_offline(request(inputs)?.complete()?)?, say))
}

/// The planned key of a request, of what there is without a network.
pub(super) fn plan_offline(request: CompletedRequest<'_>) -> Result<Key, Failure> {
    request.check_first(None)?;
    Ok(Key::of_completed(request)?)
}

/// A key that becomes an image, after its warnings are printed.
pub(super) fn with_warnings(key: Key, say: &Say) -> Key {
    for warning in key.plan().image_warnings() {
        say.warning(&warning);
    }
    key
}

/// The key that the command line asks for.
pub(super) fn request(inputs: &Inputs) -> Result<Request<'_>, Failure> {
    let overrides = overrides(inputs)?;
    Ok(Request {
        inputs: &inputs.inputs,
        grub: &inputs.grub,
        overrides,
        set: &inputs.set,
        locked: inputs.locked,
    })
}

/// The options that win over the spec.
fn overrides(inputs: &Inputs) -> Result<Overrides, Failure> {
    let wrong = |option, message: String| Failure::Option { option, message };
    let size = |text: &str| match text {
        "auto" => Ok(AutoSize::Auto),
        size => size.parse::<Size>().map(AutoSize::Fixed),
    };
    let size = inputs.size.as_deref().map(size).transpose();
    let filesystem = inputs.filesystem.as_deref().map(str::parse).transpose();
    let seed = inputs.seed.clone().map(Line::try_from).transpose();
    Ok(Overrides {
        size: size.map_err(|e| wrong("--size", e.to_string()))?,
        firmware: inputs.firmware.clone(),
        table: inputs.table,
        secure_boot: inputs.secure_boot,
        filesystem: filesystem.map_err(|e| wrong("--filesystem", e))?,
        seed: seed.map_err(|e| wrong("--seed", e))?,
    })
}
