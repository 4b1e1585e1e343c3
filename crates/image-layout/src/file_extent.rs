//! Where the bytes of a file lie.

/// A piece of a file whose bytes follow each other in what holds it, or a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileExtent {
    /// Its first byte, within the file.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
    /// Its first byte, within what holds the file (a partition, a disk); `None`: a hole, or
    /// blocks that were never written: it reads as zero.
    pub place: Option<u64>,
}

impl FileExtent {
    /// The end of the extent within the file: one past its last byte.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.len)
    }
}

/// The list of a file's extents while it grows: what follows on the one before becomes one with
/// it.
#[derive(Debug, Clone, Default)]
pub struct FileExtents(Vec<FileExtent>);

impl FileExtents {
    /// Adds the next piece.
    pub fn push(&mut self, len: u64, place: Option<u64>) {
        let offset = self.end();
        if len == 0 {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.place.map(|at| at.saturating_add(last.len)) == place => {
                last.len += len;
            }
            _ => self.0.push(FileExtent { offset, len, place }),
        }
    }

    /// The end of the file so far: one past its last byte.
    pub fn end(&self) -> u64 {
        self.0.last().map_or(0, FileExtent::end)
    }

    /// The number of pieces so far.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The pieces of a file of `len` bytes: what is behind its end is cut off, what is missing
    /// there is a hole.
    pub fn finish(mut self, len: u64) -> Vec<FileExtent> {
        if self.end() < len {
            self.push(len - self.end(), None);
        }
        self.0.retain(|e| e.offset < len);
        if let Some(last) = self.0.last_mut() {
            last.len = last.len.min(len - last.offset);
        }
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_and_end_with_the_file() {
        let mut extents = FileExtents::default();
        for (len, place) in
            [(4, Some(8)), (4, Some(12)), (4, None), (4, None), (4, Some(16)), (0, Some(1))]
        {
            extents.push(len, place);
        }
        let extent = |offset, len, place| FileExtent { offset, len, place };
        let [a, b] = [extent(0, 8, Some(8)), extent(8, 8, None)];
        assert_eq!(extents.clone().finish(18), [a, b, extent(16, 2, Some(16))]);
        assert_eq!(extents.clone().finish(16), [a, b]);
        assert_eq!(extents.finish(30)[3], extent(20, 10, None));
    }
}
