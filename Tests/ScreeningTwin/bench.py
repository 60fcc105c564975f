#!/usr/bin/env python3
"""Measures both engines on the same files with the same rules: `bench.py YIBAO --lines 4000000 [--folder F]`.

Prints one Markdown table: CSV to findings, and the rules alone. The files are read once before, so that both find
them in the page cache. DuckDB's time leaves out making the knowledge tables.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def measured(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.time()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.communicate()[0]
    wall = time.time() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, output


def native(arguments, extract):
    rows = []
    for number in range(arguments.runs):
        out = os.path.join(arguments.folder, f"out-{number}")
        wall, cpu, _ = measured([arguments.yibao, "screen", extract, "--out", out, "--threads", "2", "--no-xlsx",
                                 "--memory", arguments.memory, "--caps", "610000"])
        run = json.loads(pathlib.Path(out, "run.json").read_text(encoding="utf-8"))
        times = run["milliseconds"]
        rows.append((wall, cpu, times["pass_thread"] / 1000, times, run))
    return sorted(rows, key=lambda row: row[0])[len(rows) // 2], rows


def duck(arguments, extract):
    """In a process of its own: prints wall and CPU seconds of all, and of the rules alone."""
    code = r"""
import json, resource, subprocess, sys, time, duckdb
yibao, extract, spill = sys.argv[1:4]
script = subprocess.run([yibao, "screen", extract, "--emit-sql", "--caps", "610000"], check=True, capture_output=True, text=True).stdout
connection = duckdb.connect(config={"threads": 2, "temp_directory": spill})
connection.execute("SET enable_progress_bar = false")
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
rules = rules_cpu = all_time = all_cpu = 0
for statement in [s for s in script.split(";\n") if s.strip()]:
    start, begin = time.time(), cpu()
    result = connection.execute(statement)
    wall, used = time.time() - start, cpu() - begin
    head = statement.strip()
    if " VALUES" in head[:120] or "FROM (VALUES" in head[:120]:
        continue
    all_time, all_cpu = all_time + wall, all_cpu + used
    if head.startswith("INSERT INTO finding"):
        rules, rules_cpu = rules + wall, rules_cpu + used
start, begin = time.time(), cpu()
count = len(result.fetchall())
print(json.dumps({"wall": all_time + time.time() - start, "cpu": all_cpu + cpu() - begin, "rules": rules, "rules_cpu": rules_cpu, "findings": count}))
"""
    _, _, output = measured([sys.executable, "-c", code, arguments.yibao, extract, arguments.folder])
    return json.loads(output.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("yibao")
    parser.add_argument("--lines", type=int, default=4_000_000)
    parser.add_argument("--folder")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", default="2GiB")
    parser.add_argument("--no-duckdb", action="store_true")
    arguments = parser.parse_args()
    arguments.folder = arguments.folder or tempfile.mkdtemp()
    extract = os.path.join(arguments.folder, f"extract-{arguments.lines}")
    if not os.path.exists(extract):
        subprocess.run([arguments.yibao, "screen-generate", extract, "--lines", str(arguments.lines), "--seed", "1"], check=True)
    size = sum(file.stat().st_size for file in pathlib.Path(extract).glob("*.csv"))
    for file in pathlib.Path(extract).glob("*.csv"):
        subprocess.run(["cat", str(file)], stdout=subprocess.DEVNULL)
    (wall, cpu, passed, times, run), rows = native(arguments, extract)
    passed = statistics.median(row[2] for row in rows)
    lines = run["counts"]["lines_screened"]
    print(f"{lines:,} lines, {size / 1e9:.2f} GB of CSV, {run['counts']['findings']:,} findings, two threads\n")
    print("| | native | DuckDB | times |\n|---|---|---|---|")
    other = None if arguments.no_duckdb else duck(arguments, extract)

    def row(name, own, theirs, unit="s"):
        ratio = f"{theirs / own:.1f}" if theirs else ""
        print(f"| {name} | {own:.2f} {unit} | {f'{theirs:.2f} {unit}' if theirs else ''} | {ratio} |")

    row("CSV to findings, wall", wall, other and other["wall"])
    row("CSV to findings, CPU", cpu, other and other["cpu"])
    row("rules alone, CPU", passed, other and other["rules_cpu"])
    theirs = f"{size / other['wall'] / 1e9:.2f} GB" if other else ""
    print(f"| CSV a second | {size / wall / 1e9:.2f} GB | {theirs} | |")
    theirs = f"{lines / other['rules_cpu'] / 1e6:.2f} M" if other else ""
    print(f"| rules alone, lines a second a core | {lines / passed / 1e6:.1f} M | {theirs} | |")
    print(f"\nread {times['read']} ms, build and screen {times['screen']} ms, write {times['write']} ms; "
          f"spilled {run['counts']['spilled_bytes'] / 1e9:.2f} GB; findings: DuckDB {other and other['findings']}")


if __name__ == "__main__":
    main()
