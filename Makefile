# Yibao's few commands. Each prepares what it needs (scripts/setup) and says what it does.
.PHONY: setup demo test bench bench-screening test-twin check format clean

setup:
	@scripts/setup

demo: setup
	@scripts/demo

test:
	@scripts/test

bench: setup
	@scripts/bench

bench-screening: setup
	@swift build -c release --product yibao
	@scripts/bench-screening "$$(swift build -c release --show-bin-path)/yibao"

# The screening rules compiled to SQL and run by DuckDB (from PyPI) must find the same, line for line.
test-twin: setup
	@swift build -c release --product yibao
	@scripts/screening-twin "$$(swift build -c release --show-bin-path)/yibao" --seeds 5

check:
	@scripts/check

format:
	@swift format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

clean:
	@rm -rf .build .build-*
