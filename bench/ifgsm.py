"""Ten steps of I-FGSM in PyTorch, weights frozen: ifgsm.py NETWORK THREADS WIDTH HEIGHT [WEIGHTS]; eps 10/255, steps of 1/255."""
import os
import sys

import torch
import torchvision.models as models
from cnniqa import CNNIQA
from peer import limit, serve

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "packages", "metric-parity"))
from seeded import Precisions

name, threads, width, height = sys.argv[1], *map(int, sys.argv[2:5])
limit(threads)
torch.manual_seed(0)
if name == "cnniqa":
    model, sign = CNNIQA(), -1
    model.load_state_dict(torch.load(sys.argv[5], map_location="cpu"))
else:
    model, sign = Precisions(getattr(models, name)(weights=None)).module, 1
model = model.float().eval().requires_grad_(False)
image = torch.rand(1, 3, height, width)


def work():
    p = torch.zeros_like(image, requires_grad=True)
    for _ in range(10):
        p.grad = None
        (1 - sign * model((image + p).clamp(0, 1)).sum() / 100).backward()
        with torch.no_grad():
            p.sub_(p.grad.sign_(), alpha=1 / 255).clamp_(-10 / 255, 10 / 255)


serve(f"PyTorch {torch.__version__} eager", work)
