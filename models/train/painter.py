"""Six styles, painted with fixed operations from a picture and from what is where in it.

They follow facekit's classic engine, src/style/classic, with simpler means. Lengths are in pixels
and made for faces about UNIT pixels wide.
"""
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from operations import (around, blurred, box, chroma, colour, crisp, diffuse, enlarged, flattened, lines, luma, mix, normals, places,
                        ramp, relit, repeated, rooted, saturated, shifted, slopes, specular, stepped, tiled)
from parts import PARTS
from styles import PATTERN

UNIT, NECK, SHOULDERS = 140, 4, 6
"""The width of a face in pixels; how far below its chin and how far beside it a body surely is, in squares of 16×16."""

KEY, FILL, LAMP = (-.45, -.6, .66), (.75, -.1, .65), (-.68, -.62, .39)
"""Where light comes from: to the right, down, towards the viewer. KEY shapes, FILL is the other side's, a toy mirrors LAMP."""

INK, WHITE = (.1, .07, .06), (.98, .98, .97)
SKY = (.78, .94, .97), (.58, .87, .91)
CELL, FACET, BITS = 4, 16, 31
"""Sides of the cells of Pixels and of the squares of two facets of Video game; the console's levels."""


def paint(x, parts):
    """A picture [n, 3, h, w] in 0..1 in the six STYLES, a list; `parts`, [n, 8, h / 2, w / 2], is how much of a place is each of PARTS."""
    scene = Scene(x, parts)
    behind, glints = scene.behind(), scene.glints()
    painted = (render(scene, behind), emoji(scene, glints), video_game(scene), pixels(scene), clay(scene), toy(scene, behind, glints))
    return [picture.clamp(0, 1) for picture in painted]


def halves(side, device):
    """The two triangles of a square, [2, 1, side, side]; the diagonal belongs to cells."""
    y, x = torch.meshgrid(*[torch.arange(side, device=device)] * 2, indexing='ij')
    upper = (x + y < side - 1).float()
    return torch.stack([upper, 1 - upper])[:, None]


@dataclass
class Relief:
    """Heights in pixels, [n, 1, h / 4, w / 4]."""
    body: torch.Tensor
    """Round towards the outline of a person."""
    head: torch.Tensor
    """Half an egg for every face."""
    features: torch.Tensor
    """Nose, eyes and lips."""
    folds: torch.Tensor
    """How much brighter it is than around, −1..1."""


class Scene:
    """A picture in 0..1, what is where in it, and what several styles need of both."""

    def __init__(self, x, parts):
        parts = sure(parts)
        self.x, self.parts = x, dict(zip(PARTS, parts.split(1, 1)))
        self.drawn = parts[:, 2:7].sum(1, keepdim=True).clamp(max=1)
        self.person, self.eyes, self.irises, self.mouth = (enlarged(self.parts[n], 2) for n in ('person', 'eyes', 'irises', 'mouth'))
        self.fine = flattened(x, 8, .05)
        self.details = (1.6 * blurred(self.drawn + .5 * self.parts['nose'], 2)).clamp(max=1)
        self.even = mix(crisp(flattened(self.fine, 16, .1)), self.fine, .85 * enlarged(self.details, 2))
        self.figure = ramp(.15, .55, self.person)
        self.relief = self.heights()
        self.colourful = (16 * chroma(F.avg_pool2d(x, 4)).mean((2, 3), keepdim=True)).clamp(max=1)

    def heights(self):
        light = luma(F.avg_pool2d(self.x, 4))
        person, face, eyes, lips, nose = (F.avg_pool2d(self.parts[n], 2) for n in ('person', 'face', 'eyes', 'lips', 'nose'))
        rest = 1 - ramp(.5, 1, blurred(person, 4, 5))
        head = enlarged(box(box(F.avg_pool2d(face, 4), 5), 5), 4)
        features = .1 * blurred(shifted(nose, 0, -2), 2) - .05 * blurred(eyes, 2) + .035 * blurred(lips, 2)
        return Relief(.4 * UNIT * blurred(rooted(1 - rest * rest), 2), .6 * UNIT * head, UNIT * features, box(light, 3) - blurred(light, 4))

    def behind(self):
        """What is behind the people, out of focus, at a sixteenth of the size."""
        return around(F.avg_pool2d(self.x, 2), 1.1 - ramp(0, .3, blurred(self.parts['person'], 2)), 8)

    def glints(self):
        """A spot above and to the left of the middle of every iris."""
        near = blurred(self.parts['irises'], 2)
        peak = near / F.max_pool2d(near, 5, 1, 2).clamp(min=.15)
        return ramp(.95, .99, enlarged(shifted(peak, -1, -1), 2)) * ramp(.2, .5, self.irises)


