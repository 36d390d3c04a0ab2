//! The names of the tensors in a LoRA file: which part and which layer they change, and how.

use crate::models::Part;

/// What a tensor is to the layer that it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Down,
    Up,
    Mid,
    Alpha,
}

/// The name of a tensor, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub part: Part,
    /// The layer as kohya's scripts write it, with underscores: `mid_block_attentions_0_proj_in`. That of a text
    /// encoder begins below `text_model`.
    pub layer: String,
    pub piece: Piece,
}

/// A name that is none of a LoRA's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadKey {
    /// It belongs to another method, named here, that facekit does not merge.
    Unsupported(&'static str),
    /// It is unknown.
    Unknown,
}

/// What gives other methods away in a name that a dot was put behind.
const UNSUPPORTED: &[(&str, &str)] = &[
    (".dora_scale", "DoRA"),
    (".lora_magnitude_vector", "DoRA"),
    (".hada_", "LoHa"),
    (".lokr_", "LoKr"),
    (".oft_", "OFT"),
    (".oft.", "OFT"),
    (".on_input", "IA3"),
    (".a1.weight", "GLoRA"),
    (".b1.weight", "GLoRA"),
    (".diff.", "a full difference of weights"),
    (".diff_b.", "a full difference of weights"),
    (".w_norm", "a change of norms"),
    (".b_norm", "a change of norms"),
    (".lora_B.bias", "a LoRA with biases"),
    (".lora_up.bias", "a LoRA with biases"),
    ("bundle_emb.", "a bundle with textual inversions"),
];

/// What the names end in: kohya's and LyCORIS's, peft's, and diffusers' own.
const PIECES: &[(&str, Piece)] = &[
    (".lora_down.weight", Piece::Down),
    (".lora_up.weight", Piece::Up),
    (".lora_mid.weight", Piece::Mid),
    (".lora_A.weight", Piece::Down),
    (".lora_B.weight", Piece::Up),
    (".lora_A.default.weight", Piece::Down),
    (".lora_B.default.weight", Piece::Up),
    (".down.weight", Piece::Down),
    (".up.weight", Piece::Up),
    (".alpha", Piece::Alpha),
];

/// What the names begin with. Diffusers once wrote those of a UNet without anything before them.
const PARTS: &[(&str, Part)] = &[
    ("lora_unet_", Part::Unet),
    ("lora_te_", Part::TextEncoder),
    ("lora_te1_", Part::TextEncoder),
    ("lora_te2_", Part::TextEncoder2),
    ("unet.", Part::Unet),
    ("text_encoder.", Part::TextEncoder),
    ("text_encoder_2.", Part::TextEncoder2),
];

const BARE_UNET: &[&str] = &["down_blocks.", "mid_block.", "up_blocks."];

impl Key {
    pub(super) fn parse(name: &str) -> Result<Self, BadKey> {
        let dotted = format!("{name}.");
        if let Some((_, method)) = UNSUPPORTED.iter().find(|(mark, _)| dotted.contains(mark)) {
            return Err(BadKey::Unsupported(method));
        }
        let ended = PIECES.iter().find_map(|&(end, piece)| name.strip_suffix(end).map(|stem| (stem, piece)));
        let (stem, piece) = ended.ok_or(BadKey::Unknown)?;
        let begun =
            PARTS.iter().find_map(|&(start, part)| stem.strip_prefix(start).map(|layer| (layer, part)));
        let bare = || BARE_UNET.iter().any(|start| stem.starts_with(start)).then_some((stem, Part::Unet));
        let (layer, part) = begun.or_else(bare).ok_or(BadKey::Unknown)?;
        Ok(Self { part, layer: layer_name(layer, part), piece })
    }
}

