#!/usr/bin/env python3
"""Measures both engines in one run, on the same files, with the same rules and two threads.

    bench.py YIBAO [--lines 4000000] [--large 40000000] [--runs 5] [--memory 2GiB] [--folder F] [--no-duckdb]

Prints a table of what was measured, each line beside its bound, and exits 1 when a bound is broken. Native figures are
medians of the runs, memory their greatest; DuckDB, which takes a minute at four million lines, runs once. A second
extract (`--large`, 0 leaves it out) says how time grows with lines. The files are read once before every run, so that
both engines find them in the page cache whatever ran before.

Both engines are measured over the same work. CSV to findings: from the start of reading to findings in a file on disk
(DuckDB writes them with COPY; its making of the knowledge tables is left out). The rules alone: of the native engine the
thread time of the pass, of making its findings into rows with the ids of their lines, of keeping them, and of the rules
across persons (`rules_thread` of run.json); of DuckDB the processor time of its INSERT INTO finding statements. The
bandwidth is that of one core reading memory in order, measured here as well: it says how far the rules are from what the
machine can do.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

THREADS = 2
# The version that the twin test compares with (scripts/screening-twin).
DUCKDB = "2.0.0"
GIGABYTE = 1e9


def measured(command):
    """Wall seconds, CPU seconds, greatest resident bytes and output of a command that must succeed."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output


def byte_count(text):
    for suffix, shift in (("GiB", 30), ("MiB", 20)):
        if text.endswith(suffix):
            return int(text.removesuffix(suffix)) << shift
    return int(text)


def generated(arguments, lines):
    extract = os.path.join(arguments.folder, f"extract-{lines}")
    if not os.path.exists(extract):
        subprocess.run([arguments.yibao, "screen-generate", extract, "--lines", str(lines), "--seed", "1"], check=True)
    return extract


def cached(extract):
    """Brings an extract's files into the page cache."""
    for file in pathlib.Path(extract).glob("*.csv"):
        subprocess.run(["cat", str(file)], stdout=subprocess.DEVNULL, check=True)


def native(arguments, extract):
    """Medians of the runs: wall, CPU, seconds of the rules alone; the greatest memory; the last run's own account."""
    walls, cpus, passes, rules, peaks = [], [], [], [], []
    out = os.path.join(arguments.folder, "out")
    for _ in range(arguments.runs):
        cached(extract)
        wall, cpu, peak, _ = measured([
            arguments.yibao, "screen", extract, "--out", out, "--threads", str(THREADS), "--no-xlsx",
            "--memory", arguments.memory, "--caps", "610000"])
        run = json.loads(pathlib.Path(out, "run.json").read_text(encoding="utf-8"))
        walls.append(wall)
        cpus.append(cpu)
        passes.append(run["milliseconds"]["pass_thread"] / 1000)
        rules.append(run["milliseconds"]["rules_thread"] / 1000)
        peaks.append(peak)
    return {"wall": statistics.median(walls), "cpu": statistics.median(cpus), "rules_cpu": statistics.median(rules),
            "pass_cpu": statistics.median(passes), "rules_all": rules, "walls": walls, "peak": max(peaks), "run": run}


def duck(arguments, extract):
    """In a process of its own: wall and CPU seconds of all, and of the rules alone."""
    code = r"""
import json, os, resource, subprocess, sys, time, duckdb
yibao, extract, spill, threads, version = sys.argv[1:6]
if duckdb.__version__ != version:
    sys.exit(f"DuckDB {duckdb.__version__} is installed, {version} is compared with: remove .build/duckdb-venv")
script = subprocess.run([yibao, "screen", extract, "--emit-sql", "--caps", "610000"], check=True, capture_output=True, text=True).stdout
connection = duckdb.connect(config={"threads": int(threads), "temp_directory": spill})
connection.execute("SET enable_progress_bar = false")
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
statements = [statement for statement in script.split(";\n") if statement.strip()]
found = os.path.join(spill, "duckdb-findings.csv")
# The last statement selects the findings in order: they go to a file, as the native engine's do.
statements[-1] = f"COPY ({statements[-1]}) TO '{found}' (HEADER)"
rules = rules_cpu = all_time = all_cpu = 0
for statement in statements:
    start, begin = time.monotonic(), cpu()
    result = connection.execute(statement)
    wall, used = time.monotonic() - start, cpu() - begin
    head = statement.strip()
    if " VALUES" in head[:120] or "FROM (VALUES" in head[:120]:
        continue
    all_time, all_cpu = all_time + wall, all_cpu + used
    if head.startswith("INSERT INTO finding"):
        rules, rules_cpu = rules + wall, rules_cpu + used
count = connection.execute("SELECT count(*) FROM finding").fetchone()[0]
print(json.dumps({"wall": all_time, "cpu": all_cpu, "rules": rules, "rules_cpu": rules_cpu, "findings": count,
                  "bytes": os.path.getsize(found)}))
"""
    cached(extract)
    _, _, peak, output = measured([sys.executable, "-c", code, arguments.yibao, extract, arguments.folder, str(THREADS), DUCKDB])
    return {**json.loads(output.strip().splitlines()[-1]), "peak": peak}


def bandwidth():
    """Bytes a second that one core reads in order: a search for a byte that is not there, over memory that is."""
    memory = b"\x02" * (1 << 29)
    times = []
    for _ in range(7):
        start = time.thread_time()
        memory.find(b"\x01")
        times.append(time.thread_time() - start)
    return len(memory) / statistics.median(times)


