"""Writes goldens/*.safetensors: what PyTorch computes, for the tests of the nn layer to compare with.

Run it with any Python that has torch:  python tests/nn/make_goldens.py
The files are small and kept in the repository; a new version of torch changes nothing but last digits.
"""

import json
import struct
from pathlib import Path

import torch

FOLDER = Path(__file__).parent / "goldens"
BATCH, TIME, INPUT, HIDDEN = 2, 5, 3, 4
TYPES = {torch.float32: ("F32", "f"), torch.float64: ("F64", "d")}


def write_safetensors(path, tensors):
    """The format by hand: u64 length of the header, JSON header, little-endian data."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        dtype, code = TYPES[tensor.dtype]
        values = tensor.detach().contiguous().flatten().tolist()
        content = struct.pack(f"<{len(values)}{code}", *values)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def recurrent(cell, layers):
    """Weights, input and first state; output, last state, and the gradients of a weighted sum of both."""
    torch.manual_seed(layers)
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    net = kind(INPUT, HIDDEN, layers, batch_first=True)
    tensors = {f"weight.{name}": parameter for name, parameter in net.named_parameters()}
    names = ["h", "c"] if cell == "lstm" else ["h"]
    x = torch.randn(BATCH, TIME, INPUT, requires_grad=True)
    first = [torch.randn(layers, BATCH, HIDDEN, requires_grad=True) for _ in names]
    y, last = net(x, tuple(first) if cell == "lstm" else first[0])
    last = list(last) if cell == "lstm" else [last]
    shares = [torch.randn_like(tensor) for tensor in [y, *last]]
    sum((share * tensor).sum() for share, tensor in zip(shares, [y, *last])).backward()
    tensors |= {"x": x, "y": y, "share.y": shares[0], "gradient.x": x.grad}
    for name, before, after, share in zip(names, first, last, shares[1:]):
        tensors |= {f"first.{name}": before, f"last.{name}": after}
        tensors |= {f"share.{name}": share, f"gradient.{name}": before.grad}
    tensors |= {f"gradient.{name}": parameter.grad for name, parameter in net.named_parameters()}
    write_safetensors(FOLDER / f"{cell}_{layers}.safetensors", tensors)


def packed(cell):
    """Two layers of two directions over packed sequences: weights, input, output, gradients of a weighted sum."""
    torch.manual_seed(7)
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    net = kind(INPUT, HIDDEN, 2, bidirectional=True)
    lengths = [5, 3, 3, 1]
    x = torch.randn(sum(lengths), INPUT, requires_grad=True)
    sizes = torch.tensor([sum(length > t for length in lengths) for t in range(lengths[0])])
    y = net(torch.nn.utils.rnn.PackedSequence(x, sizes))[0].data
    share = torch.randn_like(y)
    (share * y).sum().backward()
    tensors = {f"weight.{name}": parameter for name, parameter in net.named_parameters()}
    tensors |= {f"gradient.{name}": parameter.grad for name, parameter in net.named_parameters()}
    tensors |= {"x": x, "y": y, "share": share, "gradient.x": x.grad}
    write_safetensors(FOLDER / f"packed_{cell}.safetensors", tensors)


def optimizers():
    """Weights after each of five steps with given gradients, for every rule that PyTorch has too."""
    torch.manual_seed(1)
    start = torch.randn(11, dtype=torch.float64)
    gradients = torch.randn(5, 11, dtype=torch.float64)
    rate, optim = 0.1, torch.optim
    rules = {
        "sgd": lambda w: optim.SGD(w, rate),
        "sgd_decayed": lambda w: optim.SGD(w, rate, weight_decay=0.1),
        "momentum": lambda w: optim.SGD(w, rate, momentum=0.9),
        "nesterov": lambda w: optim.SGD(w, rate, momentum=0.9, nesterov=True),
        "adagrad": lambda w: optim.Adagrad(w, rate, eps=1e-8),
        "adadelta": lambda w: optim.Adadelta(w, rate, rho=0.95, eps=1e-8),
        "rmsprop": lambda w: optim.RMSprop(w, rate, alpha=0.95, eps=1e-8),
        "adam": lambda w: optim.Adam(w, rate, eps=1e-8),
        "adam_decayed": lambda w: optim.Adam(w, rate, eps=1e-8, weight_decay=0.1),
        "adamw_decayed": lambda w: optim.AdamW(w, rate, eps=1e-8, weight_decay=0.1),
    }
    tensors = {"start": start, "gradients": gradients}
    for name, make in rules.items():
        weights = start.clone().requires_grad_()
        optimizer, path = make([weights]), []
        for gradient in gradients:
            weights.grad = gradient.clone()
            optimizer.step()
            path.append(weights.detach().clone())
        tensors[f"weights.{name}"] = torch.stack(path)
    write_safetensors(FOLDER / "optimizers.safetensors", tensors)


def activations():
    """Values and slopes; the randomised one in evaluation."""
    functions = torch.nn.functional
    rules = {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": functions.relu, "leaky_relu": functions.leaky_relu,
        "prelu": lambda z: functions.prelu(z, torch.tensor([0.25], dtype=z.dtype)), "rrelu": functions.rrelu,
        "elu": functions.elu,
    }
    z = torch.tensor([-30.0, -2.5, -0.5, -1e-3, 1e-3, 0.5, 2.5, 30.0], dtype=torch.float64)
    tensors = {"z": z}
    for name, function in rules.items():
        point = z.clone().requires_grad_()
        y = function(point)
        y.sum().backward()
        tensors |= {f"y.{name}": y, f"slope.{name}": point.grad}
    write_safetensors(FOLDER / "activations.safetensors", tensors)


def batch_norm():
    """Two batches of training with gradients of the second, then one of evaluation."""
    torch.manual_seed(5)
    norm = torch.nn.BatchNorm1d(HIDDEN)
    with torch.no_grad():
        norm.weight.uniform_(0.5, 2)
        norm.bias.normal_()
    batches = [3 * torch.randn(6, HIDDEN) + 2, torch.randn(5, HIDDEN), torch.randn(3, HIDDEN)]
    tensors = {"weight": norm.weight.clone(), "bias": norm.bias.clone(), "x.0": batches[0], "y.0": norm(batches[0])}
    x, share = batches[1].clone().requires_grad_(), torch.randn(5, HIDDEN)
    y = norm(x)
    (share * y).sum().backward()
    tensors |= {"x.1": batches[1], "y.1": y, "share": share, "gradient.x": x.grad,
                "gradient.weight": norm.weight.grad, "gradient.bias": norm.bias.grad,
                "running_mean": norm.running_mean, "running_var": norm.running_var}
    norm.eval()
    tensors |= {"x.2": batches[2], "y.2": norm(batches[2])}
    write_safetensors(FOLDER / "batch_norm.safetensors", tensors)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for cell_name in ("rnn", "lstm", "gru"):
        for layer_count in (1, 2):
            recurrent(cell_name, layer_count)
        packed(cell_name)
    optimizers()
    activations()
    batch_norm()
