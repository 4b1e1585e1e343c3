//! Shards: the parts that a list of keys falls into.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

/// A part of a list: number `index` of `count`, from 1.
///
/// The part that a key is in derives from the key's name, whatever else is in the list and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: NonZero<u32>,
}

impl Shard {
    /// The shard `index` of `count`; `None` if there is no such one.
    pub fn new(index: u32, count: u32) -> Option<Self> {
        let count = NonZero::new(count)?;
        (1..=count.get()).contains(&index).then_some(Self { index, count })
    }

    /// The number, from 1, of the shard that the key `name` is in.
    pub fn of_name(name: &str, count: NonZero<u32>) -> u32 {
        let digest = input_file::sha256_hex(name.as_bytes());
        // OK to unwrap: 16 digits of a digest in hex are a number of 64 bits.
        let number = u64::from_str_radix(&digest[..16], 16).expect("a digest in hex");
        // OK to cast: less than `count`.
        (number % u64::from(count.get())) as u32 + 1
    }

    /// Whether the key `name` is in this shard.
    pub fn has(&self, name: &str) -> bool {
        Self::of_name(name, self.count) == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers =
            text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let shard = numbers.and_then(|(index, count)| Self::new(index, count));
        shard.ok_or_else(|| "write the shard and how many there are, as 1/4 … 4/4".to_owned())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_one_shard_and_none_is_much_larger() {
        let names: Vec<String> = (0..1000).map(|n| format!("school-{n}")).collect();
        for count in [1, 4, 16] {
            let mut sizes = vec![0; count as usize];
            for name in &names {
                let having: Vec<u32> =
                    (1..=count).filter(|i| Shard::new(*i, count).unwrap().has(name)).collect();
                assert_eq!(having.len(), 1);
                sizes[having[0] as usize - 1] += 1;
            }
            let mean = 1000 / count as usize;
            assert!(sizes.iter().all(|s| (mean / 2..=2 * mean).contains(s)), "{sizes:?}");
        }
    }

    /// A shard of today must be that of tomorrow: these are `sha256sum` of the names, first 16 digits, modulo 7.
    #[test]
    fn the_shard_derives_from_the_names_sha256() {
        let seven = NonZero::new(7).unwrap();
        let shards = ["a", "north-school", "größe"].map(|name| Shard::of_name(name, seven));
        assert_eq!(shards, [5, 5, 3]);
    }

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        assert_eq!("2/4".parse(), Ok(Shard::new(2, 4).unwrap()));
        assert_eq!(Shard::new(2, 4).unwrap().to_string(), "2/4");
        for bad in ["", "1", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/4"] {
            assert!(bad.parse::<Shard>().unwrap_err().contains("1/4"), "{bad}");
        }
    }
}
