"""Makes tests/golden/text: what transformers and diffusers make of prompts.

- strings.json: strings of every kind.
- clip_tokens.json: those strings, 10,000 words of them (as a digest) and the first four planes of Unicode (as a digest
  for each 1024 letters) in the tokens of OpenAI's own vocabulary, for a tokenizer that pads with its end token (Stable
  Diffusion 1) and one that pads with "!" (Stable Diffusion 2 and XL's second). Needs that vocabulary: see VOCABULARY;
  without it this file is left as it is.
- tokenizer, tokenizer_2: two tokenizers with a vocabulary learned from the text below, the one as vocab.json and
  merges.txt, the other as tokenizer.json; tokens.json: the same strings and words in their tokens.
- text_encoder, text_encoder_2: two CLIP text encoders with random weights, as ONNX.
- sd.safetensors, xl.safetensors: what StableDiffusionPipeline.encode_prompt and StableDiffusionXLPipeline.encode_prompt
  make of the prompts in prompts.json with them, and of chunks of tokens that prompts.json gives by number, weighted
  after the formula of the web UI: an embedding times its weight, then each chunk by its mean before over its mean after.
- my-face.safetensors: a textual inversion of two random vectors, which diffusers loads for one prompt of sd.safetensors.

Packages: torch 2.15, transformers 5.23, diffusers 0.42, onnx 1.23, safetensors 0.7. Run: python tests/reference/text.py
"""

import gzip
import hashlib
import io
import json
import struct
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import onnx
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "text"

# bpe_simple_vocab_16e6.txt.gz of github.com/openai/CLIP.
VOCABULARY = ROOT.parent / "shared" / "models" / "diffusion" / "bpe_simple_vocab_16e6.txt.gz"

START, END = "<|startoftext|>", "<|endoftext|>"

STRINGS = [
    "", " ", "a", "A photo of an astronaut riding a horse on Mars.", "  two   spaces\tand\ttabs\r\nand lines  ",
    "it's we're they've I'm you'll she'd don't IT'S WE'RE", "don’t “quote” ‘single’ — dash – and … dots", "'s't're've'm'll'd",
    "o'clock 'tis rock'n'roll", "1234567890 3.14159 1e-5 50% $9.99 #1 @you", "!", "!!", "!!!", "wow! wow!! (wow!)", "a!b",
    "comma,comma , period.period ... ;:?!", "\\ \\\\ / | _ __ ~ ` ^ & * ( ) [ ] { } < > = +", "snake_case camelCase kebab-case",
    START, END, f"{START}{END}", f"a {END} b", f"a{END}b", f"x {START} y {END} z", "<|ENDOFTEXT|> <|StartOfText|>",
    "<|endoftext|", "|endoftext|>", "< |endoftext| >", "<|pad|>", "</w>", "a</w>b", "<unk>", "\u0120word", "!</w>",
    "naïve café Ångström façade", "nai\u0308ve cafe\u0301 A\u030angstro\u0308m", "ﬁ ﬂ ﬀ ½ ² ™ © ® № ℃ Ⅷ", "İstanbul ISPARTA ı İ", "ẞ ß SS ŉ ǰ ΐ",
    "Ὀδυσσεύς ΣΊΣΥΦΟΣ ς σ Σ", "Съешь же ещё этих мягких французских булок", "Ґанок їжак", "שלום עולם וּלְהַתְרָאוֹת", "مرحبا بالعالم اَلْعَرَبِيَّةُ ١٢٣",
    "سلام دنیا ۱۲۳", "नमस्ते दुनिया क्षत्रिय १२३", "বাংলা ভাষা ১২৩", "தமிழ் மொழி", "తెలుగు భాష", "ಕನ್ನಡ", "മലയാളം", "සිංහල", "ไทยแลนด์ ๑๒๓", "ພາສາລາວ",
    "བོད་ཡིག་", "မြန်မာဘာသာ", "ქართული ᲥᲐᲠᲗᲣᲚᲘ", "Հայերեն լեզու", "አማርኛ ፩፪፫", "ᏣᎳᎩ ꮳꮃꭹ", "ᐃᓄᒃᑎᑐᑦ", "ភាសាខ្មែរ", "ᠮᠣᠩᠭᠣᠯ", "ᚠᚢᚦᚨᚱᚲ", "𐌲𐌿𐍄𐌹𐍃𐌺", "𓂀𓃭 𒀀𒁀",
    "你好，世界！", "繁體中文 简体中文", "こんにちは、世界！ カタカナ ﾊﾝｶｸ ｶﾞ", "안녕하세요 세계", "\u1112\u1161\u11ab", "Tiếng Việt phở", "ʃʒŋθð ˈaɪ", "Å Å ϓ ϔ Ω K",
    "🙂", "😀😃😄", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈 🇫🇷 🇯🇵", "❤️ ❤ ☺ ☺︎", "1️⃣ #️⃣", "smile🙂smile", "🧑🏿‍🚀 in space", "♔♕♖ ♩♪♫ ∀∂∈∑√∞ ⠓⠑⠇⠇⠕ ░▒▓ ┌─┐",
    "\0", "a\0b", "\x01\x02\x03", "\x07bell\x08back\x1besc\x7fdel", "\x0b\x0c\x1c\x1d\x1e\x1f\x85", "\u00a0nbsp\u00a0", "\u1680\u2000\u2003\u2009\u200a\u202f\u205f\u3000x",
    "\u200bzero\u200bwidth\u200c\u200d\u2060\ufeff", "\u202eright to left\u202c", "\u2028line\u2029paragraph", "\u180e", "\ufffd \ufffe \uffff", "\U0010ffff \U000f0000 \ue000",
    "e" + "\u0301" * 50, "Z̴̡̛a̷͇͝l̸̰̈́g̵͓̀ȏ̷̳", "a" * 300, "ab" * 200, "!" * 120, "9" * 90, "é" * 100, "漢" * 100, "🙂" * 40, "a b " * 60, "supercalifragilisticexpialidocious",
    "masterpiece, best quality, 1girl, (detailed eyes:1.2), [blurry], <lora:style:0.8>, embedding:bad-hands-5",
    "photo of sks person, 85mm f/1.4, ISO-100, 4k/8k, HDR+, --ar 16:9 --v 5", "http://example.com/a?b=c&d=e#f user@example.com C:\\dir\\file.txt",
]

