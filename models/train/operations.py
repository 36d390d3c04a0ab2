"""Fixed operations on pictures [n, c, h, w] in 0..1 that a graph can hold; h and w are multiples of 16.

Wide means are taken at a smaller size, which keeps each of them under a millisecond or two.
"""
import torch
from torch.nn import functional as F


def colour(numbers, like):
    """Three numbers as a picture of one pixel, on the device of `like`."""
    return torch.tensor(numbers, dtype=torch.float32, device=like.device).view(1, 3, 1, 1)


def luma(x):
    """How bright a picture is, [n, 1, h, w]."""
    red, green, blue = x.split(1, 1)
    return .299 * red + .587 * green + .114 * blue


def chroma(x):
    """The greatest of a pixel's three colours less the least."""
    return x.amax(1, keepdim=True) - x.amin(1, keepdim=True)


def mix(a, b, share):
    return a + share * (b - a)


def saturated(x, factor):
    """Colours farther from grey."""
    return mix(luma(x), x, factor)


def ramp(low, high, x):
    """0 up to `low`, 1 from `high` on, straight in between."""
    return (x * (1 / (high - low)) - low / (high - low)).clamp(0, 1)


def rooted(x):
    """The square root, which has a slope at 0 too."""
    return (x.clamp(min=0) + 1e-5).sqrt()


def stepped(x, steps, width):
    """Values drawn to the middles of `steps` equal ranges, over soft edges of `width` ranges."""
    t = x * steps - .5
    low = torch.floor(t)
    return (low + .5 + ((t - low - .5) * (1 / width) + .5).clamp(0, 1)) * (1 / steps)


def relit(x, light):
    """Colours as bright as `light`."""
    return x * (light / luma(x).clamp(min=.04))


def box(x, side):
    """The mean of the square of `side` pixels, an odd number, around every pixel."""
    return F.avg_pool2d(x, side, 1, side // 2, count_include_pad=False)


def enlarged(x, factor):
    return F.interpolate(x, scale_factor=factor, mode='bilinear', align_corners=False)


def repeated(x, factor):
    return F.interpolate(x, scale_factor=factor, mode='nearest')


def blurred(x, scale, side=3):
    """Blurred by about a Gaussian of `scale` pixels, 1, 2, 4, 8 or 16; by more with a larger `side`."""
    return enlarged(box(F.avg_pool2d(x, scale), side), scale) if scale > 1 else box(x, side)


def around(x, weight, scale, side=3):
    """The mean of what lies where `weight` is, near and far, at 1 / `scale` of the size."""
    small = F.avg_pool2d(torch.cat([x * weight, weight], 1), scale)
    small = box(box(small, side), side)
    return small[:, :3] / (small[:, 3:] + 1e-3)


def flattened(x, reach, contrast):
    """Even colours within edges: what varies less than `contrast` is smoothed over about `reach` pixels.

    A guided filter of every channel, guided by itself, its statistics taken at a quarter of the
    size (K. He and J. Sun, "Fast guided filter", 2015).
    """
    small, side = F.avg_pool2d(x, 4), reach // 8 * 2 + 1
    mean = box(small, side)
    spread = (box(small * small, side) - mean * mean).clamp(min=0)
    slope = spread / (spread + contrast ** 2)
    slope, level = (enlarged(box(part, side), 4) for part in (slope, mean - slope * mean))
    return slope * x + level


def crisp(x):
    """Soft edges made steep: away from their surroundings, but no farther than what lies beside."""
    low, high = -F.max_pool2d(-x, 5, 1, 2), F.max_pool2d(x, 5, 1, 2)
    return torch.minimum(torch.maximum(x + 1.5 * (x - blurred(x, 2)), low), high)


def lines(light, scale, threshold):
    """0..1 where it is darker than around by more than `threshold`: lines.

    A difference of Gaussians with a soft threshold (H. Winnemöller, "XDoG: advanced image
    stylization with extended difference-of-Gaussians", 2011).
    """
    return ramp(threshold, 2 * threshold, blurred(light, 2 * scale) - blurred(light, scale))


def shifted(x, right, down):
    """Moved by whole pixels; the border is repeated."""
    padded = F.pad(x, (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0)), mode='replicate')
    top, left = max(-down, 0), max(-right, 0)
    return padded[..., top:top + x.shape[2], left:left + x.shape[3]]


def slopes(height):
    """How much a height rises from pixel to pixel, to the right and down."""
    return .5 * (shifted(height, -1, 0) - shifted(height, 1, 0)), .5 * (shifted(height, 0, -1) - shifted(height, 0, 1))


def normals(height, side):
    """Which way a height's surface faces, to the right, down and towards the viewer; `side` is a pixel's."""
    right, down = (part * (-1 / side) for part in slopes(height))
    towards = (right * right + down * down + 1) ** -.5
    return right * towards, down * towards, towards


def dot(normal, direction):
    return normal[0] * direction[0] + normal[1] * direction[1] + normal[2] * direction[2]


def diffuse(normal, light, wrap):
    """How much light a surface takes up, 0 to 1; `wrap` is how far the light reaches around."""
    return (dot(normal, [part / (1 + wrap) for part in light]) + wrap / (1 + wrap)).clamp(min=0)


def specular(normal, light, gloss):
    """How much of a light is mirrored to the viewer, 0 to 1; the more `gloss`, the smaller the highlight.

    J. F. Blinn, "Models of light reflection for computer synthesized pictures", 1977.
    """
    half = light[0], light[1], light[2] + 1
    length = sum(part * part for part in half) ** .5
    return dot(normal, [part / length for part in half]).clamp(min=1e-4) ** gloss


def places(x):
    """How many pixels every pixel is from the left, [1, 1, 1, w], and from the top, [1, 1, h, 1]."""
    return torch.ones_like(x[:1, :1, :1]).cumsum(3) - .5, torch.ones_like(x[:1, :1, :, :1]).cumsum(2) - .5


def tiled(tile, like):
    """A small picture, [1, 1, side, side], again and again, as large as `like`."""
    side = tile.shape[2]
    return F.conv_transpose2d(torch.ones_like(F.avg_pool2d(like[:, :1], side)), tile, stride=side)
