"""The peer of scripts/bench/feedforward: 784-200-10 on MNIST in eager PyTorch with its DataLoader, as its tutorials do.

Trains on 8,000 of the 10,000 test images in batches of 100, SGD 0.01, sigmoid units, for --epochs after one that is
not timed. Prints one JSON line: seconds of each epoch, and the loss of the last.
"""
import argparse
import gzip
import json
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader, TensorDataset


def idx(path, header):
    with gzip.open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds mnist/")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=0, help="processes that load batches")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    images = idx(args.data / "mnist/t10k-images-idx3-ubyte.gz", 16).view(-1, 784)[:8000].float() / 255
    labels = idx(args.data / "mnist/t10k-labels-idx1-ubyte.gz", 8)[:8000].long()
    loader = DataLoader(TensorDataset(images, labels), batch_size=100, shuffle=True, num_workers=args.workers)
    net = torch.nn.Sequential(torch.nn.Linear(784, 200), torch.nn.Sigmoid(), torch.nn.Linear(200, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    seconds = []
    for _ in range(args.epochs + 1):
        start, total = time.perf_counter(), 0.0
        for x, y in loader:
            loss = torch.nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"epoch_seconds": seconds[1:], "loss": total / len(loader)}))


if __name__ == "__main__":
    main()
