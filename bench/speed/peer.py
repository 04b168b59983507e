"""The training steps of step.c in PyTorch: same networks, same objective, same lines.

  peer.py about                                   what PyTorch and which BLAS this is
  peer.py threads seconds [cases [repetitions]]   kind,torch,threads,batch,columns,ms,best,gflops

cases: beginning of a kind, number of a case, or all.
"""
import math
import os
import sys
from time import perf_counter

# PyTorch is to have its best, which it doesn't have by itself: set_num_threads() doesn't reach
# a BLAS with threads of its own; these and PyTorch's would otherwise spin in one another's way;
# OpenBLAS up to 0.3.21 doesn't know that an AMD may have AVX-512; and glibc gives large arrays
# back and gets them anew, page by page, in every step.
if len(sys.argv) > 2:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = sys.argv[1]
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
if os.path.exists("/proc/cpuinfo"):
    with open("/proc/cpuinfo") as file:
        processor = file.read()
    if "AuthenticAMD" in processor and "avx512vl" in processor:
        pass
try:
    import ctypes
    M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
    ctypes.CDLL(None).mallopt(M_MMAP_MAX, 0)
    ctypes.CDLL(None).mallopt(M_TRIM_THRESHOLD, -1)
except (ImportError, OSError, AttributeError):
    pass  # another system's allocator

import torch  # noqa: E402
from torch import nn  # noqa: E402

CASES = [("separable", 64, 20), ("separable", 128, 20), ("separable", 256, 20),
         ("separable", 1024, 20), ("joint", 64, 20), ("joint", 128, 20),
         ("joint", 128, 100), ("joint", 128, 784), ("joint", 256, 20)]
WIDTH, EMBEDDING = 256, 32
NU = 1.0


def network(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, WIDTH), nn.ReLU(inplace=True),
                         nn.Linear(WIDTH, WIDTH), nn.ReLU(inplace=True),
                         nn.Linear(WIDTH, outputs))


class Separable(nn.Module):
    """s(x, y) = <g(x), h(y)> + u(x) + w(y)."""

    def __init__(self, columns):
        super().__init__()
        self.x = network(columns, EMBEDDING + 1)
        self.y = network(columns, EMBEDDING + 1)

    def forward(self, x, y):
        ex, ey = self.x(x), self.y(y)
        return ex[:, :-1] @ ey[:, :-1].T + ex[:, -1:] + ey[:, -1]


class Joint(nn.Module):
    """One network of all pairs (x_i, y_j)."""

    def __init__(self, columns):
        super().__init__()
        self.pair = network(2 * columns, 1)

    def forward(self, x, y):
        n = len(x)
        pairs = torch.cat([x[:, None].expand(n, n, -1), y[None].expand(n, n, -1)], 2)
        return self.pair(pairs.view(n * n, -1)).view(n, n)


def loss_of(scores):
    """InfoNCE-anchor, log score, every sub-set of n - 2 negatives."""
    n = len(scores)
    share = (n - 1) / (n - 1 + NU)
    top = scores.detach().amax(1, keepdim=True).clamp(min=math.log(NU))
    e = torch.exp(scores - top)
    total = e.sum(1, keepdim=True) + torch.exp(math.log(NU) - top)
    # The row's sum without candidate z; without the pair itself it is the anchor's.
    without = top + torch.log((total - e).clamp(min=1e-30))
    anchor, pairs = without.diagonal(), scores.diagonal()
    positive = (without.sum(1) - anchor) / (n - 1) - pairs
    return (share * positive + (1 - share) * (anchor - math.log(NU))).mean()


def operations(kind, batch, columns):
    """As in step.c: of the fewest products that do it, so that rates compare like times."""
    joint = kind == "joint"
    outputs = 1 if joint else EMBEDDING
    first = (2 * columns if joint else columns) * WIDTH
    later = WIDTH * WIDTH + WIDTH * outputs
    if joint:
        return batch * 4 * first + batch**2 * 6 * later
    return 2 * batch * (4 * first + 6 * later) + 6 * batch**2 * outputs


def time_steps(kind, batch, columns, seconds, count):
    torch.manual_seed(1)
    n = 4 * batch + 64
    x, y = torch.rand(n, columns) - 0.5, torch.rand(n, columns) - 0.5
    critic = (Joint if kind == "joint" else Separable)(columns)
    adam = torch.optim.Adam(critic.parameters(), lr=5e-4, betas=(0.9, 0.999))

    def run(steps):
        began = perf_counter()
        for _ in range(steps):
            rows = torch.randint(n, (batch,))
            loss = loss_of(critic(x[rows], y[rows]))
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
        return (perf_counter() - began) / steps

    run(1)  # the very first step allocates
    steps = int(2 + seconds / run(2))
    return sorted(1e3 * run(steps) for _ in range(count))


def about():
    torch.rand(64, 64) @ torch.rand(64, 64)
    name = "unknown BLAS"
    try:
        import ctypes
        with open("/proc/self/maps") as maps:
            files = sorted({line.split()[-1] for line in maps})
        found = [f for f in files if any(b in f.lower() for b in ("openblas", "mkl_rt", "blis"))]
        name = ", ".join(os.path.basename(f) for f in found if ".so" in f) or name
        library = ctypes.CDLL([f for f in found if "libopenblas" in f][0])
        library.openblas_get_corename.restype = ctypes.c_char_p
        name += " (kernels for " + library.openblas_get_corename().decode() + ")"
    except (OSError, IndexError, AttributeError):
        pass
    print(f"PyTorch {torch.__version__}, {name}")


def main():
    if sys.argv[1:] == ["about"]:
        return about()
    threads, seconds = int(sys.argv[1]), float(sys.argv[2])
    wanted = sys.argv[3] if len(sys.argv) > 3 else "all"
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    torch.set_num_threads(threads)
    for number, (kind, batch, columns) in enumerate(CASES, 1):
        if wanted not in ("all", str(number)) and not kind.startswith(wanted):
            continue
        times = time_steps(kind, batch, columns, seconds, count)
        middle = times[count // 2]
        print(f"{kind},torch,{threads},{batch},{columns},{middle:.4f},{times[0]:.4f},"
              f"{operations(kind, batch, columns) / middle / 1e6:.1f}", flush=True)


if __name__ == "__main__":
    main()