# What the small vocabulary is learned from.
LESSON = """
a photo of a face, a portrait photo of an old woman with kind eyes, the photo of a young man with a short beard, studio
light, soft light, natural skin, detailed skin, detailed eyes, sharp focus, high quality, best quality, a painting of a
smiling child in the style of an old master, oil painting, pencil drawing, water colour, a close portrait of a person
looking at the camera, freckles, grey hair, brown eyes, blue eyes, green eyes, wearing glasses, wearing a hat, in the rain,
in the forest, at the beach, at night, in the morning, low quality, worst quality, blurry, deformed, ugly, extra fingers,
bad hands, bad anatomy !! so bad !! watermark, text, logo, cropped, out of frame, it's the one that we're looking for, don't they know
"""


def byte_letters():
    """GPT-2's letter for every byte, in CLIP's order."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(rest))]


def vocabulary_of(merges):
    letters = byte_letters()
    pieces = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges]
    return {piece: number for number, piece in enumerate([*pieces, START, END])}


def clip_merges():
    """The merges that CLIP takes of its file: as many as make 49408 tokens with the letters and the two marks."""
    lines = gzip.open(VOCABULARY).read().decode().split("\n")
    return [tuple(line.split()) for line in lines[1 : 49408 - 2 * 256 - 2 + 1]]


def learned_merges():
    words = Counter(word.strip(",") for word in LESSON.split())
    words = {(*word[:-1], word[-1] + "</w>"): count for word, count in words.items() if word.isalpha() or word == "!!"}
    merges = []
    while True:
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] == 1:
            return merges
        merges.append(best)
        words = {merged(word, best): count for word, count in words.items()}


def merged(word, pair):
    out = []
    for piece in word:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)


def added(content, normalized):
    return {"content": content, "lstrip": False, "normalized": normalized, "rstrip": False, "single_word": False}


def write_tokenizer(folder, merges, padding):
    """As the packs of Stable Diffusion 1, and of 2 and XL's second, have their tokenizers."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary_of(merges), ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges))
    marks = {"bos_token": added(START, True), "eos_token": added(END, True), "unk_token": added(END, True)}
    marks["pad_token"] = padding
    (folder / "special_tokens_map.json").write_text(json.dumps(marks, indent=1) + "\n")
    marks = {key: mark if isinstance(mark, str) else {"__type": "AddedToken"} | mark for key, mark in marks.items()}
    config = {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "model_max_length": 77}
    config |= {"tokenizer_class": "CLIPTokenizer"} | marks
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
    return CLIPTokenizer.from_pretrained(folder)


def ids(tokenizer, text):
    return tokenizer(text, add_special_tokens=False).input_ids


def digest(numbers):
    return hashlib.sha256(struct.pack(f"<{len(numbers)}I", *numbers)).hexdigest()[:12]


def unicode_pages():
    """A text for each 1024 letters of Unicode's first four planes, with every letter within a word and alone."""
    for page in range(0, 0x40000, 1024):
        if not 0xD800 <= page < 0xE000:
            yield " ".join(f"a{chr(c)}b {chr(c)}" for c in range(page, page + 1024))


