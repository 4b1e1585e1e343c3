//! Work for two processors.

use crate::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{panic, thread};

/// What comes of each job, in their order, or the first error in it.
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
                // No more are begun. All before this one were.
                next.store(jobs.len(), Ordering::Relaxed);
            }
            done.push((n, result));
        }
    };
    let mut done = thread::scope(|scope| {
        // Where no thread can be had, one does it all.
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

    /// Whoever is faster: the first error in the order of the jobs, and no more begun after it.
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
