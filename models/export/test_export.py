"""Exports tiny checkpoints with random weights and holds the graphs to PyTorch.

Run by hand, `python models/export/test_export.py`, in an environment with requirements.txt (a minute on one core): too
large an environment for the continuous tests, which run on what it made instead (tests/golden/diffusion).
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import diffusers
import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import save_file

import single_file
from export import arguments, export

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "reference"))
import diffusion_tiny as tiny  # noqa: E402


class Export(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def sd1(self, name="sd1", **options):
        tiny.write_sd1(self.folder / name, tiny.unet(3, **options))
        return self.folder / name

    def export(self, checkpoint, name, *options):
        """Exports with --check, which stops where a graph is far from PyTorch."""
        out = self.folder / name
        export(arguments([str(checkpoint), str(out), "--check", *options]))
        return out

    def test_folder_has_what_facekit_reads(self):
        out = self.export(self.sd1(), "out", "--license", "CC0-1.0", "--source", "nowhere")
        index = json.loads((out / "model_index.json").read_text())
        for part in ("text_encoder", "unet", "vae_encoder", "vae_decoder"):
            self.assertIn(part, index)
            self.assertTrue((out / part / "config.json").exists())
        self.assertTrue((out / "tokenizer" / "merges.txt").exists())
        facekit = json.loads((out / "facekit.json").read_text())
        self.assertEqual(facekit, {"name": "sd1", "license": "CC0-1.0", "source": "nowhere"})

    def test_every_weight_keeps_its_name_and_numbers(self):
        checkpoint = self.sd1()
        out = self.export(checkpoint, "out")
        weights = initializers(out / "unet")
        for name, value in diffusers.UNet2DConditionModel.from_pretrained(checkpoint / "unet").named_parameters():
            np.testing.assert_array_equal(weights[name], value.detach().numpy(), name)
        self.assertIn("text_model.encoder.layers.0.self_attn.q_proj.weight", initializers(out / "text_encoder"))

    def test_equal_weights_stay_apart(self):
        denoiser = tiny.unet(3)
        for name, value in denoiser.named_parameters():
            if name.endswith("bias"):
                value.data.zero_()
        tiny.write_sd1(self.folder / "equal", denoiser)
        weights = initializers(self.export(self.folder / "equal", "out") / "unet")
        self.assertLessEqual({name for name, _ in denoiser.named_parameters()}, set(weights))

    def test_one_zero_stands_for_no_controlnet(self):
        checkpoint = self.sd1()
        out = self.export(checkpoint, "out")
        network = diffusers.UNet2DConditionModel.from_pretrained(checkpoint / "unet").eval()
        inputs = {"sample": torch.randn(2, 4, 8, 12), "timestep": torch.tensor([9.5]),
                  "encoder_hidden_states": torch.randn(2, 154, 32)}
        with torch.no_grad():
            expected = network(**inputs).sample.numpy()
        session = onnxruntime.InferenceSession(out / "unet" / "model.onnx")
        zeros = {i.name: np.zeros((1, 1, 1, 1), np.float32) for i in session.get_inputs() if "residual" in i.name}
        got = session.run(None, {key: value.numpy() for key, value in inputs.items()} | zeros)[0]
        np.testing.assert_allclose(got, expected, atol=1e-5)

    def test_lora_reaches_the_graph_by_name(self):
        checkpoint = self.sd1()
        out = self.export(checkpoint, "out")
        name = "mid_block.attentions.0.transformer_blocks.0.attn2.to_v.weight"
        network = diffusers.UNet2DConditionModel.from_pretrained(checkpoint / "unet").eval()
        weight = network.get_parameter(name)
        weight.data = torch.randn_like(weight)
        options = onnxruntime.SessionOptions()
        options.add_external_initializers([name], [onnxruntime.OrtValue.ortvalue_from_numpy(weight.detach().numpy())])
        session = onnxruntime.InferenceSession(out / "unet" / "model.onnx", options)
        zeros = {i.name: np.zeros((1, 1, 1, 1), np.float32) for i in session.get_inputs() if "residual" in i.name}
        inputs = {"sample": torch.randn(1, 4, 8, 8), "timestep": torch.tensor([500.0]),
                  "encoder_hidden_states": torch.randn(1, 77, 32)}
        with torch.no_grad():
            expected = network(**inputs).sample.numpy()
        got = session.run(None, {key: value.numpy() for key, value in inputs.items()} | zeros)[0]
        np.testing.assert_allclose(got, expected, atol=1e-5)

    def test_variants_equal_pytorch(self):
        self.export(self.sd1("inpaint", in_channels=9), "inpaint_out")
        self.export(self.sd1("lcm", time_cond_proj_dim=16), "lcm_out")
        tiny.write_sd1(self.folder / "sd2", tiny.unet_sd2(6), tiny.scheduler_sd2())
        self.export(self.folder / "sd2", "sd2_out")
        tiny.write_xl(self.folder / "xl", tiny.unet_xl(12))
        self.export(self.folder / "xl", "xl_out")
        tiny.controlnet(11, tiny.unet_xl(12)).save_pretrained(self.folder / "control")
        self.export(self.folder / "control", "control_out")

    def test_image_adapter(self):
        checkpoint = self.sd1()
        save_file(tiny.image_adapter(9, tiny.unet(3)), self.folder / "adapter.safetensors")
        out = self.export(checkpoint, "out", "--image-adapter", str(self.folder / "adapter.safetensors"))
        inputs = {i.name for i in onnx.load(out / "unet" / "model.onnx", load_external_data=False).graph.input}
        self.assertLessEqual({"image_tokens", "image_token_scale"}, inputs)

    def test_half_precision(self):
        out = self.export(self.sd1(), "out", "--fp16", "--vae-fp16")
        for part in ("unet", "text_encoder", "vae_encoder", "vae_decoder"):
            kinds = {value.dtype for value in initializers(out / part).values()}
            self.assertIn(np.dtype(np.float16), kinds)
            self.assertNotIn(np.dtype(np.float32), kinds)

    def test_standard_attention_has_standard_nodes_only(self):
        out = self.export(self.sd1(), "out", "--attention", "standard")
        for part in ("unet", "vae_encoder", "vae_decoder", "text_encoder"):
            graph = onnx.load(out / part / "model.onnx", load_external_data=False).graph
            self.assertEqual({node.domain for node in graph.node}, {""})

    def test_single_files_equal_their_folders(self):
        tiny.write_xl(self.folder / "xl", tiny.unet_xl(12))
        for name, checkpoint in {"sd1": self.sd1(), "nine": self.sd1("nine", in_channels=9), "xl": self.folder / "xl"}.items():
            single_file.write(checkpoint, self.folder / f"{name}.safetensors")
            # The configuration of the four-channel model serves for the inpainting one.
            config = self.folder / "sd1" if name == "nine" else checkpoint
            whole = self.export(checkpoint, f"{name}_folder")
            single = self.export(self.folder / f"{name}.safetensors", f"{name}_single", "--config", str(config))
            for part in sorted(path.parent.name for path in whole.glob("*/model.onnx")):
                expected, got = initializers(whole / part), initializers(single / part)
                self.assertEqual(set(expected), set(got))
                for key, value in expected.items():
                    np.testing.assert_array_equal(got[key], value, f"{name} {part} {key}")
            for file in ("tokenizer/vocab.json", "tokenizer/merges.txt"):
                self.assertEqual((whole / file).read_text().split(), (single / file).read_text().split())

    def test_refusals(self):
        (self.folder / "taken").mkdir()
        with self.assertRaisesRegex(SystemExit, "is there already"):
            export(arguments([str(self.sd1()), str(self.folder / "taken")]))
        (self.folder / "model.ckpt").touch()
        with self.assertRaisesRegex(SystemExit, "only folders and .safetensors"):
            export(arguments([str(self.folder / "model.ckpt"), str(self.folder / "out")]))
        with self.assertRaisesRegex(SystemExit, "not a diffusers folder"):
            export(arguments([str(self.folder / "taken"), str(self.folder / "out")]))


def initializers(folder):
    graph = onnx.load(folder / "model.onnx").graph
    return {value.name: onnx.numpy_helper.to_array(value) for value in graph.initializer}


if __name__ == "__main__":
    diffusers.utils.logging.set_verbosity_error()
    unittest.main()
