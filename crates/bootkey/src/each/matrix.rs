//! Lists of jobs that make a list of keys in shards, for engines that run jobs on many machines.

use super::shard::Shard;
use serde_json::json;
use shown_text::ShellWord;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZero;

/// Keys in a job, if nothing else is asked for and the engine takes so many jobs.
const KEYS: usize = 16;

/// An engine that runs jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// GitHub Actions: a matrix in JSON, for `fromJSON`.
    Github,
    /// GitLab: a child pipeline.
    Gitlab,
    /// Slurm: a batch script with an array.
    Slurm,
    /// make: a makefile.
    Make,
}

impl Engine {
    /// The engines, by their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
        ("slurm", Self::Slurm),
        ("make", Self::Make),
    ];

    /// Most jobs that the engine takes as it is installed.
    fn limit(self) -> u32 {
        match self {
            // <https://docs.github.com/en/actions/reference/limits>
            Self::Github => 256,
            // <https://docs.gitlab.com/ci/yaml/#parallelmatrix>
            Self::Gitlab => 200,
            // MaxArraySize is 1001, one more than the largest index: slurm.conf(5).
            Self::Slurm => 1000,
            // None of make's own; so many targets are still fast to read.
            Self::Make => 10_000,
        }
    }
}

/// The jobs that make the keys of a list: one for each shard that has a key.
#[derive(Debug)]
pub struct JobList<'a> {
    /// The command of a shell that makes all of them, without the shard.
    command: &'a str,
    /// The path of the list of digests, if all keys of a shard are in one.
    sums: Option<&'a str>,
    keys: usize,
    count: NonZero<u32>,
    shards: BTreeSet<u32>,
}

impl<'a> JobList<'a> {
    /// The jobs of an engine that make keys with these names in `count` shards, or as many as fit.
    ///
    /// # Errors
    /// A message if the engine does not take so many.
    pub fn new<'n>(
        engine: Engine,
        command: &'a str,
        sums: Option<&'a str>,
        names: impl Iterator<Item = &'n str> + Clone,
        count: Option<NonZero<u32>>,
    ) -> Result<Self, String> {
        let (keys, limit) = (names.clone().count(), engine.limit());
        if let Some(count) = count.filter(|count| count.get() > limit) {
            return Err(format!("{count} shards are too many: it takes {limit} jobs at most"));
        }
        let fitting = u32::try_from(keys.div_ceil(KEYS)).unwrap_or(u32::MAX).clamp(1, limit);
        let count = count.or(NonZero::new(fitting)).unwrap_or(NonZero::<u32>::MIN);
        let shards = names.map(|name| Shard::of_name(name, count)).collect();
        Ok(Self { command, sums, keys, count, shards })
    }

    /// The jobs in the engine's own language.
    pub fn text(&self, engine: Engine) -> String {
        match engine {
            Engine::Github => self.github(),
            Engine::Gitlab => self.gitlab(),
            Engine::Slurm => self.slurm(),
            Engine::Make => self.make(),
        }
    }

    fn about(&self) -> String {
        let s = |n: usize| if n == 1 { "" } else { "s" };
        let jobs = self.shards.len();
        format!("{} key{} in {jobs} job{}", self.keys, s(self.keys), s(jobs))
    }

    /// The command with this word for the shard.
    fn shell(&self, shard: &str) -> String {
        format!("{} --shard {shard}", self.command)
    }

    fn fractions(&self) -> Vec<String> {
        self.shards.iter().map(|index| format!("{index}/{}", self.count)).collect()
    }

    fn github(&self) -> String {
        format!("{}\n", json!({ "shard": self.fractions() }))
    }

    /// JSON is YAML; so no word needs quoting of another kind.
    fn gitlab(&self) -> String {
        let build = self.shell("\"$SHARD\"");
        let mut pipeline = json!({
            "stages": ["build", "merge"],
            "keys": {
                "stage": "build",
                "parallel": { "matrix": [{ "SHARD": self.fractions() }] },
                "script": [build],
            },
        });
        if let Some(sums) = self.sums {
            let copy = format!("cp {} \"sums/${{SHARD%%/*}}\"", ShellWord::of(sums.as_ref()));
            pipeline["keys"]["script"] = json!([build, "mkdir -p sums", copy]);
            pipeline["keys"]["artifacts"] = json!({ "paths": ["sums/"] });
            pipeline["sums"] = json!({
                "stage": "merge",
                "script": ["bootkey merge SHA256SUMS sums/*"],
                "artifacts": { "paths": ["SHA256SUMS"] },
            });
        }
        format!("# {}\n{pipeline:#}\n", self.about())
    }

    fn slurm(&self) -> String {
        let shard = format!("\"$SLURM_ARRAY_TASK_ID/{}\"", self.count);
        format!(
            "#!/bin/sh\n#SBATCH --job-name=bootkey\n#SBATCH --array={}\n# {}\nexec {}\n",
            ranges(&self.shards),
            self.about(),
            self.shell(&shard)
        )
    }

    fn make(&self) -> String {
        let targets: Vec<String> = self.shards.iter().map(|n| format!("shard-{n}")).collect();
        // In make's language a dollar is two, and the stem of the pattern is `$*`.
        let command = self.shell("").replace('$', "$$");
        let mut text = format!("# {}: make -j4 -k\n", self.about());
        // OK to ignore: a text takes everything.
        let _ = write!(
            text,
            "shards := {0}\n\n.PHONY: all $(shards)\nall: $(shards)\n\n$(shards): shard-%:\n\t{command}$*/{1}\n",
            targets.join(" "),
            self.count
        );
        text
    }
}

/// Numbers as `1-3,5`.
fn ranges(numbers: &BTreeSet<u32>) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let text = |(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("school-{n}")).collect()
    }

    #[test]
    fn jobs_stay_below_the_limits_and_have_all_keys() {
        for (_, engine) in Engine::ALL {
            for count in [1, 3, 300, 20_000] {
                let names = names(count);
                let names = names.iter().map(String::as_str);
                let jobs = JobList::new(engine, "", None, names.clone(), None).unwrap();
                assert!(jobs.shards.len() as u32 <= engine.limit());
                assert!(
                    names.clone().all(|n| jobs.shards.contains(&Shard::of_name(n, jobs.count)))
                );
            }
            let too_many = NonZero::new(engine.limit() + 1);
            let error = JobList::new(engine, "", None, [].into_iter(), too_many).unwrap_err();
            assert!(error.contains("jobs at most"), "{error}");
        }
    }

    #[test]
    fn a_shard_without_a_key_has_no_job() {
        let names = names(2);
        let count = NonZero::new(100);
        let names = names.iter().map(String::as_str);
        let jobs = JobList::new(Engine::Slurm, "", None, names, count).unwrap();
        assert!(jobs.shards.len() <= 2);
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8].into()), "1-3,5,7-8");
    }
}
