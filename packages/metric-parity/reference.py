"""Records what a metric's restatement in PyTorch gives, for the tests: scores and gradients in double precision."""
import base64
import json

import numpy as np
import torch

SAMPLES = 3000


def picture(width, height):
    """The picture of index.ts: shading, edges and texture, in whole numbers, so that both sides agree exactly. [1, 3, H, W]"""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    shade = 30 + (x * 70) // width + (y * (30 + 15 * c)) // height
    edge = np.where(3 * x + y * (c + 1) > 2 * width, 50, 0)
    texture = ((x * x * 7 + y * y * 13 + x * y * (3 * c + 1)) % 61) * ((x // 16 + y // 24) % 3) // 4
    return torch.from_numpy((shade + edge + texture).transpose(2, 0, 1)[None]).double() / 255


def slope(score, image):
    image = image.clone().requires_grad_(True)
    value = score(image)
    value.backward()
    return value.item(), image.grad.double().flatten()


def record(path, score, sizes, samples=SAMPLES, picture=picture):
    """Writes the recording of `score` (image [1, 3, H, W] to a scalar, in the image's floating-point type) to `path`."""
    cases = []
    for width, height in sizes:
        image = picture(width, height)
        value, exact = slope(score, image)
        rough, single = slope(score, image.float())
        stride = max(1, len(exact) // samples)
        sample, other = exact[::stride], single[::stride]
        cases.append({
            "width": width, "height": height, "score": value, "singleScore": abs(rough / value - 1), "stride": stride,
            "single": ((other - sample).norm() / sample.norm()).item(),
            "gradient": base64.b64encode(sample.numpy().astype("<f4").tobytes()).decode(),
        })
        print(path, f"{width}x{height}", value, "float32 gradient off by", cases[-1]["single"])
    with open(path, "w") as file:
        json.dump({"cases": cases}, file, indent=1)
