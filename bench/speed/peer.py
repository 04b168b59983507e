"""The training steps of step.c in PyTorch: same networks, same objective, same lines.

  peer.py threads seconds [cases [times]]
    ->  kind,torch,threads,batch,columns,median_ms,best_ms,gflops
  peer.py about
    ->  a line that says what PyTorch and which BLAS this is

cases: beginning of a kind, number of a case, or all.
"""
import ctypes
import math
import os
import sys
from time import perf_counter

# PyTorch is to be as fast as it can be, which takes more than set_num_threads(): that doesn't
# reach a BLAS with threads of its own, which would also spin in the way of PyTorch's; a BLAS
# does best with the kernels that it chooses itself, unless it doesn't know the processor
# (see with_known_kernels()); and glibc gives large arrays back and gets them anew, page by page,
# in every step.
if len(sys.argv) > 2:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = sys.argv[1]
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
AGAIN = "PEER_RUNS_AGAIN"
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    if AGAIN not in os.environ:
        os.environ.pop(name, None)
try:
    M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
    ctypes.CDLL(None).mallopt(M_MMAP_MAX, 0)
    ctypes.CDLL(None).mallopt(M_TRIM_THRESHOLD, -1)
except (OSError, AttributeError, TypeError):
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


def with_known_kernels():
    """OpenBLAS takes a processor that is newer than itself for one of 2004 (Prescott). Then
    the program starts again, with kernels for what the processor says that it can do."""
    torch.rand(64, 64) @ torch.rand(64, 64)  # loads what is loaded late
    try:
        with open("/proc/cpuinfo") as about:
            can = next((line.split() for line in about if line.startswith("flags")), [])
    except OSError:
        return
    better = "SkylakeX" if "avx512bw" in can else "Haswell" if "avx2" in can else None
    if AGAIN not in os.environ and better and blas().endswith("Prescott"):
        os.environ.update({AGAIN: "1", "OPENBLAS_CORETYPE": better,
                           "PYTHONDONTWRITEBYTECODE": "1"})
        os.execv(sys.executable, [sys.executable] + sys.argv)


def blas():
    """File and, of OpenBLAS, processor of the BLAS that is loaded, as far as it can be known."""
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps if ".so" in line}
        found = sorted(f for f in files if os.path.basename(f).startswith(
            ("libopenblas", "libmkl_rt", "libblis", "libblas")))
        name = ", ".join(os.path.basename(os.path.realpath(f)) for f in found)
        core = ctypes.CDLL([f for f in found if "libopenblas" in f][0]).openblas_get_corename
        core.restype = ctypes.c_char_p
        return f"{name} with its kernels for {core().decode()}"
    except (OSError, IndexError, AttributeError):
        built = [s for s in torch.__config__.show().split() if s.startswith("BLAS_INFO")]
        return " ".join(built).rstrip(",") or "an unknown BLAS"


def about():
    capability = [line.split(": ")[1] for line in torch.__config__.show().splitlines()
                  if "CPU capability" in line]
    print(f"PyTorch {torch.__version__} ({''.join(capability)}), {blas()}")


def main():
    with_known_kernels()
    if sys.argv[1:] == ["about"]:
        return about()
    threads, seconds = int(sys.argv[1]), float(sys.argv[2])
    wanted = sys.argv[3] if len(sys.argv) > 3 else "all"
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)  # as the core does: they would slow down later steps
    for number, (kind, batch, columns) in enumerate(CASES, 1):
        if wanted not in ("all", str(number)) and not kind.startswith(wanted):
            continue
        times = time_steps(kind, batch, columns, seconds, count)
        middle = times[count // 2]
        print(f"{kind},torch,{threads},{batch},{columns},{middle:.4f},{times[0]:.4f},"
              f"{operations(kind, batch, columns) / middle / 1e6:.1f}", flush=True)


if __name__ == "__main__":
    main()
