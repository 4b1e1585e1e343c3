//! `bootkey build --each`: many keys of one spec; and `bootkey plan --each`.

mod meter;
mod pattern;
mod plan;

use self::meter::KeysMeter;
use self::pattern::pattern;
pub(crate) use self::plan::plan;
use super::build::{format_of, sidecars, stopping, unless, with_network};
use super::request::request;
use crate::cli::Build;
use crate::failure::Failure;
use crate::say::Say;
use bootkey::each::{Batch, KeyList, ListedKey, Made, OutputPattern};
use bootkey::{CompletedRequest, Format, Key, Output, Surveyed, Written};
use input_file::shown;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Most keys that are made at once if nobody says a number: each has buffers of some 30 MB.
const AT_ONCE: usize = 2;

pub(crate) fn run(list: &Path, args: &Build, say: &Say) -> Result<(), Failure> {
    let pattern = pattern(&args.output)?;
    let list = KeyList::read(list, &request(&args.inputs)?)?;
    let format = match args.form.format {
        Some(format) => format,
        None => format_of_all(&list, &pattern)?,
    };
    let sidecars = sidecars(&args.form);
    // A record says that an image is there, so a power cut may not take it back.
    let output = Output { format, sidecars, durability: bootkey::image_write::Durability::Always };
    list.check_outputs(&pattern, &output)?;
    let here = |key: &&ListedKey| args.many.shard.is_none_or(|shard| shard.has(&key.name));
    let keys: Vec<&ListedKey> = list.keys().iter().filter(here).collect();
    let run = Run {
        args,
        say,
        list: &list,
        pattern: &pattern,
        output,
        batch: Arc::new(Batch::of_many()),
        meter: KeysMeter::new(args.form.progress, keys.len(), say),
        stopped: stopping()?,
        network: Mutex::default(),
        warnings: Mutex::default(),
    };
    let done = run.all(&keys);
    run.meter.end();
    run.tell(&keys, &done)
}

/// The format that the images' names ask for. A pattern without an extension gets it from the keys' names.
fn format_of_all(list: &KeyList<'_>, pattern: &OutputPattern) -> Result<Format, Failure> {
    let mut format = None;
    for key in list.keys() {
        let own = format_of(&pattern.path(&key.name))?;
        if *format.get_or_insert(own) != own {
            let message = "the keys' names ask for several formats; say one with --format";
            return Err(Failure::Option { option: "-o", message: message.to_owned() });
        }
    }
    Ok(format.unwrap_or_default())
}

/// The making of the keys of a list.
struct Run<'a> {
    args: &'a Build,
    say: &'a Say,
    list: &'a KeyList<'a>,
    pattern: &'a OutputPattern,
    output: Output,
    batch: Arc<Batch>,
    meter: KeysMeter<'a>,
    stopped: Arc<AtomicBool>,
    /// Held while something may be fetched, so that nothing is fetched twice.
    network: Mutex<()>,
    /// The warnings, each with the first key that has it and how many others do.
    warnings: Mutex<BTreeMap<String, (String, usize)>>,
}

/// The end of a key.
enum Done {
    /// It was made.
    Made(Written),
    /// It was there, made of the same inputs.
    There,
}