def sure(parts):
    """Parts without faces too small to be any, and people without holes; where no face is found all of a picture is in front."""
    person, face = parts[:, :1], parts[:, 1:2]
    parts = parts[:, 1:] * enlarged(ramp(.35, .6, box(box(F.avg_pool2d(face, 8), 3), 3)), 8)
    known = ramp(.3, .7, parts[:, :1].amax((2, 3), keepdim=True))
    return torch.cat([mix(1, closed(torch.maximum(person, below(parts[:, :1]))), known), parts], 1)


def below(face):
    """The body that stands below a face, wherever nothing else is known of it: it begins NECK under the chin and grows to SHOULDERS."""
    small = F.avg_pool2d(face, 8)
    chin = shifted((small - shifted(small, 0, -1)).clamp(min=0), 0, NECK)
    wide = F.avg_pool2d(chin, (1, 2 * SHOULDERS + 1), 1, (0, SHOULDERS)) * (2 * SHOULDERS + 1)
    return enlarged(ramp(1.5, 2.5, wide.cumsum(2)), 8)


def closed(person):
    """Without small holes and small islands."""
    near = ramp(.2, .7, blurred(person, 8)) - 1 + ramp(.1, .25, blurred(person, 8, 5))
    return ramp(.2, .8, .5 * (person + near))


def shade(normal, ambient, key, wrap, fill):
    """The light that a surface takes up, against one that faces the viewer."""
    level = ambient + key * (KEY[2] + wrap) / (1 + wrap) + fill * (FILL[2] + .3) / 1.3
    return ambient / level + key / level * diffuse(normal, KEY, wrap) + fill / level * diffuse(normal, FILL, .3)


def render(s, behind):
    """3D: soft warm light on smooth skin, the background out of focus."""
    normal = normals(s.relief.body + s.relief.head + 1.4 * s.relief.features + .15 * UNIT * s.relief.folds, 4)
    light, gloss = shade(normal, .34, .72, .35, .2) ** 1.5, .2 * specular(normal, KEY, 24)
    rim = .4 * ramp(.6, .9, 1 - normal[2]) * ramp(-.05, .45, .6 * normal[0].abs() - normal[1])
    light, gloss, rim = enlarged(torch.cat([light, gloss, rim], 1), 4).split(1, 1)
    base = s.even.clamp(min=0) ** 2
    y = saturated(rooted(base * (light + .6 * gloss + rim) + (.1 * gloss + .04 * rim)), 1.15) * colour((1.03, 1., .96), base)
    y = y + .3 * y * (1 - y) * (2 * y - 1)
    return mix(enlarged(saturated(behind, 1.1), 16), y, s.figure)


def emoji(s, glints):
    """Flat colours within bold lines, before a pale sky."""
    y, light = cartoon(s)
    y, light = enlarged(y, 2), enlarged(light, 2)
    mouth, eyes, irises = blurred(s.mouth, 1), blurred(s.eyes, 2), blurred(s.irises, 2)
    ink = torch.maximum(ramp(.15, .4, mouth), ramp(.15, .35, torch.maximum(eyes, shifted(eyes, 0, -1))))
    white = torch.maximum(ramp(.55, .85, mouth) * ramp(.3, .45, blurred(light, 4)), ramp(.45, .65, eyes))
    y = mix(mix(y, colour(INK, y), ink), colour(WHITE, y), white)
    iris = around(F.avg_pool2d(s.x, 2), s.parts['irises'] + 1e-3, 4)
    y = mix(y, enlarged(relit(saturated(iris, 1.6), .4), 8), ramp(.25, .45, s.irises))
    y = mix(mix(y, colour(INK, y), ramp(.55, .7, irises)), 1., glints)
    body = blurred(s.person, 4, 5)
    sky = mix(*(colour(numbers, y) for numbers in SKY), places(y)[1] / y.shape[2])
    y = mix(mix(.92 * luma(sky), sky, s.colourful), y, ramp(.47, .53, body))
    return mix(y, colour(INK, y), (3.7 - 15 * (body - .5).abs()).clamp(0, 1))


