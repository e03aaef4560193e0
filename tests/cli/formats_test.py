"""Files of a run read back by the tools that own their formats: safetensors and TensorBoard."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    from safetensors.numpy import load_file
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError as missing:
    print(f"skipped: {missing} (pip install safetensors tensorboard)")
    sys.exit(77)

SEQTOOL = pathlib.Path(os.environ["SEQTOOL_BIN"]) / "seqtool"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def train(folder):
    done = subprocess.run(
        [SEQTOOL, "train", "--config", ROOT / "configs/char_rnn/tiny.json", "--set", f"out={folder}"],
        capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(folder), done.stdout


def check_weights(run):
    weights = load_file(run / "model.safetensors")
    assert weights, "no tensors"
    for name, tensor in weights.items():
        assert tensor.size == 0 or abs(tensor.astype(float)).max() < 1e6, f"{name}: absurd weights"
    header_length = int.from_bytes((run / "model.safetensors").read_bytes()[:8], "little")
    assert (8 + header_length) % 64 == 0, "data are not aligned"
    assert load_file(run / "checkpoints/last.safetensors"), "no tensors in the checkpoint"


def check_events(run):
    entries = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    events = EventAccumulator(str(run / "events"), size_guidance={"scalars": 0})
    events.Reload()
    scalars = {tag: [(point.step, point.value) for point in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    assert scalars, "no scalars"
    losses = [(e["step"], e["loss"]) for e in entries if e["kind"] == "train"]
    assert losses, "no training entries"

    def same(points):
        return len(points) == len(losses) and all(
            a[0] == b[0] and abs(a[1] - b[1]) <= 1e-5 * abs(b[1]) for a, b in zip(points, losses))

    assert any(same(points) for points in scalars.values()), f"training loss is in none of {sorted(scalars)}"


with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary).resolve() / "run"
    train(folder)
    check_weights(folder)
    check_events(folder)
print("ok")
