#!/bin/sh
# Fuzzes the targets of a crate in turn, one worker at a time: fuzz/run.sh CRATE SECONDS [ROUNDS]
# Needs the nightly toolchain and a C++ compiler; cargo-fuzz is not needed. FUZZ_TARGETS names some of
# the targets instead of all.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/crates/${1:?a crate with fuzz targets}/fuzz"
seconds=${2:?seconds for each target in each round}
rounds=${3:-1}
targets=${FUZZ_TARGETS:-$(ls fuzz_targets | sed 's/\.rs$//')}
# What the crates have in common is compiled once.
export CARGO_TARGET_DIR="$root/target/fuzz"
cargo run -q --bin seeds
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing" \
    cargo +nightly build -q --release --target x86_64-unknown-linux-gnu \
    $(printf -- '--bin %s ' $targets)
for round in $(seq "$rounds"); do
    for target in $targets; do
        mkdir -p "corpus/$target" "artifacts/$target"
        echo "== round $round: $target, $seconds s"
        nice -n 19 "$CARGO_TARGET_DIR/x86_64-unknown-linux-gnu/release/$target" "corpus/$target" \
            -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" \
            -max_len=131072 -rss_limit_mb=1024 -timeout=60 -print_final_stats=1
    done
done
echo "== done: no finding"
