#!/usr/bin/env python3
"""The cluster test: the same rules run by Spark find what the native engine finds, line for line.

    spark.py YIBAO [--lines 6000] [--seed 5] [--only local,broken,parquet,share,failure,cancel,cluster]

Situations: `local[2]`; an extract with broken rows of every sort (the same rows are rejected); the same tables as
Parquet with typed columns; too many broken rows; a statement that fails (exit code 1, no findings written); a run that
is cancelled (its process group ends, no findings written); a standalone cluster of a master and two workers, one of
which is killed in mid-run. Needs SPARK_HOME or .venv-spark (scripts/spark-setup).
"""
import argparse
import csv
import glob
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HOME = os.environ.get("SPARK_HOME") or next(iter(glob.glob(".venv-spark/lib/python3*/site-packages/pyspark")), "")


def findings(out):
    """All of findings.csv but the wording of the evidence, in its order."""
    with open(pathlib.Path(out, "findings.csv"), encoding="utf-8", newline="") as file:
        return [row[:-1] for row in csv.reader(file)]


def command(yibao, extract, out, options, *more):
    return [yibao, "screen", extract, "--out", out, "--run-id", "t", *options, *more]


def spark(yibao, extract, out, options, master, *more):
    return command(yibao, extract, out, options, "--engine", "spark", "--master", master, "--spark-home", HOME,
                   "--spark-conf", "spark.sql.shuffle.partitions=4", *more)


def compare(name, expected, out):
    found = findings(out)
    if found == expected:
        print(f"{name}: {len(found) - 1} findings, equal to the native engine's", flush=True)
        return True
    for row in [row for row in expected if row not in found][:8]:
        print(f"  only native: {row}"[:300])
    for row in [row for row in found if row not in expected][:8]:
        print(f"  only Spark: {row}"[:300])
    print(f"{name}: {len(found) - 1} findings, {len(expected) - 1} expected", flush=True)
    return False


