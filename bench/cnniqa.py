"""CNNIQA's score and gradient with respect to the image in PyTorch: cnniqa.py WEIGHTS THREADS WIDTH HEIGHT."""
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from peer import limit, serve


class CNNIQA(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.fc1, self.fc2, self.fc3 = nn.Conv2d(1, 50, 7), nn.Linear(100, 800), nn.Linear(800, 800), nn.Linear(800, 1)

    def forward(self, image):
        gray = (image * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
        rows, columns = (gray.shape[2] - 1) // 32, (gray.shape[3] - 1) // 32
        x = gray[..., : rows * 32, : columns * 32].unfold(2, 32, 32).unfold(3, 32, 32).reshape(-1, 1, 32, 32)
        local = lambda map: F.avg_pool2d(F.pad(map, (1, 1, 1, 1), mode="replicate"), 3, 1)
        mean = local(x)
        x = (x - mean) / ((F.relu(local(x * x) - mean * mean) + 1e-12).sqrt() + 1)
        h = self.conv1(x)
        h = torch.cat([F.max_pool2d(h, 26), -F.max_pool2d(-h, 26)], 1).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(h))))).mean()


def main():
    path, threads, width, height = sys.argv[1], *map(int, sys.argv[2:])
    limit(threads)
    model = CNNIQA().eval().requires_grad_(False)
    model.load_state_dict(torch.load(path, map_location="cpu"))
    torch.manual_seed(0)
    image = torch.rand(1, 3, height, width, requires_grad=True)

    def work():
        image.grad = None
        model(image).backward()

    serve(f"PyTorch {torch.__version__}", work)


if __name__ == "__main__":
    main()
