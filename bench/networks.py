"""Score and gradient, or score alone, of a network in PyTorch, weights frozen: networks.py NAME THREADS WIDTH HEIGHT [channels_last] [score]."""
import importlib.util
import os
import sys

import torch
import torch.nn.functional as F
import torchvision.models as models

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


# The module of a metric, and what it is fed.
metrics = {
    "linearity": ("Linearity", lambda make, image: image),
    "metaiqa": ("model", lambda make, image: image),
    "spaq": ("Baseline", lambda make, image: make.patches(image)),
    "hyperiqa": ("HyperNet", lambda make, image: make.crops(image, 2)),
    "koncept512": ("KonCept", lambda make, image: F.interpolate(image, (512, 384), mode="bilinear", antialias=True)),
    "paq2piq": ("RoIPoolModel", lambda make, image: image),
    "dbcnn": ("DBCNN", lambda make, image: image),
}
if name in metrics:
    module, feed = metrics[name]
    make = restated(name)
    network = Precisions(getattr(make, module)()).module
    score = lambda image: network(feed(make, image)).mean()
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


def gradient():
    image.grad = None
    score(image).backward()


@torch.no_grad()
def alone():
    score(image)


work = alone if "score" in sys.argv else gradient


serve(f"PyTorch {torch.__version__} {'channels_last' if channels_last else 'eager'}", work)