class Table:
    """Rows of what was measured; remembers the bounds that were broken."""

    def __init__(self):
        self.broken = []
        print("| measured | native | DuckDB | result | bound | aim |\n|---|---|---|---|---|---|")

    def row(self, name, own="", other="", result="", bound="", aim="", holds=True):
        if not holds:
            self.broken.append(name)
            bound += " **broken**"
        print(f"| {name} | {own} | {other} | {result} | {bound} | {aim} |", flush=True)


def compare(table, arguments, lines, own, other, size):
    """One extract's rows."""
    screened = own["run"]["counts"]["lines_screened"]
    label = f"{lines / 1e6:g} M lines"
    # The pass decides; DuckDB's statements decide and write rows, so they are compared with pass and rows together.
    rate, whole = screened / own["pass_cpu"], screened / own["rules_cpu"]
    table.row(f"{label}: rule pass alone, lines a second a core", f"{rate / 1e6:.1f} M", "", f"{rate / 1e6:.1f} M",
              "≥ 30 M", "80 M", rate >= 30e6)
    table.row(f"{label}: pass, findings as rows and rules across persons", f"{whole / 1e6:.1f} M",
              f"{screened / other['rules_cpu'] / 1e6:.2f} M" if other else "", f"{whole / 1e6:.1f} M")
    speed = size / own["wall"] / GIGABYTE
    table.row(f"{label}: CSV to findings, of CSV a second", f"{speed:.2f} GB",
              f"{size / other['wall'] / GIGABYTE:.2f} GB" if other else "", f"{speed:.2f} GB", "≥ 0.5 GB", "1 GB", speed >= 0.5)
    if other:
        times = other["rules_cpu"] / own["rules_cpu"]
        table.row(f"{label}: rules with their rows, CPU", f"{own['rules_cpu']:.3f} s", f"{other['rules_cpu']:.2f} s", f"{times:.0f} times",
                  "≥ 30 times", "60 times", times >= 30)
        times = other["wall"] / own["wall"]
        table.row(f"{label}: CSV to findings, wall", f"{own['wall']:.2f} s", f"{other['wall']:.2f} s", f"{times:.1f} times",
                  "≥ 5 times", "10 times", times >= 5)
        found = own["run"]["counts"]["findings"]
        table.row(f"{label}: findings", f"{found:,}", f"{other['findings']:,}", "", "equal", "", found == other["findings"])
    table.row(f"{label}: CSV to findings, CPU", f"{own['cpu']:.2f} s", f"{other['cpu']:.2f} s" if other else "")
    limit = byte_count(arguments.memory)
    table.row(f"{label}: greatest memory", f"{own['peak'] / 2**20:.0f} MiB", f"{other['peak'] / 2**20:.0f} MiB" if other else "",
              f"{own['run']['counts']['spilled_bytes'] / GIGABYTE:.2f} GB spilled", f"≤ {limit / 2**20:.0f} MiB", "",
              own["peak"] <= limit)
    return rate


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("yibao")
    parser.add_argument("--lines", type=int, default=4_000_000)
    parser.add_argument("--large", type=int, default=40_000_000)
    parser.add_argument("--folder")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--memory", default="2GiB")
    parser.add_argument("--no-duckdb", action="store_true")
    arguments = parser.parse_args()
    arguments.folder = arguments.folder or tempfile.mkdtemp()
    other = "not run" if arguments.no_duckdb else f"one run of DuckDB {DUCKDB}"
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; two threads. Native: medians of {arguments.runs} runs "
          f"of each extract, memory the greatest of them. DuckDB: {other} of each extract.\n")
    table = Table()
    results = []
    for lines in filter(None, (arguments.lines, arguments.large)):
        extract = generated(arguments, lines)
        size = sum(file.stat().st_size for file in pathlib.Path(extract).glob("*.csv"))
        own = native(arguments, extract)
        other = None if arguments.no_duckdb else duck(arguments, extract)
        results.append((own["run"]["counts"]["lines_screened"], own, compare(table, arguments, lines, own, other, size)))
    (lines, own, rate) = results[0]
    hot = own["run"]["hot_bytes_a_line"]
    table.row("hot columns of the pass", f"{hot} bytes a line", "", "", "≤ 24 bytes", "", hot <= 24)
    speed = bandwidth()
    table.row("memory bandwidth, one core reading in order", f"{speed / GIGABYTE:.1f} GB/s", "",
              f"the rules reach {rate * hot / speed * 100:.0f} % of {speed / hot / 1e6:.0f} M lines a second")
    if len(results) > 1:
        (more, large, _) = results[1]
        growth, share = large["wall"] / own["wall"], more / lines
        table.row("time, large over small", f"{growth:.1f} times for {share:.1f} times the lines", "",
                  f"{growth / share:.2f} a line", "≤ 1.25 a line", "1.0", growth / share <= 1.25)
    else:
        table.row("time, large over small", "not measured (LARGE=0)", "", "", "≤ 1.25 a line", "1.0")
    print(f"\nnative runs: wall {', '.join(f'{wall:.2f}' for wall in own['walls'])} s; "
          f"rules {', '.join(f'{seconds:.3f}' for seconds in own['rules_all'])} s; load {os.getloadavg()[0]:.1f} after")
    if table.broken:
        sys.exit("broken: " + "; ".join(table.broken))


if __name__ == "__main__":
    main()
