"""What the benchmarks share: where the programs are, running one with its time and memory, the table."""
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEQTOOL = os.environ.get("SEQTOOL") or str(ROOT / "build/release/bin/seqtool")


def stop(message):
    sys.exit(f"{Path(sys.argv[0]).name}: {message}")


def require_seqtool():
    if not os.access(SEQTOOL, os.X_OK):
        stop(f"{SEQTOOL} is missing (run scripts/setup, or set SEQTOOL)")


def data_folder():
    """SEQTOOL_DATA, else the folder beside the checkout that the configs take too."""
    return Path(os.environ.get("SEQTOOL_DATA") or ROOT.parent / "shared/data")


def run(command, output=subprocess.DEVNULL, **options):
    """Runs a program to its end; returns its seconds and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=output, **options)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        stop(f"exit code {process.returncode}: {' '.join(map(str, command))}")
    return seconds, usage.ru_maxrss / 1024


def number(value, decimals=None):
    """With separators, `-` for what is not known."""
    if value is None:
        return "-"
    if decimals is None:
        decimals = 0 if value >= 1000 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"


def print_json(**fields):
    print(json.dumps(fields), flush=True)


def print_table(header, rows):
    """The first column to the left, the others to the right; on stderr, since stdout holds the JSON lines."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells), file=sys.stderr)


def median(values):
    return statistics.median(values)
