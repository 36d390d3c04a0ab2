"""A running average of a network's weights, which is what gets exported."""
import torch


def averaged(checkpoint):
    """The averaged weights of a checkpoint file, on the CPU, wherever it was trained."""
    return torch.load(checkpoint, map_location='cpu')['mean']


class Average:
    """Exponential average of every floating-point entry of a state dictionary."""

    def __init__(self, net, decay):
        self.decay = decay
        self.mean = {k: v.detach().clone() for k, v in net.state_dict().items()}

    @torch.no_grad()
    def update(self, net, step):
        """Follow `net`; faster in the first steps, so that the start is forgotten."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for k, v in net.state_dict().items():
            if v.is_floating_point():
                self.mean[k].lerp_(v.detach(), 1 - decay)
            else:
                self.mean[k].copy_(v)

    def state(self):
        return {k: v.clone() for k, v in self.mean.items()}

    def load(self, state):
        self.mean = {k: v.clone() for k, v in state.items()}
