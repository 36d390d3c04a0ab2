"""Attention as the graphs hold it: diffusers' own weights, and the product of them as one node where asked.

The fused node is ONNX Runtime's MultiHeadAttention: it never holds the whole matrix of scores, which at 64×64
latents would be a gigabyte in float32 for one layer. The standard form is MatMul, Softmax and MatMul, for runtimes without it.
"""

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention


class FusedAttention(torch.autograd.Function):
    """Attention of [batch, tokens, heads·width] arrays, traced as com.microsoft::MultiHeadAttention."""

    @staticmethod
    def forward(context, query, key, value, heads):
        return standard_attention(query, key, value, heads)

    @staticmethod
    def symbolic(graph, query, key, value, heads):
        output = graph.op("com.microsoft::MultiHeadAttention", query, key, value, num_heads_i=heads)
        return output.setType(query.type())


def standard_attention(query, key, value, heads):
    def split(x):
        return x.view(x.shape[0], -1, heads, x.shape[-1] // heads).transpose(1, 2)

    mixed = scaled_dot_product_attention(split(query), split(key), split(value))
    return mixed.transpose(1, 2).reshape(query.shape)


class Processor(nn.Module):
    """Takes the place of diffusers' attention processors, those of image adapters included.

    With an image adapter, `encoder_hidden_states` is (text, image tokens, scale), and the attention to the image
    tokens is added to that to the text.
    """

    def __init__(self, fused, adapter=None):
        super().__init__()
        self.attend = FusedAttention.apply if fused else standard_attention
        if adapter is not None:
            self.to_k_ip, self.to_v_ip = adapter.to_k_ip, adapter.to_v_ip

    def __call__(self, attention, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None):
        residual, shape = hidden_states, hidden_states.shape
        if len(shape) == 4:
            hidden_states = hidden_states.flatten(2).transpose(1, 2)
        if attention.group_norm is not None:
            hidden_states = attention.group_norm(hidden_states.transpose(1, 2)).transpose(1, 2)
        image_tokens = None
        if encoder_hidden_states is None:
            encoder_hidden_states = hidden_states
        elif isinstance(encoder_hidden_states, tuple):
            encoder_hidden_states, image_tokens, scale = encoder_hidden_states
        query = attention.to_q(hidden_states)
        key, value = attention.to_k(encoder_hidden_states), attention.to_v(encoder_hidden_states)
        hidden_states = self.attend(query, key, value, attention.heads)
        if image_tokens is not None:
            key, value = self.to_k_ip[0](image_tokens), self.to_v_ip[0](image_tokens)
            hidden_states = hidden_states + scale * self.attend(query, key, value, attention.heads)
        hidden_states = attention.to_out[0](hidden_states)
        if len(shape) == 4:
            hidden_states = hidden_states.transpose(1, 2).reshape(shape)
        if attention.residual_connection:
            hidden_states = hidden_states + residual
        return hidden_states / attention.rescale_output_factor


def replace_processors(model, fused):
    """Gives every attention of a diffusers model the processor that the graph is traced with."""
    for module in model.modules():
        if hasattr(module, "set_processor") and hasattr(module, "to_q"):
            adapter = module.processor if hasattr(module.processor, "to_k_ip") else None
            module.set_processor(Processor(fused, adapter))