def cartoon(s):
    """Flat colours of people without eyes, and how bright they were, at half the size."""
    x, figure = F.avg_pool2d(s.even, 2), s.parts['person']
    lightest = F.avg_pool2d(luma(x) * figure, 8).amax((2, 3), keepdim=True)
    x = x * (.95 / lightest.clamp(min=.1)).clamp(1, 1.3)
    x = box(x + .04 + .4 * (x - .5) * x * (1 - x), 3)
    light, face, rim = luma(x), ramp(.35, .65, box(s.parts['face'], 3)), blurred(s.parts['face'], 2)
    skin = enlarged(around(x, s.parts['face'] * (1 - s.drawn) * light * light, 8, 9), 8)
    darker = luma(skin) - light
    alike = 1 - ramp(.45, .7, (x - skin).abs().sum(1, keepdim=True) / (luma(skin) + .1))
    alike = torch.maximum(alike, .7 * face * (1 - ramp(.1, .2, darker)))
    skin = saturated(skin, 1.05)
    shadow = (stepped(3 * darker + .45, 3, .12) / 3 - .15).clamp(-.1, .2)
    y = mix(saturated(relit(x, stepped(light, 5, .12)), 1.2), skin - .5 * shadow, alike)
    blush = .5 * ramp(.25, .5, blurred(shifted(s.parts['eyes'], 0, 14), 2)) * face * (1 - s.drawn)
    y = mix(y, skin * mix(1, colour((1.08, .82, .82), y), s.colourful), blush)
    y = mix(y, .78 * skin, ramp(.3, .6, s.parts['nose']))
    falls = shifted(rim, 0, 1) - shifted(rim, 0, -1)
    chin = .85 * (2 - 10 * (rim - .5).abs()).clamp(0, 1) * ramp(.1, .28, falls) * ramp(.3, .7, figure)
    y = mix(y, colour(INK, y), torch.maximum(chin, .9 * lines(light, 1, .035) * (1 - face)))
    y = mix(y, torch.minimum(.75 * x, .62 * skin), ramp(.25, .55, s.parts['brows']))
    red = mix(.7 * luma(skin), colour((.78, .36, .36), y), s.colourful)
    lips = enlarged(around(x, s.parts['lips'], 4), 4)
    return mix(y, .5 * (red + lips), ramp(.35, .65, s.parts['lips'])), light


def video_game(s):
    """Large facets, lit from the upper left, texture where it matters, 15 bits with dither."""
    small, side = F.avg_pool2d(s.x, 2), FACET // 2
    triangles = halves(side, small.device)
    both = triangles.repeat(3, 1, 1, 1)
    base = F.conv_transpose2d(F.conv2d(small, both / both.sum((2, 3), keepdim=True), stride=side, groups=3), both, stride=side, groups=3)
    right, down = slopes(luma(F.avg_pool2d(small, side)))
    light = repeated((right + 1.2 * down).clamp(-.15, .15), side) + tiled(.035 * (triangles[:1] - triangles[1:]), small)
    apart = ramp(.1, .3, rooted(((small - base) ** 2).sum(1, keepdim=True)))
    seen = torch.maximum(apart, .15 + .7 * s.drawn)
    y = mix(base, small, seen) * (1 + light)
    y = saturated(y + .5 * (y - .5) * y * (1 - y), 1.25)
    return repeated(stepped(y + tiled(torch.tensor(PATTERN, dtype=torch.float32, device=y.device)[None, None] / 255, y), BITS, .1), 2)


