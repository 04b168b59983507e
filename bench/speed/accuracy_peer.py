"""Estimates along a training in PyTorch, with the literature's settings, for accuracy.R.

  accuracy_peer.py threads steps file columns rows
    ->  step,seconds,estimate

file: rows of x and y side by side, single precision; rows: how many of them train, choose and
are held out, "6000,2000,2000". seconds: of the steps since the line before, without the looks;
estimate: mean score of the held-out pairs by the state so far that the choosing rows like best.
"""
import math
import sys
from time import perf_counter

import peer  # first: it sets PyTorch up
import torch

BATCH, LEARN_RATE, LOOK_EVERY = 64, 5e-4, 100


def main():
    peer.with_known_kernels()
    threads, steps, file, columns, rows = sys.argv[1:]
    columns, rows = int(columns), [int(r) for r in rows.split(",")]
    torch.set_num_threads(int(threads))
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    size = sum(rows) * 2 * columns
    data = torch.from_file(file, size=size, dtype=torch.float32).view(-1, 2 * columns).clone()
    train, choose, held = (part.tensor_split([columns], 1) for part in data.split(rows))
    x, y = (block.contiguous() for block in train)
    critic = peer.Separable(columns)
    adam = torch.optim.Adam(critic.parameters(), lr=LEARN_RATE)

    def step():
        rows_of_batch = torch.randint(len(x), (BATCH,))
        loss = peer.loss_of(critic(x[rows_of_batch], y[rows_of_batch]))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()

    def choosing_loss():
        """In blocks of about a batch, as a loss depends on its number of candidates."""
        blocks = zip(*(block.tensor_split(len(block) // BATCH) for block in choose))
        return sum(len(a) * peer.loss_of(critic(a, b)).item() for a, b in blocks) / rows[1]

    def held_out():
        """All pairs in blocks, of which the diagonals are wanted."""
        blocks = zip(*(block.split(500) for block in held))
        return sum(critic(a, b).diagonal().sum().item() for a, b in blocks) / rows[2]

    best, estimate = math.inf, 0.0
    print("step,seconds,estimate")
    for look in range(LOOK_EVERY, int(steps) + 1, LOOK_EVERY):
        began = perf_counter()
        for _ in range(LOOK_EVERY):
            step()
        seconds = perf_counter() - began
        with torch.no_grad():
            loss = choosing_loss()
            if loss < best:
                best, estimate = loss, held_out()
        print(f"{look},{seconds:.5f},{estimate:.5f}", flush=True)


if __name__ == "__main__":
    main()
