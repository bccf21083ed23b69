"""What the filter defences do, in OpenCV, Pillow, PyTorch or scikit-image on one thread: defences.py NAME IMAGE."""
import io
import sys

import cv2
import numpy as np
import PIL
import skimage
import skimage.restoration
import torch
import torch.nn.functional as F
import torchvision
import torchvision.transforms.functional as TF
from peer import limit, serve
from PIL import Image

name, path = sys.argv[1:]
cv2.setNumThreads(1)
limit(1)
pixels = np.asarray(Image.open(path).convert("RGB"))
values = pixels.astype(np.float32) / 255
tensor = torch.from_numpy(np.moveaxis(values, -1, 0).copy())[None]
height, width = pixels.shape[:2]

CV2, TORCH, VISION = f"OpenCV {cv2.__version__}", f"PyTorch {torch.__version__}", f"torchvision {torchvision.__version__}"
PILLOW, SKIMAGE = f"Pillow {PIL.__version__}", f"scikit-image {skimage.__version__}"


def recoded(kind):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, quality=50)
    return np.asarray(Image.open(buffer).convert("RGB"))


def half(x):
    return F.interpolate(x, size=(height // 2, width // 2), mode="bilinear", align_corners=False)


u = torch.arange(8.0)
basis = torch.cos((2 * u[None] + 1) * u[:, None] * torch.pi / 16) * torch.where(u == 0, 0.125, 0.25).sqrt()[:, None]
step = torch.full((8, 8), 50.0)
forward = torch.tensor([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
inverse = forward.inverse()


def coded(plane):
    h, w = plane.shape[-2:]
    blocks = F.pad(plane, (0, -w % 8, 0, -h % 8), mode="replicate").unfold(2, 8, 8).unfold(3, 8, 8)
    coefficients = torch.round((basis @ blocks @ basis.T) / step) * step
    return (basis.T @ coefficients @ basis).transpose(3, 4).flatten(4, 5).flatten(2, 3)[..., :h, :w]


def diffjpeg():
    ycc = torch.einsum("ij,bjhw->bihw", forward, tensor * 255)
    luma = coded(ycc[:, :1] - 128) + 128
    small = F.avg_pool2d(F.pad(ycc[:, 1:], (0, width % 2, 0, height % 2), mode="replicate"), 2)
    chroma = F.interpolate(coded(small), scale_factor=2, mode="bilinear", align_corners=False)[..., :height, :width]
    return torch.einsum("ij,bjhw->bihw", inverse, torch.cat([luma, chroma], 1)).clamp(0, 255) / 255


serve(
    *{
        "flip": (TORCH, lambda: tensor.flip(2, 3)),
        "rotate": (VISION, lambda: TF.rotate(tensor, 3.0)),
        "crop": (VISION, lambda: TF.crop(tensor, 10, 20, 256, 256).contiguous()),
        "resize": (TORCH, lambda: half(tensor)),
        "upscale": (TORCH, lambda: F.interpolate(half(tensor), size=(height, width), mode="bilinear", align_corners=False)),
        "gaussian-blur": (CV2, lambda: cv2.GaussianBlur(values, (3, 3), 0.8)),
        "median-blur": (CV2, lambda: cv2.medianBlur(pixels, 3)),
        "unsharp": (CV2, lambda: np.clip(2 * values - cv2.GaussianBlur(values, (5, 5), 1), 0, 1)),
        "color-quantization": (TORCH, lambda: torch.round(tensor * 15) / 15),
        "random-noise": (TORCH, lambda: (tensor + 0.01 * torch.randn_like(tensor)).clamp(0, 1)),
        "bilateral": (CV2, lambda: cv2.bilateralFilter(values, 5, 0.1, 2)),
        "tv": (SKIMAGE, lambda: skimage.restoration.denoise_tv_chambolle(values, weight=0.1, channel_axis=-1)),
        "jpeg": (PILLOW, lambda: recoded("JPEG")),
        "webp": (PILLOW, lambda: recoded("WEBP")),
        "diffjpeg": (TORCH, diffjpeg),
    }[name]
)