/// A layer's name with underscores, from any of the spellings.
pub(super) fn layer_name(layer: &str, part: Part) -> String {
    let plain = layer.strip_suffix(".lora").or_else(|| layer.strip_suffix(".lora_linear_layer"));
    let old = layer.strip_suffix("_lora");
    let path = plain.or(old).unwrap_or(layer).replace(".processor.", ".").replace('.', "_");
    match part {
        Part::Unet if old.is_some() && path.ends_with("_to_out") => path + "_0",
        Part::Unet => path,
        _ => {
            let path = path.strip_prefix("text_model_").unwrap_or(&path);
            let ends =
                [("_to_q", "_q_proj"), ("_to_k", "_k_proj"), ("_to_v", "_v_proj"), ("_to_out", "_out_proj")];
            let renamed = ends.iter().find_map(|(from, to)| Some(path.strip_suffix(from)?.to_owned() + to));
            renamed.unwrap_or_else(|| path.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Part::{TextEncoder, TextEncoder2, Unet};
    use Piece::{Alpha, Down, Mid, Up};

    #[test]
    fn every_spelling_names_the_same_layer() {
        let query = "mid_block_attentions_0_transformer_blocks_0_attn1_to_q";
        let out = "mid_block_attentions_0_transformer_blocks_0_attn1_to_out_0";
        let text = "encoder_layers_0_self_attn_q_proj";
        for (name, part, layer, piece) in [
            (
                "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight",
                Unet,
                query,
                Down,
            ),
            ("lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q.alpha", Unet, query, Alpha),
            (
                "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q.lora_mid.weight",
                Unet,
                query,
                Mid,
            ),
            ("unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight", Unet, query, Down),
            (
                "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.default.weight",
                Unet,
                query,
                Up,
            ),
            (
                "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora.down.weight",
                Unet,
                query,
                Down,
            ),
            (
                "unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.up.weight",
                Unet,
                query,
                Up,
            ),
            (
                "mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.up.weight",
                Unet,
                query,
                Up,
            ),
            (
                "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0.lora_A.weight",
                Unet,
                out,
                Down,
            ),
            (
                "unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.down.weight",
                Unet,
                out,
                Down,
            ),
            ("lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_up.weight", TextEncoder, text, Up),
            ("lora_te1_text_model_encoder_layers_0_self_attn_q_proj.alpha", TextEncoder, text, Alpha),
            ("lora_te2_text_model_encoder_layers_0_self_attn_q_proj.alpha", TextEncoder2, text, Alpha),
            ("text_encoder.text_model.encoder.layers.0.self_attn.to_q_lora.up.weight", TextEncoder, text, Up),
            ("text_encoder.encoder.layers.0.self_attn.q_proj.lora_A.weight", TextEncoder, text, Down),
            (
                "text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.down.weight",
                TextEncoder2,
                text,
                Down,
            ),
            ("lora_te2_text_projection.lora_down.weight", TextEncoder2, "text_projection", Down),
        ] {
            assert_eq!(Key::parse(name), Ok(Key { part, layer: layer.into(), piece }), "{name}");
        }
    }

    #[test]
    fn other_methods_are_told_from_what_is_unknown() {
        for (name, method) in [
            ("lora_unet_mid_block_attentions_0_proj_in.dora_scale", "DoRA"),
            ("unet.mid_block.attentions.0.proj_in.lora_magnitude_vector.weight", "DoRA"),
            ("lora_unet_mid_block_attentions_0_proj_in.hada_w1_a", "LoHa"),
            ("lora_unet_mid_block_attentions_0_proj_in.lokr_w1", "LoKr"),
            ("lora_te_text_model_final_layer_norm.w_norm", "a change of norms"),
            ("lora_unet_conv_in.diff", "a full difference of weights"),
        ] {
            assert_eq!(Key::parse(name), Err(BadKey::Unsupported(method)), "{name}");
        }
        for name in [
            "model.diffusion_model.input_blocks.0.0.weight",
            "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight",
            "emb_params",
            "",
        ] {
            assert_eq!(Key::parse(name), Err(BadKey::Unknown), "{name}");
        }
    }
}
