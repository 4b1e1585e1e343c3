//! The input: bytes from which decisions are read.

/// Bytes from which decisions are read, one after the other. When they run out, all further ones
/// are 0.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// The next `n` bytes, or as many as are left.
    pub fn bytes(&mut self, n: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A number from 0 to `below`, exclusive, from as few bytes as suffice.
    pub fn below(&mut self, below: u64) -> u64 {
        let (mut n, mut reach) = (0u64, 1u64);
        while reach < below {
            n = n << 8 | u64::from(self.byte());
            reach = reach.saturating_mul(256);
        }
        n % below.max(1)
    }

    /// A number from `-by` to `by`.
    pub fn around(&mut self, by: i64) -> i64 {
        self.below(2 * by as u64 + 1) as i64 - by
    }

    /// A yes in one of `n` cases. Zeros, and so the end of the input, mean no.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == n - 1
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}
