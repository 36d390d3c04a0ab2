"""Muon: momentum whose matrices are made orthogonal, which learns in fewer steps than Adam.

After K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024, with its
five Newton–Schulz steps; everything that is not a hidden layer's kernel is left to Adam.
"""
import torch

STEPS, A, B, C = 5, 3.4445, -4.7750, 2.0315
"""Newton–Schulz: how often, and the polynomial's coefficients."""


def orthogonal(matrix):
    """About the nearest matrix whose singular values are all 1."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(STEPS):
        square = x @ x.T
        x = A * x + (B * square + C * square @ square) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Muon at the rate `lr` for `kernels`, Adam at `lr` × `share` for `others`."""

    def __init__(self, kernels, others, lr, share=.1, momentum=.95, betas=(.9, .99), decay=.01):
        groups = [{'params': kernels, 'kernels': True}, {'params': others, 'kernels': False}]
        super().__init__(groups, {'lr': lr, 'share': share, 'momentum': momentum, 'betas': betas, 'decay': decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group['params']:
                if p.grad is not None:
                    (self.turn if group['kernels'] else self.adapt)(p, group, self.state[p])

    @staticmethod
    def turn(p, group, state):
        momentum = state.setdefault('mean', torch.zeros_like(p))
        momentum.lerp_(p.grad, 1 - group['momentum'])
        way = orthogonal(p.grad.lerp(momentum, group['momentum']).flatten(1))
        p.mul_(1 - group['lr'] * group['decay'])
        p.add_(way.reshape(p.shape), alpha=-group['lr'] * max(1, way.shape[0] / way.shape[1]) ** .5)

    @staticmethod
    def adapt(p, group, state):
        state['step'] = state.get('step', 0) + 1
        for name, value, beta in (('mean', p.grad, group['betas'][0]), ('square', p.grad ** 2, group['betas'][1])):
            state.setdefault(name, torch.zeros_like(p)).lerp_(value, 1 - beta)
        mean, square = (state[n] / (1 - b ** state['step']) for n, b in zip(('mean', 'square'), group['betas']))
        p.addcdiv_(mean, square.sqrt() + 1e-8, value=-group['lr'] * group['share'])
