#!/bin/sh
# Fuzzes the targets in turn, one worker at a time: ./run.sh SECONDS [ROUNDS]
# Needs the nightly toolchain and a C++ compiler; cargo-fuzz is not needed.
set -eu
cd "$(dirname "$0")"
seconds=${1:?seconds for each target in each round}
rounds=${2:-1}
cargo run -q --bin seeds
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing" \
    cargo +nightly build -q --release --target x86_64-unknown-linux-gnu \
    --bin kernel --bin module --bin lists --bin core_image --bin embedding_area
for round in $(seq "$rounds"); do
    for target in kernel module lists core_image embedding_area; do
        mkdir -p "corpus/$target" "artifacts/$target"
        echo "== round $round: $target, $seconds s"
        nice -n 19 "target/x86_64-unknown-linux-gnu/release/$target" "corpus/$target" \
            -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" \
            -max_len=131072 -rss_limit_mb=1024 -timeout=60 -print_final_stats=1
    done
done
echo "== done: no finding"
