#!/usr/bin/env python3
"""Spoils lines of an extract: `spoil.py fee_list_d.csv`. The first gets a day that never was, every five-hundredth an
amount that quantity and price do not make."""
import csv
import sys

with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    rows = list(csv.reader(file))
header = rows[0]
rows[1][header.index("fee_ocur_time")] = "2026-02-30 09:00:00"
amount = header.index("det_item_fee_sumamt")
for row in rows[2::500]:
    row[amount] = f"{float(row[amount]) + 5:.2f}"
with open(sys.argv[1], "w", encoding="utf-8", newline="") as file:
    csv.writer(file, lineterminator="\n").writerows(rows)
