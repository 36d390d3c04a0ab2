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
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTConfig, DPTForDepthEstimation

import depth
import single_file
from adapter import add_image_adapter
from export import TOLERANCE, arguments, export

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

    def instantid(self):
        """The tiny XL checkpoint, and InstantID's adapter for it as a pickle."""
        weights = tiny.instantid_adapter(15, tiny.unet_xl(12))
        tiny.write_xl(self.folder / "xl", tiny.unet_xl(12))
        torch.save(weights, self.folder / "ip-adapter.bin")
        return self.folder / "xl", self.folder / "ip-adapter.bin", weights

    def test_instantid_in_the_unet(self):
        checkpoint, file, adapter = self.instantid()
        unet = self.export(checkpoint, "out", "--image-adapter", str(file)) / "unet"
        inputs = {i.name: i for i in onnx.load(unet / "model.onnx", load_external_data=False).graph.input}
        self.assertEqual(inputs["image_tokens"].type.tensor_type.shape.dim[1].dim_param, "image_tokens")
        weights, processors = initializers(unet), list(tiny.unet_xl(12).attn_processors)
        for key, value in adapter["ip_adapter"].items():
            number, side = key.removesuffix(".weight").split(".")
            np.testing.assert_array_equal(weights[f"{processors[int(number)]}.{side}.0.weight"], value.numpy(), key)

    def test_instantid_resampler_equals_diffusers(self):
        _, file, adapter = self.instantid()
        out = self.export(file, "identity.onnx", "--license", "Apache-2.0")
        model = onnx.load(out)
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        self.assertEqual(metadata, {"family": "instantid", "name": "ip-adapter", "license": "Apache-2.0"})
        names = {value.name for value in model.graph.initializer}
        self.assertEqual(names, set(adapter["image_proj"]))
        denoiser, embedding = tiny.unet_xl(12), torch.randn(3, 512)
        add_image_adapter(denoiser, file)
        with torch.no_grad():
            expected = denoiser.encoder_hid_proj([embedding[:, None, None]])[0][:, 0].numpy()
        session = onnxruntime.InferenceSession(out)
        self.assertEqual(session.get_outputs()[0].shape, ["batch", 16, 80])
        got = session.run(["image_tokens"], {"embedding": embedding.numpy()})[0]
        np.testing.assert_allclose(got, expected, atol=TOLERANCE[torch.float32])

    def test_instantid_in_safetensors_is_the_same(self):
        checkpoint, file, adapter = self.instantid()
        flat = {f"{group}.{name}": value for group, values in adapter.items() for name, value in values.items()}
        save_file(flat, self.folder / "ip-adapter.safetensors")
        for suffix in ("bin", "safetensors"):
            self.export(file.with_suffix(f".{suffix}"), f"{suffix}.onnx", "--name", "identity")
            self.export(checkpoint, suffix, "--image-adapter", str(file.with_suffix(f".{suffix}")))
        self.assertEqual((self.folder / "bin.onnx").read_bytes(), (self.folder / "safetensors.onnx").read_bytes())
        for name in ("model.onnx", "model.onnx_data"):
            self.assertEqual(*[(self.folder / suffix / "unet" / name).read_bytes() for suffix in ("bin", "safetensors")])

    def test_controlnet_attends_to_any_number_of_tokens(self):
        network = tiny.controlnet(11, tiny.unet_xl(12))
        network.save_pretrained(self.folder / "control")
        out = self.export(self.folder / "control", "out")
        inputs = {"sample": torch.randn(2, 4, 8, 8), "timestep": torch.tensor([301.0]),
                  "encoder_hidden_states": torch.randn(2, 16, 80), "controlnet_cond": torch.rand(2, 3, 64, 64)}
        added = {"text_embeds": torch.randn(2, 48), "time_ids": torch.full((2, 6), 64.0)}
        with torch.no_grad():
            down, middle = network(**inputs, added_cond_kwargs=added, conditioning_scale=0.8, return_dict=False)
        feeds = {name: value.numpy() for name, value in (inputs | added).items()}
        session = onnxruntime.InferenceSession(out / "model.onnx")
        outputs = session.run(None, feeds | {"conditioning_scale": np.array([0.8], np.float32)})
        for expected, got in zip([*down, middle], outputs, strict=True):
            np.testing.assert_allclose(got, expected.numpy(), atol=1e-5)

    def depth_network(self, network, **preparation):
        """The file that depth.py writes, with --check, of a network in a transformers folder."""
        folder = self.folder / "depth"
        tiny.seeded(network, 1).save_pretrained(folder)
        preparation = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "size": {"height": 64, "width": 64}} | preparation
        (folder / "preprocessor_config.json").write_text(json.dumps(preparation))
        depth.export(depth.arguments([str(folder), str(self.folder / "depth.onnx"), "--license", "MIT", "--check"]))
        session = onnxruntime.InferenceSession(self.folder / "depth.onnx")
        sides = [session.get_inputs()[0].shape, session.get_outputs()[0].shape]
        return session.get_modelmeta().custom_metadata_map, sides

    def test_dpt_is_square(self):
        layers = dict(hidden_size=32, num_hidden_layers=4, num_attention_heads=4, intermediate_size=64, image_size=64,
                      fusion_hidden_size=16, backbone_out_indices=[0, 1, 2, 3])
        large = DPTConfig(**layers, neck_hidden_sizes=[8, 8, 16, 16], is_hybrid=False)
        metadata, sides = self.depth_network(DPTForDepthEstimation(large))
        self.assertEqual(metadata, {"family": "midas", "license": "MIT", "mean": "127.5 127.5 127.5",
                                    "std": "127.5 127.5 127.5", "size": "64", "multiple": "1"})
        self.assertEqual(sides, [["batch", 3, 64, 64], ["batch", 64, 64]])
        (self.folder / "depth.onnx").unlink()
        convolutions = dict(model_type="bit", layer_type="bottleneck", global_padding="same", embedding_dynamic_padding=True,
                            depths=[1, 1, 1], hidden_sizes=[8, 16, 32], embedding_size=8, num_groups=4,
                            out_features=["stage1", "stage2", "stage3"])
        hybrid = DPTConfig(**layers, neck_hidden_sizes=[8, 16, 16, 16], neck_ignore_stages=[0, 1], readout_type="project",
                           is_hybrid=True, backbone_featmap_shape=[1, 32, 4, 4], backbone_config=convolutions)
        self.assertEqual(self.depth_network(DPTForDepthEstimation(hybrid), size=64), (metadata, sides))

    def depth_anything(self, **options):
        stages = [f"stage{i}" for i in range(1, 5)]
        backbone = Dinov2Config(hidden_size=32, num_hidden_layers=4, num_attention_heads=4, image_size=70, patch_size=14,
                                out_features=stages, reshape_hidden_states=False, apply_layernorm=True)
        return DepthAnythingForDepthEstimation(DepthAnythingConfig(
            backbone_config=backbone, reassemble_hidden_size=32, neck_hidden_sizes=[8, 8, 16, 16], fusion_hidden_size=16,
            head_hidden_size=8, patch_size=14, **options))

    def test_depth_anything_takes_any_size(self):
        mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
        metadata, sides = self.depth_network(
            self.depth_anything(), image_mean=mean, image_std=std, size={"height": 518, "width": 518}, ensure_multiple_of=14)
        self.assertEqual(metadata, {"family": "depth_anything", "license": "MIT", "mean": "123.675 116.28 103.53",
                                    "std": "58.395 57.12 57.375", "size": "518", "multiple": "14"})
        self.assertEqual(sides, [["batch", 3, "height", "width"], ["batch", "height", "width"]])

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
        with self.assertRaisesRegex(SystemExit, "larger is farther"):
            self.depth_network(self.depth_anything(depth_estimation_type="metric", max_depth=20))

    def test_refused_adapters(self):
        _, file, adapter = self.instantid()
        with self.assertRaisesRegex(SystemExit, "ends in .onnx"):
            self.export(file, "identity")
        torch.save(adapter | {"image_proj": tiny.image_adapter(9, tiny.unet(3))}, self.folder / "other.bin")
        with self.assertRaisesRegex(SystemExit, "only InstantID's"):
            self.export(self.folder / "other.bin", "other.onnx")
        torch.save(adapter["image_proj"], self.folder / "part.bin")
        with self.assertRaisesRegex(SystemExit, "not an IP-Adapter"):
            self.export(self.folder / "part.bin", "part.onnx")
        torch.save(adapter | {"image_proj": unittest.TestCase()}, self.folder / "code.bin")
        with self.assertRaisesRegex(SystemExit, "could run code"):
            self.export(self.folder / "code.bin", "code.onnx")


def initializers(folder):
    graph = onnx.load(folder / "model.onnx").graph
    return {value.name: onnx.numpy_helper.to_array(value) for value in graph.initializer}


if __name__ == "__main__":
    diffusers.utils.logging.set_verbosity_error()
    unittest.main()
