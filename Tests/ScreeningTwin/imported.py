#!/usr/bin/env python3
"""Whether a run's findings stand in the database as in its file: `imported.py DATABASE findings.csv RUN`."""
import csv
import datetime
import sqlite3
import sys

STRENGTHS = {1: "违规", 2: "可疑"}


def scaled(value, decimals):
    """Text as a whole number of the smallest unit; None when empty."""
    if value == "":
        return None
    whole, _, part = value.lstrip("-").partition(".")
    number = int(whole) * 10 ** decimals + int(part.ljust(decimals, "0") or "0")
    return -number if value.startswith("-") else number


def day(value):
    return (datetime.date.fromisoformat(value) - datetime.date(1970, 1, 1)).days if value else None


def main():
    database = sqlite3.connect(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        wanted = [
            (int(row["rule_seq"]) if row["rule_seq"] else None, row["rule_code"], row["rule_name"], row["kind"],
             row["point_id"], row["strength"], row["psn_no"], row["mdtrt_id"], row["fixmedins_code"], day(row["day"]),
             scaled(row["quantity"], 4), scaled(row["amount"], 2), scaled(row["fund_amount"], 2), row["evidence"],
             row["bkkp_sn"]) for row in csv.DictReader(file)]
    runs = database.execute("SELECT id, finding_count FROM screening_run WHERE code = ?", (sys.argv[3],)).fetchall()
    lines = {}
    found = []
    for run, _ in runs:
        for number, line in database.execute(
                "SELECT finding, line FROM screening_finding_line WHERE run = ? ORDER BY finding, place", (run,)):
            lines.setdefault(number, []).append(line)
        for row in database.execute(
                "SELECT no, rule_seq, rule_code, rule_name, kind, point, strength, person, encounter, provider, day,"
                " quantity_e4, amount_fen, fund_fen, evidence FROM screening_finding WHERE run = ? ORDER BY no", (run,)):
            found.append((*row[1:6], STRENGTHS[row[6]], *row[7:], ";".join(lines.get(row[0], []))))
    if len(runs) != 1 or runs[0][1] != len(wanted) or found != wanted:
        sys.exit(f"run {sys.argv[3]}: {len(runs)} runs, {len(found)} findings in the database, {len(wanted)} in the file")
    print(f"run {sys.argv[3]}: {len(found)} findings in the database as in the file")


if __name__ == "__main__":
    main()
