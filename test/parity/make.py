"""Reference values for the filter defences, from OpenCV, Pillow, torch, torchvision, scipy and scikit-image.

    python3 test/parity/make.py    writes filters.json beside itself

Every case: which defence with which options, what made the expected values, on which picture, and the greatest difference
that is accepted, with its reason. Values are base64: bytes of 8-bit samples, or of little-endian float32, in planes R, G, B.
"""
import base64
import io
import json
import os

import cv2
import numpy as np
import PIL
import scipy
import scipy.fft
import scipy.ndimage
import skimage.restoration
import torch
import torch.nn.functional as F
import torchvision
import torchvision.transforms.functional as TF
from PIL import Image

FLOAT = "single-precision sums in another order"


def picture(width, height):
    """The same picture as in picture.ts: shading, an edge, and texture, in whole numbers."""
    out = np.zeros((height, width, 3), np.uint8)
    for c in range(3):
        for y in range(height):
            for x in range(width):
                shade = 3 * x + (5 - 2 * c) * y + 40 * c
                edge = 70 if 3 * x + y * (c + 1) > 2 * width else 0
                texture = (x * x * 7 + y * y * 13 + x * y * (3 * c + 1)) % 61
                out[y, x, c] = (shade + edge + texture) % 256
    return out


cases = []


def add(defence, options, reference, bytes8, expected, tolerance, reason):
    """expected: height x width x 3, uint8 or float32"""
    planes = np.ascontiguousarray(np.moveaxis(expected, -1, 0))
    cases.append(
        dict(
            defence=defence,
            options=options,
            reference=reference,
            source=[bytes8.shape[1], bytes8.shape[0]],
            size=[expected.shape[1], expected.shape[0]],
            type="uint8" if planes.dtype == np.uint8 else "float32",
            values=base64.b64encode(planes.astype(planes.dtype.newbyteorder("<")).tobytes()).decode(),
            tolerance=tolerance,
            reason=reason,
        )
    )


def tensor(image):
    return torch.from_numpy(np.moveaxis(image.astype(np.float32) / 255, -1, 0).copy())[None]


def untensor(t):
    return np.moveaxis(t[0].numpy(), 0, -1)


large, odd, small = picture(37, 29), picture(23, 17), picture(6, 5)
unit = {id(p): p.astype(np.float32) / 255 for p in (large, odd, small)}

# flip
for axes, step in dict(both=(-1, -1), horizontal=(1, -1), vertical=(-1, 1)).items():
    add("flip", dict(axes=axes), "numpy", small, small[:: step[0], :: step[1]], 0, "values are only moved")

# resize
for scale in (0.1, 0.25, 0.5, 0.75, 0.9):
    size = [max(1, int(odd.shape[0] * scale)), max(1, int(odd.shape[1] * scale))]
    ours = untensor(F.interpolate(tensor(odd), size=size, mode="bilinear", align_corners=False))
    add("resize", dict(scale=scale), "torch interpolate", odd, ours, 1e-6, FLOAT)

