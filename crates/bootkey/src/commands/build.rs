//! `bootkey build`: the main job.

use super::plan_key;
use crate::cli::Build;
use crate::say::Say;
use bootkey::{Error, Progress, Written};
use std::io::IsTerminal as _;
use std::ops::ControlFlow;
use std::path::Path;

pub(crate) fn run(args: &Build, say: &Say) -> Result<(), Error> {
    let to_stdout = args.output.as_os_str() == "-";
    if !to_stdout {
        refuse_unknown_format(&args.output)?;
    } else if std::io::stdout().is_terminal() {
        return Err(Error::Terminal);
    }
    let key = plan_key(&args.inputs, say)?;
    let layout = key.lay_out()?;
    say.detail(&bootkey::key_plan::text(key.plan()));
    let bar = say.bar();
    let mut progress = |p: Progress<'_>| {
        bar.set_length(p.total);
        bar.set_position(p.done);
        ControlFlow::Continue(())
    };
    let written = if to_stdout {
        key.write_to(&layout, &mut std::io::stdout().lock(), &mut progress)
    } else {
        key.write(&layout, &args.output, &mut progress)
    };
    bar.finish_and_clear();
    let written = written?;
    if !to_stdout {
        summary(&args.output, &written, say);
    }
    Ok(())
}

/// Other formats: nobody should get a raw image under such a name.
fn refuse_unknown_format(output: &Path) -> Result<(), Error> {
    const OTHERS: [&str; 14] = [
        "zst", "xz", "gz", "bz2", "lz4", "lzma", "zip", "7z", "qcow2", "vmdk", "vhd", "vhdx",
        "vdi", "iso",
    ];
    match output.extension().and_then(|e| e.to_str()) {
        Some(e) if OTHERS.contains(&e.to_ascii_lowercase().as_str()) => {
            Err(Error::Format { output: output.to_owned(), extension: e.to_owned() })
        }
        _ => Ok(()),
    }
}

fn summary(output: &Path, written: &Written, say: &Say) {
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let shown = output.display();
    let word = shown.to_string().replace('\'', r"'\''");
    say.note(&format!(
        "{shown}: {}, of which {} are data; the rest reads as zeros",
        mib(written.len),
        mib(written.data)
    ));
    say.note(&format!(
        "next: sudo dd if='{word}' of=/dev/sdX bs=4M conv=fsync status=progress\n      \
         (/dev/sdX is the whole stick: `lsblk` lists what there is)\n\
         try:  qemu-system-x86_64 -m 1024 -drive file='{}',format=raw,if=virtio,snapshot=on",
        word.replace(',', ",,")
    ));
}
