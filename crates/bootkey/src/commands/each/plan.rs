//! `bootkey plan --each`: what would be made of each key of a list, or the jobs that make them.

use super::pattern::pattern;
use crate::cli::{Inputs, PlanCommand};
use crate::commands::request::request;
use crate::failure::Failure;
use crate::print::{plain, print, print_exactly};
use crate::say::Say;
use bootkey::each::{Batch, JobList, KeyList};
use bootkey::{Key, Surveyed, key_plan};
use serde::Serialize;
use shown_text::ShellWord;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn plan(list: &Path, args: &PlanCommand, say: &Say) -> Result<(), Failure> {
    let keys = KeyList::read(list, &request(&args.inputs)?)?;
    let Some(engine) = args.jobs.matrix else { return each(&keys, args.json, say) };
    // OK to unwrap: clap requires it with `--matrix`.
    let output = args.jobs.output.as_deref().unwrap_or(Path::new(""));
    pattern(output)?;
    let directory =
        output.parent().filter(|directory| !directory.to_string_lossy().contains(['{', '}']));
    let sums = directory.map(|directory| directory.join("SHA256SUMS").display().to_string());
    let command = command(list, output, &args.inputs);
    let names = keys.keys().iter().map(|key| key.name.as_str());
    let jobs = JobList::new(engine, &command, sums.as_deref(), names, args.jobs.shards);
    let jobs = jobs.map_err(|message| Failure::Option { option: "--shards", message })?;
    print_exactly(&jobs.text(engine))
}

/// The command of a shell that makes the keys.
fn command(list: &Path, output: &Path, inputs: &Inputs) -> String {
    let Inputs { inputs, grub, size, firmware, table, secure_boot, filesystem, seed, set, .. } =
        inputs;
    let path = |path: &Path| ShellWord::of(path).to_string();
    let text = |text: &str| ShellWord::argument(text.as_ref()).to_string();
    let mut words: Vec<String> = ["bootkey", "build", "--each"].map(str::to_owned).into();
    words.push(path(list));
    words.extend(inputs.iter().map(|input| path(input)));
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    option("-o", path(output));
    grub.iter().for_each(|grub| option("--grub", path(grub)));
    size.iter().for_each(|size| option("--size", text(size)));
    firmware.iter().for_each(|firmware| option("--firmware", firmware.to_string()));
    table.iter().for_each(|table| option("--table", table.to_string()));
    filesystem.iter().for_each(|kind| option("--filesystem", text(kind)));
    seed.iter().for_each(|seed| option("--seed", text(seed)));
    set.iter().for_each(|set| option("--set", text(set)));
    words.extend(secure_boot.then(|| "--secure-boot".to_owned()));
    words.push("--checksums".to_owned());
    words.join(" ")
}

/// A key of the document that `plan --each --json` prints.
#[derive(Serialize)]
struct Planned<T> {
    key: String,
    plan: T,
}

/// Plans each key of a list, and prints a line about it, or a line of JSON.
fn each(keys: &KeyList<'_>, as_json: bool, say: &Say) -> Result<(), Failure> {
    let batch = Arc::new(Batch::of_many());
    let (mut failed, mut status) = (0, None);
    for listed in keys.keys() {
        let name = shown_text::shown(&listed.name);
        let planned = Surveyed::of(keys.request(listed), &batch).and_then(Key::of_surveyed);
        // Laid out even if nobody sees it: only then is it certain that everything fits.
        let planned = planned.and_then(|key| key.lay_out().map(|_| key));
        let key = match planned.map_err(Failure::from) {
            Ok(key) => key,
            Err(failure) => {
                say.error(&format!("{name}: {failure}{}", failure.next_step()));
                failed += 1;
                status.get_or_insert(failure.exit_status());
                continue;
            }
        };
        for warning in key.plan().image_warnings() {
            say.warning(&format!("{name}: {warning}"));
        }
        if as_json {
            let document = Planned { key: listed.name.clone(), plan: key_plan::json(key.plan()) };
            let text = serde_json::to_string(&document).map_err(|e| Failure::Output(e.into()))?;
            print_exactly(&(plain(&text) + "\n"))?;
            continue;
        }
        let plan = key.plan();
        let mib = plan.len as f64 / f64::from(1 << 20);
        let isos = plan.entries.isos.len();
        let s = if isos == 1 { "" } else { "s" };
        print(&format!("{name}  {mib:.1} MiB  {isos} ISO{s}\n"))?;
    }
    match status {
        Some(status) => Err(Failure::SomeNotMade { failed, all: keys.keys().len(), status }),
        None => Ok(()),
    }
}
