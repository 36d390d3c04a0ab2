//! Packs that are wrong in one thing each: the error names the file, what is wrong and what to do.

use std::fs;
use std::path::Path;

use facekit::ErrorKind;
use facekit::models::{Controlnet, DiffusionPack};
use serde_json::json;
use tempfile::TempDir;

use crate::graph::{FLOAT, Graph, INT64};
use crate::tiny_pack::{
    controlnet, controlnet_graph, sd1, text_encoder_graph, unet, unet_config, vae_config, write_json,
    write_part, xl,
};

/// What is said of a pack once `spoil` was at it.
fn refused(write: impl Fn(&Path), spoil: impl Fn(&Path), kind: ErrorKind, words: &[&str]) {
    let folder = TempDir::new().unwrap();
    write(folder.path());
    DiffusionPack::open(folder.path()).unwrap();
    spoil(folder.path());
    let error = DiffusionPack::open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

fn invalid(spoil: impl Fn(&Path), words: &[&str]) {
    refused(sd1, spoil, ErrorKind::InvalidModel, words);
}

fn invalid_xl(spoil: impl Fn(&Path), words: &[&str]) {
    refused(xl, spoil, ErrorKind::InvalidModel, words);
}

fn remove(name: &str) -> impl Fn(&Path) {
    move |folder| {
        let path = folder.join(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
}

fn with_unet(graph: Graph) -> impl Fn(&Path) {
    move |folder| write_part(folder, "unet", graph.clone(), unet_config(4, 768))
}

#[test]
fn parts_that_are_missing() {
    for name in [
        "unet",
        "text_encoder/model.onnx",
        "vae_encoder",
        "vae_decoder/config.json",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "scheduler/scheduler_config.json",
        "model_index.json",
    ] {
        invalid(remove(name), &[name, "it is missing", "models/export/export.py"]);
    }
    for name in ["text_encoder_2", "tokenizer_2"] {
        invalid_xl(remove(name), &[name, "it is missing"]);
    }
    invalid(
        |folder| {
            fs::rename(
                folder.join("unet/model.onnx"),
                folder.join("unet/diffusion_pytorch_model.safetensors"),
            )
            .unwrap();
        },
        &["unet", "PyTorch's weights, and ONNX is needed", "models/export/export.py"],
    );
}

#[test]
fn weights_beside_a_graph_that_are_not_there_or_not_whole() {
    invalid(
        remove("unet/model.onnx_data"),
        &["unet/model.onnx", "model.onnx_data", "put it beside the graph"],
    );
    invalid(
        |folder| fs::write(folder.join("unet/model.onnx_data"), [0; 1000]).unwrap(),
        &["model.onnx_data", "1000 bytes long where 1024 are needed", "truncated"],
    );
    for location in ["../../secret", "/etc/passwd", ""] {
        let place = |folder: &Path| {
            sd1(folder);
            unet(4, 768).weight(location, 1).write(&folder.join("unet/model.onnx"));
        };
        invalid(place, &["unet/model.onnx", "does not lie in its folder"]);
    }
    invalid(
        |folder| {
            fs::remove_file(folder.join("unet/model.onnx_data")).unwrap();
            fs::create_dir(folder.join("unet/model.onnx_data")).unwrap();
        },
        &["model.onnx_data", "copy it again"],
    );
}

#[test]
fn files_that_are_not_what_their_names_say() {
    invalid(
        |folder| fs::write(folder.join("unet/model.onnx"), "<html>").unwrap(),
        &["unet/model.onnx", "not an ONNX model"],
    );
    for text in ["", "{", "[]", "\u{1}", r#"{"in_channels": "four"}"#, r#"{"in_channels": -4}"#] {
        let spoil = |folder: &Path| fs::write(folder.join("unet/config.json"), text).unwrap();
        invalid(spoil, &["unet/config.json", "not the JSON that was expected"]);
    }
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(2 << 20));
    invalid(|folder| fs::write(folder.join("unet/config.json"), &long).unwrap(), &["longer than 1 MiB"]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    invalid(|folder| fs::write(folder.join("model_index.json"), &deep).unwrap(), &["model_index.json"]);
    let spoil = |folder: &Path| fs::write(folder.join("unet/config.json"), [0xff, 0xfe]).unwrap();
    invalid(spoil, &["unet/config.json", "it is no text"]);
    invalid(
        |folder| write_json(&folder.join("facekit.json"), &json!({"license": ["MIT"]})),
        &["facekit.json", "not the JSON"],
    );
}

#[test]
fn pipelines_of_other_kinds() {
    for class in ["StableDiffusion3Pipeline", "FluxPipeline", "KolorsPipeline", ""] {
        let spoil =
            |folder: &Path| write_json(&folder.join("model_index.json"), &json!({"_class_name": class}));
        refused(
            sd1,
            spoil,
            ErrorKind::Unsupported,
            &["model_index.json", class, "Stable Diffusion 1.x, 2.x and XL"],
        );
    }
}

#[test]
fn unets_of_other_channels_or_widths() {
    let with = |channels: u64| {
        move |folder: &Path| write_part(folder, "unet", unet(channels, 768), unet_config(channels, 768))
    };
    invalid(with(8), &["unet/model.onnx", "takes 8 channels", "takes 4, or 9"]);
    invalid(with_unet(unet(9, 768)), &["sample float32 [batch, 9, height, width]", "in_channels = 4"]);
    invalid(with_unet(unet(4, 1024)), &["cross_attention_dim = 768"]);
    invalid(
        |folder| write_part(folder, "unet", unet(4, 1024), unet_config(4, 1024)),
        &["cross attention is 1024 wide, and the text encoder gives 768"],
    );
    invalid_xl(
        |folder| {
            let config = json!({"hidden_size": 1024, "projection_dim": 1280});
            write_part(
                folder,
                "text_encoder_2",
                text_encoder_graph(1024).without("text_embeds").output("text_embeds", "batch 1280"),
                config,
            );
        },
        &["cross attention is 2048 wide, and the two text encoders give 1792"],
    );
    for huge in [0, u64::MAX] {
        invalid(
            |folder| {
                write_part(
                    folder,
                    "unet",
                    unet(4, 768).without("sample").input("sample", FLOAT, "b c h w"),
                    unet_config(huge, 768),
                )
            },
            &["in_channels", "is not what a diffusion model has"],
        );
    }
}

#[test]
fn graphs_that_lack_or_want_something() {
    let without = |name: &'static str| with_unet(unet(4, 768).without(name));
    for name in ["sample", "timestep", "encoder_hidden_states", "out_sample"] {
        invalid(without(name), &["unet/model.onnx", name]);
    }
    invalid(
        without("mid_block_additional_residual"),
        &["some of the residuals of a ControlNet, and not all"],
    );
    invalid(
        with_unet(unet(4, 768).input("camera", FLOAT, "batch")),
        &["takes `camera`, which facekit cannot give"],
    );
    invalid(
        with_unet(unet(4, 768).without("sample").input("sample", FLOAT, "2 4 64 64")),
        &["sample float32 [2, 4, 64, 64]", "only the channels may be fixed"],
    );
    invalid(
        with_unet(unet(4, 768).without("sample").input("sample", FLOAT, "batch 4")),
        &["floats of 4 sides were expected"],
    );
    invalid(
        with_unet(unet(4, 768).without("sample").input("sample", INT64, "b 4 h w")),
        &["sample int64", "floats of 4 sides were expected"],
    );
    let text = |graph: Graph| {
        move |folder: &Path| write_part(folder, "text_encoder", graph.clone(), json!({"hidden_size": 768}))
    };
    let encoder = || text_encoder_graph(768);
    invalid(
        text(encoder().without("input_ids").input("input_ids", FLOAT, "batch 77")),
        &["integers [batch, tokens]"],
    );
    invalid(
        text(encoder().without("input_ids").input("input_ids", INT64, "batch 512")),
        &["the length of a prompt is 77"],
    );
    invalid(text(encoder().without("last_hidden_state")), &["it gives no `last_hidden_state`"]);
    invalid_xl(
        text((0..3).fold(encoder(), |graph, i| graph.without(&format!("hidden_states.{i}")))),
        &["hidden states"],
    );
    invalid_xl(
        |folder| {
            let config = json!({"hidden_size": 1280});
            write_part(folder, "text_encoder_2", text_encoder_graph(1280).without("text_embeds"), config);
        },
        &["text_encoder_2/model.onnx", "no `text_embeds`"],
    );
}

#[test]
fn vaes_that_are_not_the_unets() {
    let decoder = |config: serde_json::Value| {
        move |folder: &Path| write_json(&folder.join("vae_decoder/config.json"), &config)
    };
    let with = |key: &str, value: serde_json::Value| {
        let mut config = vae_config();
        config[key] = value;
        config
    };
    invalid(decoder(with("scaling_factor", json!(0.5))), &["vae_decoder", "not that of vae_encoder"]);
    invalid(decoder(with("scaling_factor", json!(0))), &["scaling_factor that is not above 0"]);
    invalid(decoder(with("block_out_channels", json!(vec![1; 60]))), &["lists 60 blocks"]);
    invalid(decoder(with("latents_mean", json!([0.0]))), &["latents_mean"]);
    invalid(decoder(with("latent_channels", json!(16))), &["the number of latent channels is 16"]);
    invalid(
        |folder| {
            let graph = Graph::new()
                .input("sample", FLOAT, "batch 3 height width")
                .output("posterior", "batch 8 h w");
            write_part(folder, "vae_encoder", graph, vae_config());
        },
        &["vae_encoder/model.onnx", "latent_sample"],
    );
}

#[test]
fn controlnets_that_are_none() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let refused = |words: &[&str]| {
        let error = Controlnet::open(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        for word in words {
            assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
        }
    };
    controlnet(path);
    Controlnet::open(path).unwrap();
    for name in ["controlnet_cond", "conditioning_scale", "mid_block_res_sample", "sample"] {
        controlnet_graph(768).without(name).write(&path.join("model.onnx"));
        refused(&["model.onnx", name]);
    }
    let names = ["down_block_res_samples_0", "down_block_res_samples_1"];
    names
        .iter()
        .fold(controlnet_graph(768), |graph, name| graph.without(name))
        .write(&path.join("model.onnx"));
    refused(&["no `down_block_res_samples_0`"]);
    write_json(&path.join("config.json"), &json!({"_class_name": "UNet2DConditionModel"}));
    refused(&["of a `UNet2DConditionModel`", "ControlNetModel was expected"]);
    fs::remove_file(path.join("model.onnx")).unwrap();
    fs::write(path.join("diffusion_pytorch_model.safetensors"), "x").unwrap();
    refused(&["PyTorch's weights"]);
}
