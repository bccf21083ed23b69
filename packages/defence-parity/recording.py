"""Records what a defence's restatement in PyTorch gives, for the tests: outputs, vector-Jacobian products, and decibels of denoising."""
import base64
import json
import os
import sys

import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "metric-parity"))
from reference import picture
from seeded import seeded

SAMPLES = 500
DATA = os.environ.get("CUPEL_DATA", os.path.join(here, "..", "..", "..", "shared", "data"))


def seeded_state(module, gain=1.0):
    """The weights of seededWeights in index.ts for the tensors of `module`: those of two axes and more times `gain`."""
    return {name: seeded(name, tuple(value.shape)) * (gain if value.ndim > 1 else 1) for name, value in module.state_dict().items()}


def filled(module, gain=1.0):
    module.load_state_dict(seeded_state(module, gain))
    return module.eval().requires_grad_(False)


def cotangent(count):
    """What is pulled back: numbers from -0.2 to 0.2, those of index.ts."""
    return seeded("cotangent", (count,))


def pulled(network, image):
    image = image.clone().requires_grad_(True)
    output = network(image)
    output.backward(cotangent(output.numel()).to(image.dtype).reshape(output.shape))
    return output.detach(), image.grad.double().flatten()


def sampled(values):
    stride = max(1, len(values) // SAMPLES)
    return {"stride": stride, "values": base64.b64encode(values[::stride].numpy().astype("<f4").tobytes()).decode()}


def record(path, module, sizes, apply=lambda module, image: module(image).clamp(0, 1)):
    """Writes the recording of `apply(module, image)` to `path`; image [1, 3, H, W] in double and in single precision."""
    cases = []
    for width, height in sizes:
        image = picture(width, height)
        output, exact = pulled(lambda x: apply(module.double(), x), image)
        _, single = pulled(lambda x: apply(module.float(), x), image.float())
        inside = ((output > 0) & (output < 1)).double().mean().item()
        cases.append({
            "width": width, "height": height, "output": sampled(output.flatten()), "gradient": sampled(exact),
            "single": ((single - exact).norm() / exact.norm()).item(),
        })
        print(path, f"{width}x{height}", f"{100 * inside:.0f} % of the output inside 0..1, float32 gradient off by", cases[-1]["single"])
    with open(path, "w") as file:
        json.dump({"cases": cases}, file, indent=1)


def gaussian(name, count):
    """Normal deviates that follow from a name, those of index.ts: Box and Muller's of two lists of seeded numbers."""
    u, v = (seeded(f"{name} {part}", (count,)).double().numpy() / 0.4 + 0.5 for part in ("radius", "angle"))
    return np.sqrt(-2 * np.log(np.maximum(u, 2.0 ** -25))) * np.cos(2 * np.pi * v)


def test_images():
    """Names and values [1, 3, H, W] of the 80 test images."""
    from PIL import Image
    with open(os.path.join(DATA, "nips2017", "test.txt")) as file:
        names = file.read().split()
    for name in names:
        pixels = np.asarray(Image.open(os.path.join(DATA, "nips2017", name)).convert("RGB"), dtype=np.float64) / 255
        yield name, torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())


def psnr(a, b):
    return float(-10 * torch.log10(((a.double() - b.double()) ** 2).mean()))


def denoised(path, network, sigma):
    """Writes the PSNR of every test image with noise of `sigma` / 255 (not clipped to 0..1; 0 for none) after `network`."""
    found = {}
    torch.set_num_threads(1)
    with torch.no_grad():
        for name, image in test_images():
            noise = torch.from_numpy(gaussian(name, image.numel()).reshape(image.shape)) * sigma / 255
            found[name] = round(psnr(network((image + noise).float()).clamp(0, 1), image), 4)
    with open(path, "w") as file:
        json.dump({"sigma": sigma, "mean": round(float(np.mean(list(found.values()))), 4), "psnr": found}, file, indent=1)
    print(path, "mean", np.mean(list(found.values())), flush=True)


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length])
    state = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            state[name] = torch.from_numpy(np.frombuffer(content[start:end], "<f4").reshape(entry["shape"]).copy())
    return state
