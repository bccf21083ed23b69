"""The other side of python.mjs: does the work once for every line on standard input and answers with its milliseconds."""
import sys
import time


def serve(name, work):
    print(name, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        work()
        print((time.perf_counter() - start) * 1000, flush=True)