def pixels(s):
    """Square cells of few levels, even where they hardly differ and sharp where they do."""
    small = F.avg_pool2d(s.x, CELL)
    even, features = box(small, 3), F.avg_pool2d(s.drawn, CELL // 2)
    apart = ramp(.02, .08, (small - even).abs().amax(1, keepdim=True))
    y = saturated(even + 1.4 * (apart + .7 * features) * (small - even), 1.2)
    y = y.clamp(0, 1)
    return repeated(relit(y, stepped(luma(y), 12, .2)), CELL)


def clay(s):
    """Matt and earthy, dented by thumbs, lit from the upper left."""
    even = relit(s.even, mix(stepped(luma(s.even), 6, .25), luma(s.even), .5 + .4 * enlarged(s.details, 2)))
    even = mix(blurred(even, 8), even, .3 + .7 * s.figure)
    light, outside = luma(F.avg_pool2d(s.fine, 2)), 1 - blurred(s.parts['face'], 2)
    surface = enlarged(s.relief.body + s.relief.head + s.relief.features, 2) + (.3 + .7 * outside) * thumbs(light)
    surface = surface + .4 * UNIT * (.6 + .4 * outside) * (box(light, 3) - blurred(light, 8))
    hollow = ((blurred(surface, 4) - surface) * (1 / (.03 * UNIT))).clamp(-.5, 1)
    shaded = 1.08 * shade(normals(surface, 2), .28, .8, .2, .2) * (1 - .4 * hollow)
    earthy = mix(saturated(even, 1.05), colour((.58, .48, .4), even), .17)
    return rooted(earthy.clamp(min=0) ** 2 * enlarged(shaded, 2)) * colour((1.02, 1., .96), even)


def thumbs(like):
    """Heights of dents and, here and there, of fingerprints, at half the size."""
    x, y = (2 * part for part in places(like))
    dents = torch.sin(.13 * x + 1.7 * torch.sin(.05 * y)) * torch.sin(.11 * y + 1.9 * torch.sin(.06 * x))
    prints = torch.sin(1.1 * x + .66 * y + 9.9 * torch.sin(.045 * y))
    return .5 * dents + .15 * prints * ramp(.35, .8, torch.sin(.047 * x + 2) * torch.sin(.039 * y + 1))


def toy(s, behind, glints):
    """Shiny plastic of few, pure colours, in a pale studio."""
    x = relit(s.even, mix(luma(s.even), stepped(luma(s.even), 5, .25), .5))
    small = F.avg_pool2d(s.even, 4)
    purity = chroma(small) / small.amax(1, keepdim=True).clamp(min=.05)
    x = saturated(x, enlarged(1 + .7 * (1 - purity) ** 2, 4))
    x = (x + .35 * x * (1 - x) * x).clamp(min=0)
    coat = normals(s.relief.body + .6 * s.relief.head, 4)
    light = shade(normals(s.relief.body + s.relief.head + s.relief.features + .1 * UNIT * s.relief.folds, 4), .5, .55, .3, .15)
    face = F.avg_pool2d(blurred(s.parts['face'], 4), 2)
    gloss = (.1 + .15 * face) * ramp(.36, .54, specular(coat, LAMP, 70)) + .02 * specular(coat, FILL, 30)
    gloss = gloss + .1 * (1 - face) * ramp(.03, .12, s.relief.folds)
    edge = (1 - coat[2]) ** 3
    light, shine = enlarged(torch.cat([light * (1 - .3 * edge), gloss + .06 * edge], 1), 4).split(1, 1)
    y = mix(rooted(x * x * light + shine), 1., .9 * glints)
    return mix(studio(s, behind), y, s.figure)


def studio(s, behind):
    """A pale wall with a glimpse of what is behind the people."""
    mean = behind.mean((2, 3), keepdim=True)
    pale = saturated(relit(mean, .72).clamp(max=1), .9)
    right, down = places(behind)
    right, down = right / behind.shape[3] - .5, down / behind.shape[2] - .4
    far = ramp(.2, .75, rooted(right * right + down * down))
    return enlarged(mix(mix(mix(pale, .96, .45), .72 * pale, far), behind, .5), 16)
