"""Score and gradient of a network in PyTorch, weights frozen: networks.py NAME THREADS WIDTH HEIGHT [channels_last]."""
import importlib.util
import os
import sys

import torch
import torchvision.models as models
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
sys.path.insert(0, os.path.join(here, "..", "packages", "metric-parity"))
from peer import limit, serve
from seeded import Precisions

name, threads, width, height = sys.argv[1], *map(int, sys.argv[2:5])
channels_last = "channels_last" in sys.argv
limit(threads)


def restated(metric):
    """The module of a metric's fixture script."""
    path = os.path.join(here, "..", "packages", f"metrics-{metric}", "fixtures", "make.py")
    spec = importlib.util.spec_from_file_location(metric, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if name == "linearity":
    network = Precisions(restated(name).Linearity()).module
    score = lambda image: network(image).sum()
elif name == "metaiqa":
    network = Precisions(restated(name).model()).module
    score = lambda image: network(image).sum()
elif name == "spaq":
    make = restated(name)
    network = Precisions(make.Baseline()).module
    score = lambda image: network(make.patches(image)).mean()
else:
    network = Precisions(getattr(models, name)(weights=None)).module
    score = lambda image: network(image).sum()

network = network.float().eval().requires_grad_(False)
assert not any(p.requires_grad for p in network.parameters())
torch.manual_seed(0)
image = torch.rand(1, 3, height, width)
if channels_last:
    network, image = network.to(memory_format=torch.channels_last), image.to(memory_format=torch.channels_last)
image.requires_grad_(True)


def work():
    image.grad = None
    score(image).backward()


serve(f"PyTorch {torch.__version__} {'channels_last' if channels_last else 'eager'}", work)