def group_is_alive(group):
    """Whether a process of the group still runs; one that only waits to be collected does not."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True).stdout
    return any(int(row[0]) == group and not row[1].startswith("Z") for row in map(str.split, listed.splitlines()))


def local(yibao, extract, folder, options, expected):
    out = os.path.join(folder, "local")
    subprocess.run(spark(yibao, extract, out, options, "local[2]"), check=True, stdout=subprocess.DEVNULL)
    return compare("local[2]", expected, out)


def rejected(out):
    """The rejected rows; a field's fault without line and key, which only one of the engines tells."""
    with open(pathlib.Path(out, "rejected.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return sorted((row["file"], "" if row["column"] else row["line"], row["column"], row["reason"].split("(")[0]) for row in rows)


def counts(out):
    told = json.loads(pathlib.Path(out, "run.json").read_text(encoding="utf-8"))["counts"]
    return {name: told[name] for name in ("rows_read", "rows_rejected", "lines_screened", "findings")}


def plant_broken(extract):
    """Rows broken in every way, and rows that only look so, out of each table's first row."""
    changes = {
        "fee_list_d.csv": [
            {"cnt": "two"}, {"cnt": ""}, {"cnt": "1.00001"}, {"cnt": "99999999999999999999"}, {"cnt": "100000000"}, {"cnt": "99999999"}, {"cnt": "+1"},
            {"pric": "1.1234567"}, {"pric": "1e3"}, {"det_item_fee_sumamt": "7.001"}, {"det_item_fee_sumamt": "7.500"},
            {"det_item_fee_sumamt": "7."}, {"det_item_fee_sumamt": "-"}, {"fee_ocur_time": "2025-02-31 09:00:00"},
            {"fee_ocur_time": "2025/03/01 09:00"}, {"fee_ocur_time": "20250301090000"}, {"fee_ocur_time": "20250301"},
            {"fee_ocur_time": "20250301 09:00:00"}, {"fee_ocur_time": "2025-03-01T09:00:00.123"},
            {"fee_ocur_time": "2025-03-01 24:00:00"}, {"fee_ocur_time": "2025-03/01"}, {"fee_ocur_time": ""},
            {"psn_no": ""}, {"mdtrt_id": " \t"}, {"bkkp_sn": ""}, {"bkkp_sn": "9" * 1001}, {"inscp_amt": "x"},
            {"crte_time": "yesterday"}, {"crte_time": "yesterday", "fee_ocur_time": "2025-03-01"}, {"updt_time": "0000-01-01"},
            {"hilist_name": "quoted, \"twice\"\nand over a line"},
        ],
        "mdtrt_d.csv": [
            {"begntime": "2025-02-31 08:00:00"}, {"begntime": ""}, {"endtime": "2025-13-01"}, {"brdy": "19850230"},
            {"brdy": "1985/02/28"}, {"psn_no": ""}, {"mdtrt_id": ""}, {"die_date": "no"},
        ],
        "setl_d.csv": [{"medfee_sumamt": "1,5"}, {"fund_pay_sumamt": "1.234"}, {"setl_id": ""}, {"medfee_sumamt": ""}],
    }
    for name, rows in changes.items():
        path = os.path.join(extract, name)
        with open(path, encoding="utf-8", newline="") as file:
            header, first = next(reader := csv.reader(file)), next(reader)
        with open(path, "a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for number, row in enumerate(rows):
                key = {"bkkp_sn": f"B{number}", "setl_id": f"B{number}", "mdtrt_id": f"B{number}"}[header[0]]
                cells = dict(zip(header, first), **({header[0]: key} | row))
                writer.writerow([cells.get(column, "") for column in header])
    with open(os.path.join(extract, "3505.csv"), "a", encoding="utf-8") as file:
        file.write("H1,XA01,20250110,1\nH1,XA01,2025-02-31,1\nH1,XA01,2025-01-11,none\nH1\n")
    with open(os.path.join(extract, "fee_list_d.csv"), "ab") as file:
        width = len(header_of(os.path.join(extract, "fee_list_d.csv")))
        file.write(b"too,few\n" + b"," * width + b"\n" + b"\n" + b"   \n")
        file.write(b'"shut"open' + b"," * (width - 1) + b"\n")
        file.write(b"\xff\xfe" + b"," * (width - 1) + b"\n")
        file.write(b'"never shut' + b"," * (width - 1) + b"\n")


def header_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def screened(yibao, extract, folder, name, options):
    """The native engine's results over an extract of its own."""
    out = os.path.join(folder, name)
    subprocess.run(command(yibao, extract, out, options, "--no-xlsx"), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return out


def broken(yibao, extract, folder, options, expected):
    """Broken rows are rejected, the run goes on: the same rows as the native engine's, the same findings."""
    own, out = os.path.join(folder, "broken"), os.path.join(folder, "spark-broken")
    shutil.copytree(extract, own)
    plant_broken(own)
    first = screened(yibao, own, folder, "native-broken", options)
    subprocess.run(spark(yibao, own, out, options, "local[2]"), check=True, stdout=subprocess.DEVNULL)
    return compare("broken rows", findings(first), out) and same_rejected("broken rows", first, out, 30)


def same_rejected(name, first, out, least):
    a, b = rejected(first), rejected(out)
    for row in [row for row in a if row not in b] + [row for row in b if row not in a]:
        print(f"  only one engine rejects: {row}")
    print(f"{name}: {len(b)} rows rejected, counts {counts(out)}", flush=True)
    return a == b and len(a) >= least and counts(first) == counts(out)


TYPES = {"cnt": "DECIMAL(16,4)", "pric": "DECIMAL(16,6)", "det_item_fee_sumamt": "DOUBLE", "medfee_sumamt": "DOUBLE",
         "fund_pay_sumamt": "DECIMAL(16,2)", "begntime": "TIMESTAMP", "endtime": "TIMESTAMP", "brdy": "DATE", "gend": "INT"}


def parquet(yibao, extract, folder, options, expected):
    """The same tables as folders of Parquet with typed columns, a few rows broken in columns of text."""
    own, csvs, out = (os.path.join(folder, name) for name in ("parquet", "parquet-as-csv", "spark-parquet"))
    shutil.copytree(extract, csvs)
    os.makedirs(own)
    path = os.path.join(csvs, "fee_list_d.csv")
    header = header_of(path)
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for number, value in ((5, "2025-02-31 09:00:00"), (9, "20250301"), (12, "")):
        cells = lines[number].split(",")
        cells[header.index("fee_ocur_time")] = value
        lines[number] = ",".join(cells)
    pathlib.Path(path).write_text("\n".join(lines), encoding="utf-8")
    statements = ["SET spark.sql.session.timeZone=Asia/Shanghai"]
    for path in sorted(glob.glob(os.path.join(csvs, "*_d.csv"))):
        name = os.path.basename(path)[:-4]
        columns = [f"CAST(NULLIF({column}, '') AS {TYPES[column]}) AS {column}" if column in TYPES else column
                   for column in header_of(path)]
        statements += [
            f"CREATE TEMPORARY VIEW v_{name} USING csv OPTIONS (path '{path}', header 'true', multiLine 'true', escape '\"')",
            f"CREATE TABLE t_{name} USING parquet LOCATION '{own}/{name}.parquet' AS SELECT {', '.join(columns)} FROM v_{name}"]
    for name in glob.glob(os.path.join(csvs, "350*.csv")):
        shutil.copy(name, own)
    script = os.path.join(folder, "parquet.sql")
    pathlib.Path(script).write_text(";\n".join(statements) + ";\n", encoding="utf-8")
    subprocess.run([os.path.join(HOME, "bin/spark-sql"), "--master", "local[2]", "-S", "--conf",
                    f"spark.sql.warehouse.dir={folder}/warehouse", "--conf", "spark.sql.catalogImplementation=in-memory",
                    "-f", script], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    first = screened(yibao, csvs, folder, "native-parquet", options)
    subprocess.run(spark(yibao, own, out, options, "local[2]"), check=True, stdout=subprocess.DEVNULL)
    faults = [(row[2], row[3]) for row in rejected(out)]
    good = faults == [(row[2], row[3]) for row in rejected(first)] and len(faults) == 2 and counts(first) == counts(out)
    print(f"Parquet: {len(faults)} rows rejected, counts {counts(out)}", flush=True)
    return compare("Parquet", findings(first), out) and good


def share(yibao, extract, folder, options, expected):
    """More broken rows than the parameters allow: both engines stop and say how many."""
    own = os.path.join(folder, "share")
    shutil.copytree(extract, own)
    path = os.path.join(own, "fee_list_d.csv")
    at = header_of(path).index("cnt")
    with open(path, "a", encoding="utf-8") as file:
        row = [""] * len(header_of(path))
        row[:4], row[at] = ["B", "M", "P", "2025-01-01"], "two"
        file.write((",".join(row) + "\n") * 1001)
    told = []
    for options_of in (command, spark):
        out = os.path.join(folder, "share-" + options_of.__name__)
        more = [] if options_of is command else ["local[2]"]
        result = subprocess.run(options_of(yibao, own, out, options, *more), capture_output=True, text=True)
        message = [line for line in result.stderr.splitlines() if "行读不出来" in line]
        told.append((result.returncode, os.path.exists(os.path.join(out, "findings.csv")),
                     message[0].split("例如")[0] if message else result.stderr[-300:]))
    print(f"too many broken rows: {told[1]}", flush=True)
    return told[0] == told[1] and told[0][0] == 1 and not told[0][1]


def failure(yibao, extract, folder, options, expected):
    """A file that says it is compressed and is not: the statement that reads it fails, and with it the run."""
    own, out = os.path.join(folder, "failing"), os.path.join(folder, "failed")
    shutil.copytree(extract, own)
    os.rename(os.path.join(own, "setl_d.csv"), os.path.join(own, "setl_d.csv.gz"))
    result = subprocess.run(spark(yibao, own, out, options, "local[2]"), capture_output=True, text=True)
    good = result.returncode == 1 and "spark.log" in result.stderr and not os.path.exists(os.path.join(out, "findings.csv"))
    print(f"a failed statement: exit code {result.returncode}, {result.stderr.strip()[:120]}", flush=True)
    return good


def children(pid):
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,pgid="], capture_output=True, text=True).stdout
    return [int(row[2]) for row in (line.split() for line in listed.splitlines()) if int(row[1]) == pid]


def cancel(yibao, extract, folder, options, expected):
    out = os.path.join(folder, "cancelled")
    run = subprocess.Popen(spark(yibao, extract, out, options, "local[2]"), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    waited = wait_for(lambda: glob.glob(os.path.join(out, ".yibao-spark-*/warehouse/enc")), run)
    groups = [group for group in children(run.pid) if group != os.getpgid(0)]
    run.send_signal(signal.SIGINT)
    run.wait(timeout=60)
    ended = bool(groups) and not any(group_is_alive(group) for group in groups)
    left = os.path.exists(os.path.join(out, "findings.csv")) or glob.glob(os.path.join(out, ".yibao-spark-*"))
    print(f"cancelled: exit code {run.returncode}, group ended: {ended}, left behind: {bool(left)}", flush=True)
    return waited and ended and not left and run.returncode == 1


def wait_for(condition, process, seconds=900):
    for _ in range(seconds * 5):
        if condition():
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.2)
    return False


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def start(klass, folder, *arguments):
    log = open(os.path.join(folder, klass.rsplit(".", 1)[1] + f"-{time.time()}.log"), "w")
    environment = dict(os.environ, SPARK_HOME=HOME, SPARK_DAEMON_MEMORY="512m", SPARK_LOCAL_IP="127.0.0.1")
    return subprocess.Popen([os.path.join(HOME, "bin/spark-class"), klass, *arguments], stdout=log, stderr=log,
                            start_new_session=True, env=environment)


def cluster(yibao, extract, folder, options, expected):
    out, port = os.path.join(folder, "cluster"), free_port()
    master = f"spark://127.0.0.1:{port}"
    started = [start("org.apache.spark.deploy.master.Master", folder, "--host", "127.0.0.1", "--port", str(port),
                     "--webui-port", "0")]
    try:
        for number in (1, 2):
            started.append(start("org.apache.spark.deploy.worker.Worker", folder, "--host", "127.0.0.1", "--cores", "1",
                                 "--memory", "1g", "--webui-port", "0", "-d", os.path.join(folder, f"worker{number}"), master))
        settings = ["spark.executor.memory=768m", "spark.executor.cores=1", "spark.driver.host=127.0.0.1",
                    "spark.driver.bindAddress=127.0.0.1"]
        more = [word for setting in settings for word in ("--spark-conf", setting)]
        run = subprocess.Popen(spark(yibao, extract, out, options, master, *more), stdout=subprocess.DEVNULL)
        in_midst = wait_for(lambda: glob.glob(os.path.join(out, ".yibao-spark-*/warehouse/charged/_SUCCESS")), run)
        os.killpg(started[1].pid, signal.SIGKILL)
        print(f"one of two workers killed in mid-run: {in_midst}", flush=True)
        code = run.wait(timeout=900)
        return in_midst and code == 0 and compare("standalone cluster, one worker lost", expected, out)
    finally:
        for process in started:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


SITUATIONS = {"local": local, "broken": broken, "parquet": parquet, "share": share, "failure": failure, "cancel": cancel, "cluster": cluster}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("yibao")
    parser.add_argument("--lines", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--only", default=",".join(SITUATIONS))
    arguments = parser.parse_args()
    if not HOME:
        sys.exit("Spark is missing: run scripts/spark-setup, or name its folder with SPARK_HOME")
    folder = tempfile.mkdtemp()
    extract = os.path.join(folder, "in")
    options = ["--caps", "610000", "--knowledge", os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables")]
    subprocess.run([arguments.yibao, "screen-generate", extract, "--lines", str(arguments.lines), "--seed",
                    str(arguments.seed), "--planted", "400000"], check=True)
    plant_stock(extract)
    expected = findings(screened(arguments.yibao, extract, folder, "native", options))
    results = [SITUATIONS[name](arguments.yibao, extract, folder, options, expected) for name in arguments.only.split(",")]
    shutil.rmtree(folder)
    sys.exit(0 if all(results) else 1)


def plant_stock(extract):
    """Counts of stock that do not come out, and ones that do."""
    rows = {
        "3501.csv": ["fixmedins_code,med_list_codg,invdate,inv_cnt", "H1,XA01,2025-01-01,100", "H1,XA01,2025-02-01,80",
                     "H1,C01,2025-01-01,10", "H1,C01,2025-02-01,10", "H2,XA01,2025-01-01,50", "H2,XA01,2025-02-01,70"],
        "3503.csv": ["fixmedins_code,med_list_codg,purc_retn_stoin_time,purc_retn_cnt", "H2,XA01,2025-01-05,30"],
        "3505.csv": ["fixmedins_code,med_list_codg,sel_retn_time,sel_retn_cnt", "H1,XA01,2025-01-09,5",
                     "H2,XA01,2025-01-20,10", "H1,C01,2025-01-20,1.5"],
    }
    for name, lines in rows.items():
        with open(os.path.join(extract, name), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
