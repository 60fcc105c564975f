#!/usr/bin/env python3
"""Writes the files that set up an empty county: one hospital and two invented people, as docs/imports.md describes them.

    setup_files.py FOLDER

Beside the tables it leaves the hospital's number in `hospital` and the first person's in `certno`.
"""
import pathlib
import sys


def identity(body):
    """An identity number of 17 digits with its check digit (GB 11643)."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    rest = sum(int(digit) * weight for digit, weight in zip(body, weights)) % 11
    return body + "10X98765432"[rest]


def main():
    folder = pathlib.Path(sys.argv[1])
    employee, resident = identity("99010019800101001"), identity("99010019570305002")
    hospital = "H99010000001"
    tables = {
        "providers": ["fixmedins_code,fixmedins_name,hosp_lv,clr_way,agreement_no,begndate,enddate",
                      f"{hospital},示例第一医院,3,1,示协001,2024-01-01,"],
        "people": ["psn_cert_type,certno,psn_name,gend,brdy",
                   f"01,{employee},示例甲,1,1980-01-01", f"01,{resident},示例乙,2,1957-03-05"],
        "spells": ["psn_cert_type,certno,insutype,psn_type,begndate,enddate",
                   f"01,{employee},310,1101,2020-01-01,", f"01,{resident},390,1601,2020-01-01,"],
        "statuses": ["psn_cert_type,certno,psn_idet_type,begndate,enddate", f"01,{resident},3,2024-01-01,"],
        "accounts": ["psn_cert_type,certno,balc", f"01,{employee},1200.50"],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "hospital").write_text(hospital, encoding="utf-8")
    (folder / "certno").write_text(employee, encoding="utf-8")


if __name__ == "__main__":
    main()
