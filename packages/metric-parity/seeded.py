"""The weights of src/seeded.ts: numbers from the names and shapes of a network's tensors alone."""
import numpy as np
import torch


def key_of(name):
    key = 0x811C9DC5
    for byte in name.encode():
        key = ((key ^ byte) * 0x01000193) & 0xFFFFFFFF
    return key


def uniform(count, key):
    """`count` numbers from -1 to 1: MurmurHash3's finaliser of a Weyl sequence."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(key)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return (x ^ (x >> np.uint32(16))).astype(np.float64) / 2**31 - 1


def spread(name, shape):
    if len(shape) > 1:
        return 0.0, float(np.sqrt(6 / np.prod(shape[1:])))
    if name.endswith("running_var"):
        return 1.0, 0.5
    if not name.endswith("weight"):
        return 0.0, 0.2
    if shape[0] == 1:
        return 0.25, 0.1
    return (0.3, 0.075) if name.endswith("bn2.weight") else (1.0, 0.25)


def seeded(name, shape):
    centre, half = spread(name, shape)
    values = centre + half * uniform(int(np.prod(shape)), key_of(name))
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def noise(width, height):
    """The image of src/seeded.ts: uniform noise, so that no two values are equal and no maximum is a tie. [1, 3, H, W]"""
    values = 0.5 + 0.5 * uniform(3 * width * height, key_of(f"noise {width}x{height}"))
    return torch.from_numpy(values.astype(np.float32)).double().reshape(1, 3, height, width)


class Precisions:
    """A module with seeded weights, as a function that computes in the precision of its input."""

    def __init__(self, module):
        module.load_state_dict({
            name: value if name.endswith("num_batches_tracked") else seeded(name, tuple(value.shape))
            for name, value in module.state_dict().items()
        })
        self.module = module.eval().requires_grad_(False)

    def __call__(self, x):
        if next(self.module.parameters()).dtype != x.dtype:
            self.module = self.module.to(x.dtype)
        return self.module(x)
