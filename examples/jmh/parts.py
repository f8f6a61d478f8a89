#!/usr/bin/env python3
"""What examples/jmh.sh measures, in PyTorch: microseconds an operation. parts.py [threads] [seconds an item]; part of a name as third argument limits it."""
import sys
import time

import torch
import torch.nn.functional as F

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
only = sys.argv[3] if len(sys.argv) > 3 else ""
torch.set_num_threads(threads)
torch.manual_seed(1)
MANY = 8


def measure(name, work, operations=1):
    if only not in name:
        return
    best = []
    for phase in range(6):                      # the first warms up
        n, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds / 5:
            work()
            n += 1
        best.append((time.perf_counter() - begin) / (n * operations) * 1e6)
    print(f"{name:58s} {sorted(best[1:])[2]:12.3f}", flush=True)


def each(f, xs):
    return lambda: [f(x) for x in xs]


print(f"torch {torch.__version__}, {threads} threads, microseconds an operation")
with torch.no_grad():
    for m, k, n in ((64, 784, 128), (256, 784, 512), (32, 512, 512), (1024,) * 3, (2048,) * 3):
        a, b = [torch.randn(m, k) for _ in range(MANY)], torch.randn(k, n)
        at, bt = [torch.randn(k, m) for _ in range(MANY)], torch.randn(n, k)
        size = f"{m}x{k}x{n}"
        measure(f"Products.plain {size}", each(lambda x: x @ b, a), MANY)
        measure(f"Products.rightTransposed {size}", each(lambda x: x @ bt.t(), a), MANY)
        measure(f"Products.leftTransposed {size}", each(lambda x: x.t() @ b, at), MANY)
    for n, d in ((64, 1000), (4096, 512)):
        xs, norm = [torch.randn(n, d) for _ in range(MANY)], torch.nn.LayerNorm(d)
        for name, f in (("softmax", lambda x: x.softmax(1)), ("layerNorm", norm), ("gelu", F.gelu), ("sums", lambda x: x.sum(1))):
            measure(f"Rows.{name} {n}x{d}", each(f, xs), MANY)
for n in (65536, 1048576):
    p = torch.nn.Parameter(torch.randn(n))
    p.grad = torch.randn(n)
    measure(f"Updates.adam {n}", torch.optim.Adam([p], 1e-3, fused=True).step)
for n, c, side, k, stride, padding in ((64, 1, 28, 32, 1, 0), (64, 32, 26, 64, 1, 0), (32, 64, 32, 64, 1, 1), (32, 128, 16, 256, 2, 1)):
    for layout, of in (("", torch.contiguous_format), (" channels_last", torch.channels_last)):
        conv = torch.nn.Conv2d(c, k, 3, stride, padding).to(memory_format=of)
        x = torch.randn(n, c, side, side).contiguous(memory_format=of).requires_grad_()
        g = torch.randn_like(conv(x).detach())
        shape = f"{n}x{c}x{side}x{k}x{stride}x{padding}{layout}"

        def both():
            conv.zero_grad()
            x.grad = None
            conv(x).backward(g)

        with torch.no_grad():
            measure(f"Convolutions.forward {shape}", lambda: conv(x))
        measure(f"Convolutions.forwardAndBackward {shape}", both)
for layers in (2, 20):
    net = torch.nn.Sequential(*[m for _ in range(layers) for m in (torch.nn.Linear(4, 4), torch.nn.ReLU())])
    opt = torch.optim.Adam(net.parameters(), 1e-3, fused=True)
    x, y = torch.randn(1, 4), torch.tensor([1])

    def step():
        opt.zero_grad()
        F.cross_entropy(net(x), y).backward()
        opt.step()

    measure(f"Describing.step {layers}", step)
