#!/usr/bin/env python3
"""The cluster test: the same rules run by Spark find what the native engine finds, line for line.

    spark.py YIBAO [--lines 6000] [--seed 5] [--only local,failure,cancel,cluster]

Four situations: `local[2]`; a statement that fails (exit code 1, no findings written); a run that is cancelled (its
process group ends, no findings written); a standalone cluster of a master and two workers, one of which is killed in
mid-run. Needs SPARK_HOME or .venv-spark (scripts/spark-setup).
"""
import argparse
import csv
import glob
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


def failure(yibao, extract, folder, options, expected):
    """A date that is no date: the statement that reads it fails, and with it the run."""
    broken, out = os.path.join(folder, "broken"), os.path.join(folder, "failed")
    shutil.copytree(extract, broken)
    with open(os.path.join(broken, "mdtrt_d.csv"), encoding="utf-8") as file:
        lines = file.read().split("\n")
    columns = lines[0].split(",")
    cells = lines[1].split(",")
    cells[columns.index("begntime")] = "2025-02-31 08:00:00"
    lines[1] = ",".join(cells)
    with open(os.path.join(broken, "mdtrt_d.csv"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    result = subprocess.run(spark(yibao, broken, out, options, "local[2]"), capture_output=True, text=True)
    good = result.returncode == 1 and not os.path.exists(os.path.join(out, "findings.csv"))
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


SITUATIONS = {"local": local, "failure": failure, "cancel": cancel, "cluster": cluster}


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
    extract, out = os.path.join(folder, "in"), os.path.join(folder, "native")
    options = ["--caps", "610000", "--knowledge", os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables")]
    subprocess.run([arguments.yibao, "screen-generate", extract, "--lines", str(arguments.lines), "--seed",
                    str(arguments.seed), "--planted", "400000"], check=True)
    plant_stock(extract)
    subprocess.run(command(arguments.yibao, extract, out, options, "--no-xlsx"), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    expected = findings(out)
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