def tokens_golden(tokenizers):
    words = " ".join((" ".join(STRINGS).split(" ") * 40)[:10_000])
    return {
        name: {"strings": [ids(tokenizer, text) for text in STRINGS], "words": digest(ids(tokenizer, words))}
        for name, tokenizer in tokenizers.items()
    }


def write_json(name, value):
    lines = json.dumps(value, separators=(",", ":")).replace("],[", "],\n[").replace('","', '",\n"')
    (GOLDEN / name).write_text(lines + "\n")


def clip_tokens():
    if not VOCABULARY.exists():
        print(f"skipped: {VOCABULARY} is not there")
        return
    with tempfile.TemporaryDirectory() as folder:
        merges = clip_merges()
        paddings = {"end": END, "exclamation": "!"}
        tokenizers = {name: write_tokenizer(Path(folder) / name, merges, pad) for name, pad in paddings.items()}
        golden = tokens_golden(tokenizers)
        golden["end"]["unicode"] = [digest(ids(tokenizers["end"], text)) for text in unicode_pages()]
    write_json("clip_tokens.json", golden)


def small_tokenizers():
    merges = learned_merges()
    first = write_tokenizer(GOLDEN / "tokenizer", merges, END)
    with tempfile.TemporaryDirectory() as folder:
        write_tokenizer(Path(folder), merges, "!").save_pretrained(GOLDEN / "tokenizer_2")
    second = CLIPTokenizer.from_pretrained(GOLDEN / "tokenizer_2")
    write_json("tokens.json", tokens_golden({"tokenizer": first, "tokenizer_2": second}))
    return first, second


class Graph(torch.nn.Module):
    """A text encoder with the outputs of an exported one."""

    def __init__(self, network):
        super().__init__()
        self.text_model = network if isinstance(network, CLIPTextModel) else network.text_model
        self.text_projection = getattr(network, "text_projection", None)

    def outputs(self):
        states = [f"hidden_states.{i}" for i in range(self.text_model.config.num_hidden_layers + 1)]
        return ["last_hidden_state", "text_embeds" if self.text_projection else "pooler_output", *states]

    def forward(self, input_ids):
        encoded = self.text_model(input_ids, output_hidden_states=True)
        pooled = encoded.pooler_output
        if self.text_projection:
            pooled = self.text_projection(pooled)
        return encoded.last_hidden_state, pooled, *encoded.hidden_states


def text_encoder(folder, kind, seed, **config):
    """A CLIP text encoder with random weights, large enough for every token to tell, and its graph."""
    # An `eos_token_id` of 2 is that of the real packs: the end of a text is then where its largest token is.
    config = CLIPTextConfig(num_hidden_layers=2, eos_token_id=2, attn_implementation="eager", **config)
    torch.manual_seed(seed)
    network = kind(config).eval()
    for name, weight in network.named_parameters():
        if weight.ndim == 2:
            torch.nn.init.normal_(weight, std=0.5 if "embedding" in name else 0.3)
        else:
            torch.nn.init.normal_(weight, mean=float("norm.weight" in name or "norm1.weight" in name), std=0.1)
    graph, file = Graph(network), io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph, (torch.zeros(1, 77, dtype=torch.int32),), file, dynamo=False, do_constant_folding=False,
            input_names=["input_ids"], output_names=graph.outputs(), dynamic_axes={"input_ids": {0: "batch"}},
            opset_version=17,
        )
    model = onnx.load_from_string(file.getvalue())
    for node in model.graph.node:
        node.doc_string = ""
    (GOLDEN / folder).mkdir(exist_ok=True)
    onnx.save(model, GOLDEN / folder / "model.onnx")
    return network


PROMPT = "A portrait photo of an old woman with kind eyes, soft light; it's natural."
NEGATIVE = "blurry, bad hands, low quality!!"

# Parts and weights as the syntax gives them; a list is what stands between two BREAKs.
WEIGHTED = {
    "weighted": (
        "a (portrait) photo of [an old (woman:1.5)], ((kind)) eyes \\(soft\\)",
        [[("a ", 1), ("portrait", 1.1), (" photo of ", 1), ("an old ", 1 / 1.1), ("woman", 1.5 / 1.1), (", ", 1),
          ("kind", 1.1 * 1.1), (" eyes (soft)", 1)]],
    ),
    "break": ("a face BREAK (grey hair:0.6)", [[("a face ", 1)], [(" ", 1), ("grey hair", 0.6)]]),
    "long": ("a child, " * 40 + "(smiling:1.3)", [[("a child, " * 40, 1), ("smiling", 1.3)]]),
}


def weighted_chunks(tokenizer, sections):
    """Rows of 77 tokens and of their weights."""
    chunks = []
    for parts in sections:
        tokens = [(token, weight) for text, weight in parts for token in ids(tokenizer, text)]
        for start in range(0, max(len(tokens), 1), 75):
            part = tokens[start : start + 75]
            padding = [(tokenizer.pad_token_id, 1)] * (75 - len(part))
            chunks.append([(tokenizer.bos_token_id, 1), *part, (tokenizer.eos_token_id, 1), *padding])
    return [([token for token, _ in chunk], [weight for _, weight in chunk]) for chunk in chunks]


