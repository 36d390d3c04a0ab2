"""A pool of drawn pictures with their targets, renewed by a worker process while a network learns from it.

Pictures cost more to draw than to learn from, so each is used several times. Renewal takes the
place of used-up or easy pictures first: hard ones stay longer.
"""
import multiprocessing

import numpy as np

KEPT, FRESH, FIRST, USES = 1600, 3, 200, 16
"""Pictures in a full pool, the most renewed a step, how many to begin with, and the most uses of one."""


def feed(make, seed, queue):
    """Draws pictures for ever."""
    rng = np.random.default_rng(seed)
    while True:
        queue.put(make(rng))


class Pool:
    """`make(rng)` gives a picture, or what a network's trunk makes of it, and its targets, in a process of its own."""

    def __init__(self, make, seed):
        context = multiprocessing.get_context('fork')
        self.queue = context.Queue(6 * FRESH)
        context.Process(target=feed, args=(make, seed, self.queue), daemon=True).start()
        self.pictures = [self.queue.get() for _ in range(FIRST)]
        self.uses, self.hardness, self.drawn = [0] * FIRST, [np.inf] * FIRST, FIRST

    def renew(self, rng):
        """Takes what the worker has ready."""
        for _ in range(FRESH):
            if self.queue.empty():
                return
            picture, self.drawn = self.queue.get(), self.drawn + 1
            if len(self.pictures) < KEPT:
                self.pictures.append(picture), self.uses.append(0), self.hardness.append(np.inf)
                continue
            some = rng.integers(0, KEPT, 3)
            place = min(some, key=lambda i: (self.uses[i] < USES, self.hardness[i]))
            self.pictures[place], self.uses[place], self.hardness[place] = picture, 0, np.inf

    def batch(self, rng, count):
        """(pictures, targets, their places)."""
        self.renew(rng)
        places = rng.choice(len(self.pictures), count, replace=False)
        return *(np.stack([self.pictures[i][k] for i in places]) for k in (0, 1)), places

    def note(self, places, hardness):
        """Keeps how hard each picture of a batch was."""
        for i, h in zip(places, hardness):
            self.uses[i], self.hardness[i] = self.uses[i] + 1, h
