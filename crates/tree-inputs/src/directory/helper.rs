//! The helper: a second thread that examines half of the entries. The results come in the order of
//! the names, whichever thread was faster.

use super::examine::{Found, Listed, examine};
use super::failure::Failure;
use file_tree::{MetadataPolicy, Name};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};

/// Fewest entries that are shared with the helper: for fewer, waking it takes longer than the work.
const WORTH_SHARING: usize = 16;

/// An entry that was examined.
pub(super) type Examined = (Name, Result<Found, Failure>);

type Job = (Arc<OwnedFd>, Vec<Listed>);

pub(super) struct Helper<'a> {
    policy: &'a MetadataPolicy,
    /// The way to the thread for its jobs; `None` where no thread can be had.
    jobs: Option<Sender<Job>>,
    done: Receiver<Vec<Examined>>,
}

impl<'a> Helper<'a> {
    /// Starts the thread, which ends with this value.
    pub fn start<'scope>(scope: &'scope Scope<'scope, 'a>, policy: &'a MetadataPolicy) -> Self {
        let (jobs, todo) = channel::<Job>();
        let (finished, done) = channel();
        let helper = move || {
            for (dir, names) in todo {
                if finished.send(examine_all(&dir, names, policy)).is_err() {
                    break;
                }
            }
        };
        let started = thread::Builder::new().spawn_scoped(scope, helper);
        Self { policy, jobs: started.is_ok().then_some(jobs), done }
    }

    /// Examines the entries `names` of `dir`. The results are in the order of `names`.
    pub fn examine(&self, dir: &Arc<OwnedFd>, mut names: Vec<Listed>) -> Vec<Examined> {
        let half = names.len() / 2;
        let Some(jobs) = self.jobs.as_ref().filter(|_| names.len() >= WORTH_SHARING) else {
            return examine_all(dir, names, self.policy);
        };
        let rest = names.split_off(half);
        // OK to ignore: the thread ends before this value only by a panic, which the scope passes
        // on.
        let _ = jobs.send((dir.clone(), rest));
        let mut all = examine_all(dir, names, self.policy);
        all.extend(self.done.recv().into_iter().flatten());
        all
    }
}

fn examine_all(dir: &OwnedFd, names: Vec<Listed>, policy: &MetadataPolicy) -> Vec<Examined> {
    let one = |listed: Listed| {
        let found = examine(dir.as_fd(), &listed, policy);
        (listed.0, found)
    };
    names.into_iter().map(one).collect()
}
