# Yibao's few commands. Each prepares what it needs (scripts/setup) and says what it does.
.PHONY: setup setup-bench demo test bench bench-screening bad-days test-twin test-spark test-precision check format clean

setup:
	@scripts/setup

setup-bench:
	@scripts/setup --bench

demo: setup
	@scripts/demo

test:
	@scripts/test

bench: setup-bench
	@scripts/bench

# Four million lines and ten times as many, and how time grows (half an hour, 30 GB). For less:
# make bench-screening LINES=400000 LARGE=0. (A terminal may export LINES of its own: only the command line counts.)
bench-screening: setup-bench
	@swift build -c release --product yibao
	@scripts/bench-screening "$$(swift build -c release --show-bin-path)/yibao" \
	  --lines $(if $(filter command,$(firstword $(origin LINES))),$(LINES),4000000) \
	  --large $(if $(filter command,$(firstword $(origin LARGE))),$(LARGE),40000000)

# Fifty kills under load, a full disk, damaged files: the release program loses nothing that it acknowledged.
# For fewer: make bad-days KILLS=10.
bad-days: setup
	@swift build -c release --product yibao
	@scripts/bad-days --program "$$(swift build -c release --show-bin-path)/yibao" --kills $(or $(KILLS),50)

# The screening rules compiled to SQL and run by DuckDB (from PyPI) must find the same, line for line: with the house's
# knowledge alone, then with an agency's tables.
test-twin: setup-bench
	@swift build -c release --product yibao
	@scripts/screening-twin "$$(swift build -c release --show-bin-path)/yibao" --seeds 5 --kinds stock
	@scripts/screening-twin "$$(swift build -c release --show-bin-path)/yibao" --seeds 5 --first 6 --kinds stock,table \
	  --knowledge Tests/ScreeningTwin/tables

# The same on Spark (434 MB from PyPI, Java 17): a job of its own.
test-spark: setup-bench
	@swift build -c release --product yibao
	@scripts/screening-spark "$$(swift build -c release --show-bin-path)/yibao"

# The demonstration county with planted violations: precision and recall must be 1.
test-precision: setup-bench
	@swift build -c release --product yibao
	@scripts/screening-precision "$$(swift build -c release --show-bin-path)/yibao"

check:
	@scripts/check

format:
	@swift format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

clean:
	@rm -rf .build .build-*
