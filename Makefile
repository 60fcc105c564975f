# Yibao's few commands. Each prepares what it needs (scripts/setup) and says what it does.
.PHONY: setup demo test bench bench-screening check format clean

setup:
	@scripts/setup

demo: setup
	@scripts/demo

test:
	@scripts/test

bench: setup
	@scripts/bench

bench-screening: setup
	@scripts/bench-screening

check:
	@scripts/check

format:
	@swift format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

clean:
	@rm -rf .build .build-*