impl Run<'_> {
    /// Makes the keys, some at once; `None` for those that were not begun.
    fn all(&self, keys: &[&ListedKey]) -> Vec<Option<Result<Done, Failure>>> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let jobs = self.args.many.jobs.map_or(processors.min(AT_ONCE), NonZero::get);
        let next = AtomicUsize::new(0);
        let worker = || {
            let mut done = Vec::new();
            while !self.stopped.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(key) = keys.get(number) else { break };
                let result = self.one(key);
                if let Err(failure) = &result {
                    let step = failure.next_step();
                    self.meter.above(|| self.say.error(&format!("{}: {failure}{step}", key.name)));
                }
                self.meter.done(&key.name);
                done.push((number, result));
            }
            done
        };
        let mut all: Vec<_> = keys.iter().map(|_| None).collect();
        thread::scope(|scope| {
            let spawn = |_| thread::Builder::new().spawn_scoped(scope, worker).ok();
            // If no other thread can be started, this one makes all.
            let others: Vec<_> = (1..jobs.min(keys.len())).filter_map(spawn).collect();
            let mut done = worker();
            for other in others {
                done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            for (number, result) in done {
                all[number] = Some(result);
            }
        });
        all
    }

    fn one(&self, key: &ListedKey) -> Result<Done, Failure> {
        let path = self.pattern.path(&key.name);
        if let Some(directory) = path.parent() {
            let failed = |source| bootkey::image_write::Error::Write { path: path.clone(), source };
            std::fs::create_dir_all(directory).map_err(|e| bootkey::Error::from(failed(e)))?;
        }
        let surveyed = self.survey(self.list.request(key), &path)?;
        let made = Made::of(&surveyed, &path, &self.output)?;
        if made.is_there() {
            return Ok(Done::There);
        }
        made.refuse_others()?;
        let planned = Key::of_surveyed(surveyed)?;
        let plan = planned.plan();
        plan.image_warnings().for_each(|warning| self.warn(&key.name, warning.into_owned()));
        let mut progress = |_: bootkey::Progress<'_>| unless(&self.stopped);
        let built = planned.build(&path, &self.output, &mut progress)?;
        for path in &built.outdated {
            let path = shown(path);
            self.warn(&key.name, format!("{path} still speaks of the image that was there before"));
        }
        if let Some(why) = &built.unknown_packages {
            self.warn(&key.name, format!("the packages that GRUB is from are not named: {why}"));
        }
        made.record(&planned, &built)?;
        Ok(Done::Made(built.image))
    }

    /// Keeps a warning for the end, where each is told once.
    fn warn(&self, key: &str, warning: String) {
        let mut all = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(warning).or_insert_with(|| (key.to_owned(), 0)).1 += 1;
    }

    /// Reads what a key is made from, and fetches what is not there.
    fn survey(&self, request: CompletedRequest<'_>, path: &Path) -> Result<Surveyed, Failure> {
        let read = |request: CompletedRequest<'_>| Ok(Surveyed::of(request, &self.batch)?);
        if self.args.offline {
            return read(request);
        }
        let progress = self.args.form.progress;
        let turn = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let surveyed = with_network(request, Some(path), progress, self.say, read);
        drop(turn);
        surveyed
    }

    /// Tells what became of the keys: a line for each, and a sum.
    fn tell(
        &self,
        keys: &[&ListedKey],
        done: &[Option<Result<Done, Failure>>],
    ) -> Result<(), Failure> {
        let warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        for (warning, (first, count)) in warnings.iter() {
            let others =
                if *count > 1 { format!(", and {} others", count - 1) } else { String::new() };
            self.say.warning(&format!("{first}{others}: {warning}"));
        }
        let (mut made, mut there, mut failed) = (0, 0, 0);
        let mut status = None;
        for (key, done) in keys.iter().zip(done) {
            let path = self.pattern.path(&key.name);
            let path = shown(&path);
            let name = shown_text::shown(&key.name);
            match done {
                Some(Ok(Done::Made(written))) => {
                    made += 1;
                    let digest = written.file_sha256.map(|d| base16ct::lower::encode_string(&d));
                    let digest = digest.map(|d| format!("  {d}")).unwrap_or_default();
                    let mib = written.file_len as f64 / f64::from(1 << 20);
                    self.say.note(&format!("made    {name}  {mib:.1} MiB  {path}{digest}"));
                }
                Some(Ok(Done::There)) => {
                    there += 1;
                    self.say.note(&format!("there   {name}  {path}"));
                }
                Some(Err(failure)) => {
                    failed += 1;
                    status.get_or_insert(failure.exit_status());
                    self.say.note(&format!("failed  {name}  {path}"));
                }
                None => self.say.note(&format!("-       {name}  {path}")),
            }
        }
        let all = keys.len();
        if all == 0 {
            self.say.note("no key of the list is in this shard: there is no list of digests of it");
        }
        self.say.note(&format!("{all} keys: {made} made, {there} there already, {failed} failed"));
        if self.stopped.load(Ordering::Relaxed) && made + there < all {
            return Err(Failure::StoppedBetween { made: made + there, all });
        }
        match status {
            Some(status) => Err(Failure::SomeNotMade { failed, all, status }),
            None => Ok(()),
        }
    }
}
