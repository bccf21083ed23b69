"""The other side of python.mjs: does the work once for every line on standard input and answers with its milliseconds."""
import ctypes
import sys
import time

import torch


def limit(threads):
    """Keeps PyTorch to so many threads: its BLAS, which some convolutions go to, takes all cores unless it is told itself."""
    torch.set_num_threads(threads)
    blas = ctypes.CDLL("libblas.so.3")
    if hasattr(blas, "openblas_set_num_threads"):
        blas.openblas_set_num_threads(threads)


def serve(name, work):
    print(name, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        work()
        print((time.perf_counter() - start) * 1000, flush=True)
