//! The clusters of files and directories.

use super::state::{Checking, Entry};
use crate::read::Error;

impl Checking<'_, '_> {
    /// Claims the clusters of a chain for `owner`, which is a file of `len` bytes, or a directory.
    /// Returns how many there are.
    pub(super) fn chain(
        &mut self,
        owner: &str,
        first: u32,
        len: Option<u32>,
    ) -> Result<u64, Error> {
        let size = self.fat.cluster_size();
        let (mut count, mut cluster) = (0u64, first);
        let wrong = loop {
            if cluster == 0 && count == 0 {
                break None;
            }
            if !self.has(cluster) {
                break Some(format!("leads to cluster {cluster}, which there is not"));
            }
            let entry = self.entry(cluster.into())?;
            match entry {
                Entry::Free => break Some(format!("has cluster {cluster}, which is free")),
                Entry::Bad => break Some(format!("has cluster {cluster}, which is marked bad")),
                Entry::Next(_) | Entry::End | Entry::Outside(_) => {}
            }
            if len.is_some_and(|len| u64::from(len) <= count * size) {
                break Some(format!("has more clusters than its {} bytes take", len.unwrap_or(0)));
            }
            if !self.claim(cluster) {
                break Some(format!("cluster {cluster} is taken already"));
            }
            count += 1;
            match entry {
                Entry::Next(next) => cluster = next,
                // A link to the outside was found in the table.
                _ => break None,
            }
        };
        match (wrong, len) {
            (Some(what), _) => self.found.push(format!("{owner}: {what}")),
            (None, Some(len)) if u64::from(len) > count * size => {
                let what = format!("{owner}: has {len} bytes, and clusters for {}", count * size);
                self.found.push(what);
            }
            (None, _) => {}
        }
        Ok(count)
    }
}
