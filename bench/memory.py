"""Peak resident memory of a network in PyTorch, in megabytes: memory.py NAME gradient|score WIDTH HEIGHT."""
import importlib.util
import os
import re
import sys

import torch
import torchvision.models as models

name, what, width, height = *sys.argv[1:3], *map(int, sys.argv[3:])
here = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)

# Weights are made where they are used: reading them from a file would take more.
if name == "linearity":
    spec = importlib.util.spec_from_file_location(name, os.path.join(here, "..", "packages", "metrics-linearity", "fixtures", "make.py"))
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    network = make.Linearity()
else:
    network = getattr(models, name)(weights=None)

network = network.eval().requires_grad_(False)
image = torch.rand(1, 3, height, width, requires_grad=what == "gradient")
for _ in range(3):
    image.grad = None
    score = network(image).sum()
    if what == "gradient":
        score.backward()

# Not getrusage's, which begins with what the process that started this one had.
with open("/proc/self/status") as status:
    print(f"PyTorch {torch.__version__}", int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) * 1024 / 1e6)
