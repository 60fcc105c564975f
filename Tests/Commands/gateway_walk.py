#!/usr/bin/env python3
"""Pastes the walk of docs/gateway.md into a shell and compares every answer with the one the document shows.

    gateway_walk.py YIBAO --port 18491                          from an empty database, figure by figure
    gateway_walk.py YIBAO --port 8080 --accounts demo.accounts  in a running demonstration county: every step succeeds

In the document `…` stands for what differs from time to time: inside a text for any text, as a field of its own
("…":"…") for fields that are left out.
"""
import argparse
import decimal
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TITLE = "## 从空库到对账,照着粘贴"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@ 第 {} 段 @@"
SECONDS_MAX = 180


def blocks():
    """The section's blocks as (language, text): `sh` is pasted, `json` is the answer to it, `shell` is for a demonstration county."""
    text = (ROOT / "docs/gateway.md").read_text(encoding="utf-8")
    section = text[text.index(TITLE) + len(TITLE):]
    section = section[:re.search(r"^## ", section, re.MULTILINE).start()]
    return BLOCK.findall(section)


def script(commands, yibao, port):
    """All blocks for one shell, each followed by a mark, as somebody pastes them one after the other."""
    lines = ["set -eu -o pipefail", "shopt -s expand_aliases", f"alias yibao='{yibao}'"]
    for number, command in enumerate(commands):
        lines += [command.replace("127.0.0.1:8080", f"127.0.0.1:{port}").replace("--port 8080", f"--port {port}"),
                  f"echo; echo '{MARK.format(number)}'"]
    return "\n".join(lines)


def run(text):
    """What the shell said; it and whatever it started are stopped in any case."""
    with tempfile.TemporaryDirectory() as folder:
        shell = subprocess.Popen(
            ["bash", "-s"], cwd=ROOT, env=os.environ | {"TMPDIR": folder}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, text=True)
        try:
            said, complained = shell.communicate(text, timeout=SECONDS_MAX)
        finally:
            try:
                os.killpg(shell.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
    if shell.returncode != 0:
        sys.exit(f"命令没有走完:\n{said[-3000:]}\n{complained[-3000:]}")
    return said


def parse(text):
    return json.loads(text, parse_float=decimal.Decimal)


def differences(shown, came, place=""):
    """Where an answer is not what the document shows."""
    if isinstance(shown, str) and "…" in shown:
        pattern = ".*".join(re.escape(part) for part in shown.split("…"))
        same = isinstance(came, str) and re.fullmatch(pattern, came, re.DOTALL)
        return [] if same else [f"{place}:文档 {shown},实际 {came}"]
    if isinstance(shown, dict) and isinstance(came, dict):
        told = {name: value for name, value in shown.items() if name != "…"}
        missing = [f"{place}.{name}:文档有,实际没有" for name in told if name not in came]
        extra = [f"{place}.{name}:实际有,文档没有" for name in came if name not in told] if "…" not in shown else []
        inner = [text for name in told if name in came for text in differences(told[name], came[name], f"{place}.{name}")]
        return missing + extra + inner
    if isinstance(shown, list) and isinstance(came, list):
        if len(shown) != len(came):
            return [f"{place}:文档 {len(shown)} 项,实际 {len(came)} 项"]
        return [text for i, pair in enumerate(zip(shown, came)) for text in differences(*pair, f"{place}[{i}]")]
    return [] if (type(shown), shown) == (type(came), came) else [f"{place}:文档 {shown},实际 {came}"]


def answers(said, count):
    """The last line that is an answer of the gateway, of each block."""
    rest, found = said, []
    for number in range(count):
        block, _, rest = rest.partition(MARK.format(number))
        lines = [line for line in block.splitlines() if line.startswith('{"infcode"')]
        found.append(parse(lines[-1]) if lines else None)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("yibao", type=pathlib.Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--accounts", help="the accounts of a demonstration county that is being served on the port")
    parser.add_argument("--show", action="store_true", help="print the answers, to be written into the document")
    options = parser.parse_args()
    steps = []
    for language, text in blocks():
        if language in ("sh", "shell"):
            steps.append([language, text, None])
        else:
            steps[-1][2] = parse(text)
    if options.accounts:
        steps = [step for step in steps if "$SERVER" not in step[1] and "SERVER=" not in step[1]]
    else:
        steps = [step for step in steps if step[0] == "sh"]
    commands = [text.replace("demo.sqlite.accounts", str(options.accounts)) for _, text, _ in steps]
    came = answers(run(script(commands, options.yibao.resolve(), options.port)), len(steps))
    wrong, compared = [], 0
    for (_, text, shown), answer in zip(steps, came):
        if options.show and answer is not None:
            print(json.dumps(answer, ensure_ascii=False, default=float))
        if shown is None:
            continue
        compared += 1
        if answer is None:
            found = ["没有应答"]
        elif options.accounts:
            found = differences({"infcode": shown["infcode"], "…": "…"}, answer)
        else:
            found = differences(shown, answer)
        wrong += [f"{text.strip().splitlines()[-1]}\n  {line}" for line in found]
    if wrong:
        sys.exit("docs/gateway.md 的应答与实际不符:\n" + "\n".join(wrong))
    if compared < 12:
        sys.exit(f"docs/gateway.md 里只有 {compared} 个应答可比")
    if options.accounts:
        print(f"文档里的 {compared} 个请求在示范县逐条办成")
    else:
        print(f"文档里的 {compared} 个应答与实际相符")


if __name__ == "__main__":
    main()
