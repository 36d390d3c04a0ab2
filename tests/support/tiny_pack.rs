//! Diffusion packs, ControlNets and safetensors files of the right form that hold nothing.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::graph::{FLOAT, Graph, INT64};

/// Floats of weights beside each graph.
pub const WEIGHTS: i64 = 256;

/// Writes a pack as Stable Diffusion 1.x has it.
pub fn sd1(folder: &Path) {
    pack(folder, "StableDiffusionPipeline", "DDIMScheduler");
    text_encoder(folder, "text_encoder", 768, "quick_gelu");
    write_part(folder, "unet", unet(4, 768), unet_config(4, 768));
}

/// Writes a pack as Stable Diffusion 2.x has it.
pub fn sd2(folder: &Path) {
    pack(folder, "StableDiffusionPipeline", "DDIMScheduler");
    text_encoder(folder, "text_encoder", 1024, "gelu");
    let mut config = unet_config(4, 1024);
    config["sample_size"] = json!(96);
    write_part(folder, "unet", unet(4, 1024), config);
}

/// Writes a pack as Stable Diffusion XL has it.
pub fn xl(folder: &Path) {
    pack(folder, "StableDiffusionXLPipeline", "EulerDiscreteScheduler");
    text_encoder(folder, "text_encoder", 768, "quick_gelu");
    text_encoder(folder, "text_encoder_2", 1280, "gelu");
    tokenizer(&folder.join("tokenizer_2"));
    let graph = unet(4, 2048).input("text_embeds", FLOAT, "batch 1280").input("time_ids", FLOAT, "batch 6");
    let mut config = unet_config(4, 2048);
    config["sample_size"] = json!(128);
    config["addition_time_embed_dim"] = json!(256);
    config["projection_class_embeddings_input_dim"] = json!(2816);
    write_part(folder, "unet", graph, config);
}

/// Writes a ControlNet of Stable Diffusion 1.x.
pub fn controlnet(folder: &Path) {
    let config = json!({"_class_name": "ControlNetModel", "in_channels": 4, "cross_attention_dim": 768});
    write_graph(folder, controlnet_graph(768), config);
}

/// The graph of a ControlNet.
pub fn controlnet_graph(width: u64) -> Graph {
    denoising(4, width)
        .input("controlnet_cond", FLOAT, "batch 3 picture_height picture_width")
        .input("conditioning_scale", FLOAT, "1")
        .output("down_block_res_samples_0", "batch 320 height width")
        .output("down_block_res_samples_1", "batch 320 height width")
        .output("mid_block_res_sample", "batch 1280 height width")
}

/// The graph of a UNet that takes ControlNets.
pub fn unet(channels: u64, width: u64) -> Graph {
    denoising(channels, width)
        .input("down_block_additional_residual_0", FLOAT, "batch 320 height width")
        .input("down_block_additional_residual_1", FLOAT, "batch 320 height width")
        .input("mid_block_additional_residual", FLOAT, "batch 1280 height width")
        .output("out_sample", "batch 4 height width")
}

pub fn unet_config(channels: u64, width: u64) -> Value {
    json!({
        "_class_name": "UNet2DConditionModel", "in_channels": channels, "out_channels": 4,
        "cross_attention_dim": width, "sample_size": 64,
    })
}

pub fn text_encoder_graph(width: u64) -> Graph {
    let states = format!("batch 77 {width}");
    let graph = Graph::new().input("input_ids", INT64, "batch 77").output("last_hidden_state", &states);
    let graph = (0..3).fold(graph, |graph, i| graph.output(&format!("hidden_states.{i}"), &states));
    graph.output("text_embeds", &format!("batch {width}"))
}

pub fn vae_config() -> Value {
    json!({
        "_class_name": "AutoencoderKL", "latent_channels": 4, "block_out_channels": [128, 256, 512, 512],
        "scaling_factor": 0.18215, "shift_factor": null,
    })
}

/// Writes a graph with weights beside it, and its configuration.
pub fn write_part(folder: &Path, part: &str, graph: Graph, config: Value) {
    write_graph(&folder.join(part), graph, config);
}

pub fn write_json(path: &Path, value: &Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, value.to_string()).unwrap();
}

/// Writes a safetensors file of zeros with these tensors.
pub fn safetensors(path: &Path, tensors: &[(&str, &[u64])]) {
    let mut end = 0;
    let mut header = json!({"__metadata__": {"format": "pt"}});
    for (name, shape) in tensors {
        let start = end;
        end += 4 * shape.iter().product::<u64>();
        header[*name] = json!({"dtype": "F32", "shape": shape, "data_offsets": [start, end]});
    }
    let header = header.to_string();
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; end as usize]].concat();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn pack(folder: &Path, class: &str, scheduler: &str) {
    write_json(&folder.join("model_index.json"), &json!({"_class_name": class, "unet": ["diffusers", "x"]}));
    write_json(&folder.join("facekit.json"), &json!({"license": "MIT", "name": "tiny"}));
    write_json(&folder.join("scheduler/scheduler_config.json"), &json!({"_class_name": scheduler}));
    tokenizer(&folder.join("tokenizer"));
    let encoder = Graph::new().input("sample", FLOAT, "batch 3 height width");
    let encoder = encoder.output("latent_parameters", "batch 8 latent_height latent_width");
    write_part(folder, "vae_encoder", encoder, vae_config());
    let decoder = Graph::new().input("latent_sample", FLOAT, "batch 4 latent_height latent_width");
    write_part(folder, "vae_decoder", decoder.output("sample", "batch 3 height width"), vae_config());
}

fn text_encoder(folder: &Path, part: &str, width: u64, act: &str) {
    let config = json!({"hidden_size": width, "hidden_act": act, "projection_dim": width});
    write_part(folder, part, text_encoder_graph(width), config);
}

fn tokenizer(folder: &Path) {
    write_json(&folder.join("vocab.json"), &json!({"a": 0}));
    fs::write(folder.join("merges.txt"), "#version: 0.2\n").unwrap();
}

fn denoising(channels: u64, width: u64) -> Graph {
    Graph::new()
        .input("sample", FLOAT, &format!("batch {channels} height width"))
        .input("timestep", FLOAT, "time_batch")
        .input("encoder_hidden_states", FLOAT, &format!("batch tokens {width}"))
}

fn write_graph(folder: &Path, graph: Graph, config: Value) {
    graph.weight("model.onnx_data", WEIGHTS).write(&folder.join("model.onnx"));
    fs::write(folder.join("model.onnx_data"), vec![0; 4 * WEIGHTS as usize]).unwrap();
    write_json(&folder.join("config.json"), &config);
}