def weighted(chunks, encode):
    """Chunk by chunk what `encode` makes of the tokens, weighted after the web UI in float64."""
    rows = []
    for tokens, weights in chunks:
        states = encode(torch.tensor([tokens]))[0].double()
        weighted = states * torch.tensor(weights).double()[:, None]
        rows.append(weighted * (states.mean() / weighted.mean()))
    return torch.cat(rows).float()


@torch.no_grad()
def embeddings(tokenizers, networks):
    first, second = networks
    # Where diffusers looks for the final norm; transformers 5 has it in the text encoder itself.
    object.__setattr__(first, "text_model", first)
    sd = StableDiffusionPipeline(
        vae=None, unet=None, scheduler=None, tokenizer=tokenizers[0], text_encoder=first, safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    )
    xl = StableDiffusionXLPipeline(
        vae=None, unet=None, scheduler=None, tokenizer=tokenizers[0], text_encoder=first, tokenizer_2=tokenizers[1],
        text_encoder_2=second, add_watermarker=False,
    )
    cpu = {"device": "cpu", "num_images_per_prompt": 1, "do_classifier_free_guidance": True}
    out_sd, out_xl = {}, {}
    for skip in [None, 1, 2]:
        name = f"skip_{skip or 0}"
        out_sd[f"{name}.prompt"], _ = sd.encode_prompt(PROMPT, negative_prompt=NEGATIVE, clip_skip=skip, **cpu)
        out_sd[f"{name}.negative"], _ = sd.encode_prompt(NEGATIVE, clip_skip=skip, **cpu)
    _, out_sd["empty"] = sd.encode_prompt(PROMPT, **cpu)
    for skip in [None, 1]:
        name = f"skip_{skip or 0}"
        out_xl[f"{name}.prompt"], _, out_xl[f"{name}.prompt.pooled"], _ = xl.encode_prompt(
            PROMPT, clip_skip=skip, **cpu
        )
        out_xl[f"{name}.negative"], _, out_xl[f"{name}.negative.pooled"], _ = xl.encode_prompt(
            NEGATIVE, clip_skip=skip, **cpu
        )
    _, out_xl["zeros"], _, out_xl["zeros.pooled"] = xl.encode_prompt(PROMPT, **cpu)
    _, out_xl["empty"], _, out_xl["empty.pooled"] = xl.encode_prompt(PROMPT, negative_prompt="", **cpu)
    prompts = {"prompt": PROMPT, "negative": NEGATIVE, "weighted": {}}
    for name, (text, sections) in WEIGHTED.items():
        chunks = [weighted_chunks(tokenizer, sections) for tokenizer in tokenizers]
        prompts["weighted"][name] = {
            "text": text,
            "tokens": [[tokens for tokens, _ in chunk] for chunk in chunks],
            "weights": [weights for _, weights in chunks[0]],
        }
        out_sd[name] = weighted(chunks[0], lambda tokens: first(tokens).last_hidden_state)
        hidden = [lambda tokens, net=net: net(tokens, output_hidden_states=True).hidden_states[-2] for net in networks]
        if name != "long":
            out_xl[name] = torch.cat([weighted(*pair) for pair in zip(chunks, hidden)], dim=-1)
    vectors = 0.5 * torch.randn(2, first.config.hidden_size, generator=torch.Generator().manual_seed(3))
    save_file({"emb_params": vectors}, GOLDEN / "my-face.safetensors")
    sd.load_textual_inversion({"my-face": vectors})
    out_sd["learned"], _ = sd.encode_prompt("a photo of my-face, smiling", **cpu)
    write_json("prompts.json", prompts)
    for name, tensors in [("sd", out_sd), ("xl", out_xl)]:
        tensors = {key: tensor.squeeze(0).contiguous() for key, tensor in tensors.items()}
        save_file(tensors, GOLDEN / f"{name}.safetensors")
        print(name, {key: list(tensor.shape) for key, tensor in tensors.items()})


def main():
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write_json("strings.json", STRINGS)
    clip_tokens()
    tokenizers = small_tokenizers()
    size = {"vocab_size": len(tokenizers[0])}
    first = text_encoder("text_encoder", CLIPTextModel, 1, hidden_size=16, intermediate_size=24,
                         num_attention_heads=2, hidden_act="quick_gelu", **size)
    second = text_encoder("text_encoder_2", CLIPTextModelWithProjection, 2, hidden_size=20, intermediate_size=32,
                          num_attention_heads=2, hidden_act="gelu", projection_dim=12, **size)
    embeddings(tokenizers, (first, second))


if __name__ == "__main__":
    main()
