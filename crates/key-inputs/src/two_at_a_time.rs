//! Jobs done by two threads.

use crate::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{panic, thread};

/// The results of all jobs, in the jobs' order; if jobs fail, the error of the first in that order.
pub(crate) fn two_at_a_time<J: Sync, R: Send>(
    jobs: &[J],
    work: impl Fn(usize, &J) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(n) else { break done };
            let result = work(n, job);
            if result.is_err() {
                // No further job is begun. All before this one were, so the first error is known.
                next.store(jobs.len(), Ordering::Relaxed);
            }
            done.push((n, result));
        }
    };
    let mut done = thread::scope(|scope| {
        // If no second thread can be started, this one does all jobs.
        let spawn = || thread::Builder::new().spawn_scoped(scope, worker).ok();
        let other = (jobs.len() > 1).then(spawn).flatten();
        let mut done = worker();
        let other = other.map_or(Ok(Vec::new()), thread::ScopedJoinHandle::join);
        done.extend(other.unwrap_or_else(|panic| panic::resume_unwind(panic)));
        done
    });
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn what_two_threads_do_comes_in_order() {
        let jobs: Vec<usize> = (0..100).collect();
        let done = two_at_a_time(&jobs, |n, job| Ok((n, *job))).unwrap();
        assert!(done.into_iter().eq(jobs.iter().copied().map(|n| (n, n))));
        assert_eq!(two_at_a_time(&[], |_, ()| Ok(())).unwrap(), []);
    }

    /// Whichever thread is faster, the error is that of the first failed job, and no further job
    /// is begun.
    #[test]
    fn the_first_error_is_told() {
        let begun = AtomicUsize::new(0);
        let fails = |n, (): &()| match begun.fetch_max(n, Ordering::Relaxed) {
            _ if n < 7 => Ok(()),
            _ => {
                thread::sleep(std::time::Duration::from_millis(if n == 7 { 20 } else { 0 }));
                Err(Error::BadIsoName { path: n.to_string().into(), why: "a test" })
            }
        };
        let error = two_at_a_time(&[(); 100], fails).unwrap_err();
        assert!(matches!(error, Error::BadIsoName { path, .. } if path == Path::new("7")));
        assert!(begun.into_inner() <= 8);
    }
}
