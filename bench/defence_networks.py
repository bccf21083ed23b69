"""The networks of defences with random weights, as the fixtures restate them in PyTorch, on one thread: defence_networks.py NAME IMAGE."""
import importlib.util
import sys
from pathlib import Path

import numpy as np
import torch
from peer import limit, serve
from PIL import Image

name, path = sys.argv[1:]
limit(1)
pixels = np.asarray(Image.open(path).convert("RGB")).astype(np.float32) / 255
image = torch.from_numpy(np.moveaxis(pixels, -1, 0).copy())[None]

made = Path(__file__).parent.parent / "packages" / f"defences-{name}" / "fixtures" / "make.py"
spec = importlib.util.spec_from_file_location("made", made)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
network = getattr(module, {"dncnn": "DnCNN", "ffdnet": "FFDNet", "bf-cnn": "BfCnn", "comdefend": "ComDefend"}[name])()
network.eval().requires_grad_(False)
more = [15] if name == "ffdnet" else []
serve(f"PyTorch {torch.__version__}", lambda: network(image, *more).clamp(0, 1))
