"""Writes goldens/*.safetensors: logits, loss and gradients of networks built from PyTorch's own layers.

Run it with any Python that has torch:  python tests/models/make_goldens.py
"""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "nn"))
from make_goldens import write_safetensors  # noqa: E402

FOLDER = Path(__file__).parent / "goldens"
BATCH, TIME, VOCABULARY, EMBEDDING, HIDDEN, LAYERS = 2, 9, 7, 5, 6, 2


def char_rnn(cell):
    """Two windows, the second with the state of the first; gradients of the second alone."""
    torch.manual_seed(3)
    embedding = torch.nn.Embedding(VOCABULARY, EMBEDDING)
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    rnn = kind(EMBEDDING, HIDDEN, LAYERS, batch_first=True)
    head = torch.nn.Linear(HIDDEN, VOCABULARY)
    ids = torch.randint(VOCABULARY, (BATCH, 2 * TIME + 1))
    _, state = rnn(embedding(ids[:, :TIME]))
    state = tuple(part.detach() for part in state) if cell == "lstm" else state.detach()
    logits = head(rnn(embedding(ids[:, TIME:-1]), state)[0])
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, TIME + 1:].flatten(), reduction="sum")
    loss.backward()
    weights = {"embedding": embedding.weight, "head_weight": head.weight, "head_bias": head.bias}
    weights |= {f"rnn.{name}": parameter for name, parameter in rnn.named_parameters()}
    tensors = {"ids": ids.float(), "logits": logits, "loss": loss}
    tensors |= {f"weight.{name}": parameter for name, parameter in weights.items()}
    tensors |= {f"gradient.{name}": parameter.grad for name, parameter in weights.items()}
    write_safetensors(FOLDER / f"char_rnn_{cell}.safetensors", tensors)


def feedforward(normalised):
    """Two hidden layers, with batch normalisation or without, in training."""
    torch.manual_seed(4)
    sizes, layers, names = [3, 6, 5, 4], [], []
    for number, (inputs, outputs) in enumerate(zip(sizes, sizes[1:]), 1):
        layers.append(torch.nn.Linear(inputs, outputs))
        names += [f"weight_{number}", f"bias_{number}"]
        if number < len(sizes) - 1:
            if normalised:
                layers.append(torch.nn.BatchNorm1d(outputs))
                names += [f"norm_{number}.weight", f"norm_{number}.bias"]
            layers.append(torch.nn.ELU())
    net = torch.nn.Sequential(*layers)
    x, targets = torch.randn(7, sizes[0]), torch.randint(sizes[-1], (7,))
    logits = net(x)
    loss = torch.nn.functional.cross_entropy(logits, targets, reduction="sum")
    loss.backward()
    tensors = {"x": x, "targets": targets.float(), "logits": logits, "loss": loss}
    for name, parameter in zip(names, net.parameters()):
        tensors |= {f"weight.{name}": parameter, f"gradient.{name}": parameter.grad}
    write_safetensors(FOLDER / f"feedforward{'_normalised' if normalised else ''}.safetensors", tensors)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for cell_name in ("rnn", "lstm", "gru"):
        char_rnn(cell_name)
    feedforward(False)
    feedforward(True)