# upscale
for method in ("nearest", "bilinear", "bicubic"):
    down = F.interpolate(tensor(odd), size=[odd.shape[0] // 2, odd.shape[1] // 2], mode="bilinear", align_corners=False)
    corners = {} if method == "nearest" else dict(align_corners=False)
    up = torch.clamp(F.interpolate(down, size=list(odd.shape[:2]), mode=method, **corners), 0, 1)
    add("upscale", dict(method=method), "torch interpolate, twice", odd, untensor(up), 2e-6, FLOAT)

# rotate: the angle is drawn, and seed 0 (no context) draws this number in 0..1, which filters.test.ts checks
UNIFORM_OF_SEED_0 = 0.14110564975999296
for degrees in (5, 50):
    angle = (2 * UNIFORM_OF_SEED_0 - 1) * degrees
    turned = untensor(TF.rotate(tensor(odd).double(), angle, TF.InterpolationMode.NEAREST)).astype(np.float32)
    add("rotate", dict(degrees=degrees), "torchvision rotate", odd, turned, 1e-6, "values are only moved")

# color-quantization
for levels in (2, 5, 16, 25):
    rounded = untensor(torch.round(tensor(odd) * (levels - 1)) / (levels - 1))
    add("color-quantization", dict(levels=levels), "torch round", odd, rounded, 1e-6, FLOAT)

# gaussian-blur
for k in (3, 7, 11):
    sigma = 0.3 * ((k - 1) / 2 - 1) + 0.8
    blurred = cv2.GaussianBlur(unit[id(odd)], (k, k), sigma, borderType=cv2.BORDER_REFLECT_101)
    add("gaussian-blur", dict(size=k), "cv2 GaussianBlur", odd, blurred, 1e-6, FLOAT)
    blurred = untensor(TF.gaussian_blur(tensor(odd), [k, k], [sigma, sigma]))
    add("gaussian-blur", dict(size=k), "torchvision gaussian_blur", odd, blurred, 1e-6, FLOAT)
for k in (3, 5, 7):
    blurred = cv2.GaussianBlur(unit[id(odd)], (k, k), 0, borderType=cv2.BORDER_REFLECT_101)
    add("gaussian-blur", dict(size=k, kernel="opencv"), "cv2 GaussianBlur, sigma 0", odd, blurred, 1e-6, FLOAT)

# unsharp
for k in (3, 5):
    x = tensor(odd)
    sharp = torch.clamp(x + (x - TF.gaussian_blur(x, [k, k], [1.0, 1.0])), 0, 1)
    add("unsharp", dict(size=k), "torchvision gaussian_blur", odd, untensor(sharp), 1e-6, FLOAT)

# median-blur
for k in (3, 5, 7, 11):
    exact = "a median is one of the values"
    add("median-blur", dict(size=k, border="replicate"), "cv2 medianBlur", odd, cv2.medianBlur(odd, k), 0, exact)
    median = scipy.ndimage.median_filter(odd, size=(k, k, 1), mode="mirror")
    add("median-blur", dict(size=k), "scipy median_filter", odd, median, 0, exact)

# bilateral
for options in (dict(), dict(size=7, sigmaColour=0.4), dict(size=9, sigmaColour=0.05, sigmaSpace=5)):
    size, colour, space = options.get("size", 5), options.get("sigmaColour", 0.1), options.get("sigmaSpace", 2)
    filtered = cv2.bilateralFilter(unit[id(odd)], size, colour, space, borderType=cv2.BORDER_REFLECT_101)
    add("bilateral", options, "cv2 bilateralFilter", odd, filtered, 2e-4, "OpenCV interpolates its exponential in a table")

# tv
for weight in (0.05, 0.1, 0.2):
    denoised = skimage.restoration.denoise_tv_chambolle(odd.astype(float) / 255, weight=weight, channel_axis=-1)
    single = denoised.astype(np.float32)
    add("tv", dict(weight=weight), "scikit-image denoise_tv_chambolle", odd, single, 1e-6, "rounded to single precision")

# jpeg
for quality in (10, 50, 90):
    buffer = io.BytesIO()
    Image.fromarray(large).save(buffer, "JPEG", quality=quality)
    decoded = np.asarray(Image.open(buffer).convert("RGB"))
    add("jpeg", dict(quality=quality), "Pillow", large, decoded, 0, "the same integer arithmetic")
    bgr = cv2.cvtColor(large, cv2.COLOR_RGB2BGR)
    decoded = cv2.imdecode(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    decoded = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    add("jpeg", dict(quality=quality), "cv2", large, decoded, 0, "the same integer arithmetic")
buffer = io.BytesIO()
Image.fromarray(large).save(buffer, "JPEG", quality=50, subsampling="4:4:4")
decoded = np.asarray(Image.open(buffer).convert("RGB"))
add("jpeg", dict(subsampling="4:4:4"), "Pillow, 4:4:4", large, decoded, 0, "the same integer arithmetic")

# webp
for quality in (10, 50, 90):
    buffer = io.BytesIO()
    Image.fromarray(large).save(buffer, "WEBP", quality=quality)
    decoded = np.asarray(Image.open(buffer).convert("RGB"))
    add("webp", dict(quality=quality), "Pillow", large, decoded, 0, "the same integer arithmetic")

# diffjpeg: the formulas once more, in double precision with scipy's DCT and the tables that Pillow reads back from a JPEG
def quantised(plane, table):
    height, width = plane.shape
    blocks = np.pad(plane, ((0, -height % 8), (0, -width % 8)), mode="edge")
    for y in range(0, blocks.shape[0], 8):
        for x in range(0, blocks.shape[1], 8):
            c = scipy.fft.dctn(blocks[y : y + 8, x : x + 8], norm="ortho")
            blocks[y : y + 8, x : x + 8] = scipy.fft.idctn(np.round(c / table) * table, norm="ortho")
    return blocks[:height, :width]


def doubled(plane, length):
    """Along the first axis: 3/4 of the own sample, 1/4 of the neighbour on the same side."""
    around = np.pad(plane, ((1, 1), (0, 0)), mode="edge")
    out = np.empty((2 * plane.shape[0], plane.shape[1]))
    out[0::2] = 0.75 * plane + 0.25 * around[:-2]
    out[1::2] = 0.75 * plane + 0.25 * around[2:]
    return out[:length]


def diffjpeg(image, quality, subsampling):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    luma, chroma = (np.array(table).reshape(8, 8) for table in Image.open(buffer).quantization.values())
    forward = np.array([[0.299, 0.587, 0.114], [-0.168735892, -0.331264108, 0.5], [0.5, -0.418687589, -0.081312411]])
    ycc = image.astype(float) @ forward.T
    out = np.empty_like(ycc)
    out[..., 0] = quantised(ycc[..., 0] - 128, luma) + 128
    height, width = image.shape[:2]
    for c in (1, 2):
        plane = ycc[..., c]
        if subsampling == "4:4:4":
            out[..., c] = quantised(plane, chroma)
            continue
        even = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
        small = (even[0::2, 0::2] + even[0::2, 1::2] + even[1::2, 0::2] + even[1::2, 1::2]) / 4
        out[..., c] = doubled(doubled(quantised(small, chroma), height).T, width).T
    return (np.clip(out @ np.linalg.inv(forward).T, 0, 255) / 255).astype(np.float32)


for options in (dict(), dict(quality=90), dict(quality=10), dict(subsampling="4:4:4")):
    expected = diffjpeg(large, options.get("quality", 50), options.get("subsampling", "4:2:0"))
    add("diffjpeg", options, "numpy and scipy dctn", large, expected, 2e-6, FLOAT)

versions = dict(
    cv2=cv2.__version__,
    numpy=np.__version__,
    Pillow=PIL.__version__,
    scikit_image=skimage.__version__,
    scipy=scipy.__version__,
    torch=torch.__version__,
    torchvision=torchvision.__version__,
)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "filters.json"), "w") as file:
    file.write(json.dumps(dict(versions=versions, uniformOfSeed0=UNIFORM_OF_SEED_0, cases=cases), indent=1) + "\n")
