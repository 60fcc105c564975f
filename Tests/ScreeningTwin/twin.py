#!/usr/bin/env python3
"""The twin test: the same rules, native and as SQL on DuckDB, find the same, line for line.

    twin.py YIBAO [--seeds 20] [--lines 20000] [--caps 610000] [--knowledge TABLES] [--kinds table,stock]
            [--keep FOLDER] [--extract FOLDER]

For each seed an invented extract with planted violations and awkward rows is generated, screened by the native
engine and by the emitted SQL, and the findings are compared without run_id and evidence. With `--kinds` each of these
kinds must have found something over all seeds: nothing is equal to nothing. DuckDB (PyPI) is needed by this test only.
"""
import argparse
import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import duckdb

COLUMNS = ["rule_seq", "rule_code", "point_id", "psn_no", "mdtrt_id", "fixmedins_code", "day", "bkkp_sn",
           "quantity", "amount", "fund_amount"]


def scaled(value, decimals):
    if value is None:
        return ""
    sign, value = ("-" if value < 0 else ""), abs(int(value))
    whole, part = divmod(value, 10 ** decimals)
    return f"{sign}{whole}.{part:0{decimals}d}"


def native(yibao, extract, out, options):
    subprocess.run([yibao, "screen", extract, "--out", out, "--run-id", "t", "--no-xlsx", "--threads", "2", *options],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(pathlib.Path(out, "findings.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return sorted(tuple(row[column] for column in COLUMNS) for row in rows), {row["kind"] for row in rows}


def trimmed(text):
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_sql(yibao, extract, options, verbose, threads=2):
    script = subprocess.run([yibao, "screen", extract, "--emit-sql", *options], check=True, capture_output=True, text=True).stdout
    connection = duckdb.connect(config={"threads": threads})
    statements = [statement for statement in script.split(";\n") if statement.strip()]
    result = None
    for statement in statements:
        start = time.time()
        try:
            result = connection.execute(statement)
        except duckdb.Error as error:
            sys.exit(f"{error}\n{statement[:3000]}")
        if verbose:
            print(f"  {time.time() - start:7.2f} s  {' '.join(statement.split())[:100]}")
    rows = []
    for row in result.fetchall():
        cells = ["" if value is None else str(value) for value in row[:8]]
        cells += [trimmed(scaled(row[8], 4)), scaled(row[9], 2), scaled(row[10], 2)]
        rows.append(tuple(cells))
    return sorted(rows)


def compare(seed, a, b):
    only_native, only_sql = sorted(set(a) - set(b)), sorted(set(b) - set(a))
    if a == b:
        return True
    print(f"seed {seed}: native {len(a)}, SQL {len(b)}; {len(only_native)} only native, {len(only_sql)} only SQL")
    for name, rows in (("native", only_native), ("SQL", only_sql)):
        for row in rows[:12]:
            print(f"  only {name}: {row}"[:400])
    return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("yibao")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--lines", type=int, default=20000)
    parser.add_argument("--caps", default="610000")
    parser.add_argument("--knowledge")
    parser.add_argument("--kinds", default="")
    parser.add_argument("--keep")
    parser.add_argument("--extract")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    options = ["--caps", arguments.caps] + (["--knowledge", arguments.knowledge] if arguments.knowledge else [])
    equal, seen = True, set()
    for seed in range(arguments.first, arguments.first + (1 if arguments.extract else arguments.seeds)):
        folder = arguments.keep or tempfile.mkdtemp()
        extract, out = os.path.join(folder, "in"), os.path.join(folder, "out")
        if arguments.extract:
            extract = arguments.extract
        else:
            subprocess.run([arguments.yibao, "screen-generate", extract, "--lines", str(arguments.lines), "--seed", str(seed),
                            "--planted", "400000"], check=True)
        a, kinds_found = native(arguments.yibao, extract, out, options)
        seen |= kinds_found
        b = as_sql(arguments.yibao, extract, options, arguments.verbose)
        if compare(seed, a, b):
            kinds = len({row[1] for row in a})
            print(f"seed {seed}: {len(a)} findings of {kinds} rules, equal")
        else:
            equal = False
        if not arguments.keep and not arguments.extract:
            shutil.rmtree(folder)
    missing = set(filter(None, arguments.kinds.split(","))) - seen
    if missing:
        sys.exit(f"nothing was found of {', '.join(sorted(missing))}: these kinds were not compared")
    sys.exit(0 if equal else 1)


if __name__ == "__main__":
    main()
