//! The layers of a UNet by their names in the original code of latent diffusion, which kohya's scripts train XL on.

/// What the names begin with.
const STARTS: &[&str] =
    &["input_blocks_", "middle_block_", "output_blocks_", "time_embed_", "label_emb_", "out_"];

/// Layers outside the blocks.
const SINGLE: &[(&str, &str)] = &[
    ("input_blocks_0_0", "conv_in"),
    ("time_embed_0", "time_embedding_linear_1"),
    ("time_embed_2", "time_embedding_linear_2"),
    ("label_emb_0_0", "add_embedding_linear_1"),
    ("label_emb_0_2", "add_embedding_linear_2"),
    ("out_0", "conv_norm_out"),
    ("out_2", "conv_out"),
];

/// Layers of a residual block.
const RESNET: &[(&str, &str)] = &[
    ("in_layers_0", "norm1"),
    ("in_layers_2", "conv1"),
    ("emb_layers_1", "time_emb_proj"),
    ("out_layers_0", "norm2"),
    ("out_layers_3", "conv2"),
    ("skip_connection", "conv_shortcut"),
];

/// Whether a layer's name, with underscores, is one of the original code.
pub(super) fn is_ldm(layer: &str) -> bool {
    STARTS.iter().any(|start| layer.starts_with(start))
}

/// The name that diffusers gives to a layer of the original code.
///
/// `resnets` is how many residual blocks there are in each block on the way down, 2 in every Stable Diffusion: there, an
/// entry of `input_blocks` is one of them or what makes the picture smaller, and one of `output_blocks` is one of the
/// `resnets + 1` on the way up, the last of which also makes it larger.
pub(super) fn to_diffusers(layer: &str, resnets: usize) -> Option<String> {
    if let Some((_, name)) = SINGLE.iter().find(|(ldm, _)| *ldm == layer) {
        return Some((*name).to_owned());
    }
    if let Some(place) = layer.strip_prefix("middle_block_") {
        let (index, rest) = number(place)?;
        return match index {
            0 | 2 => Some(format!("mid_block_resnets_{}_{}", index / 2, resnet(rest)?)),
            1 => Some(format!("mid_block_attentions_0_{rest}")),
            _ => None,
        };
    }
    let each = resnets + 1;
    if let Some(place) = layer.strip_prefix("input_blocks_") {
        let (index, rest) = number(place)?;
        let (inner, rest) = number(rest)?;
        let (block, i) = (index.checked_sub(1)? / each, index.checked_sub(1)? % each);
        return match (inner, rest) {
            (0, "op") => Some(format!("down_blocks_{block}_downsamplers_0_conv")),
            (0, rest) => Some(format!("down_blocks_{block}_resnets_{i}_{}", resnet(rest)?)),
            (1, rest) => Some(format!("down_blocks_{block}_attentions_{i}_{rest}")),
            _ => None,
        };
    }
    let (index, rest) = number(layer.strip_prefix("output_blocks_")?)?;
    let (inner, rest) = number(rest)?;
    let (block, i) = (index / each, index % each);
    match (inner, rest) {
        (1 | 2, "conv") => Some(format!("up_blocks_{block}_upsamplers_0_conv")),
        (0, rest) => Some(format!("up_blocks_{block}_resnets_{i}_{}", resnet(rest)?)),
        (1, rest) => Some(format!("up_blocks_{block}_attentions_{i}_{rest}")),
        _ => None,
    }
}

/// The number that a name begins with, and what follows it.
fn number(name: &str) -> Option<(usize, &str)> {
    let (number, rest) = name.split_once('_')?;
    Some((number.parse().ok()?, rest))
}

fn resnet(layer: &str) -> Option<&'static str> {
    RESNET.iter().find(|(ldm, _)| *ldm == layer).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_of_xl_have_their_names() {
        for (ldm, diffusers) in [
            ("input_blocks_0_0", "conv_in"),
            ("input_blocks_1_0_in_layers_2", "down_blocks_0_resnets_0_conv1"),
            ("input_blocks_3_0_op", "down_blocks_0_downsamplers_0_conv"),
            ("input_blocks_4_0_skip_connection", "down_blocks_1_resnets_0_conv_shortcut"),
            (
                "input_blocks_4_1_transformer_blocks_0_attn1_to_q",
                "down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q",
            ),
            ("input_blocks_8_1_proj_in", "down_blocks_2_attentions_1_proj_in"),
            ("middle_block_0_emb_layers_1", "mid_block_resnets_0_time_emb_proj"),
            ("middle_block_1_proj_out", "mid_block_attentions_0_proj_out"),
            ("middle_block_2_out_layers_3", "mid_block_resnets_1_conv2"),
            ("output_blocks_0_0_in_layers_2", "up_blocks_0_resnets_0_conv1"),
            (
                "output_blocks_5_1_transformer_blocks_1_ff_net_2",
                "up_blocks_1_attentions_2_transformer_blocks_1_ff_net_2",
            ),
            ("output_blocks_2_2_conv", "up_blocks_0_upsamplers_0_conv"),
            ("output_blocks_2_1_conv", "up_blocks_0_upsamplers_0_conv"),
            ("output_blocks_8_0_skip_connection", "up_blocks_2_resnets_2_conv_shortcut"),
            ("label_emb_0_2", "add_embedding_linear_2"),
            ("out_2", "conv_out"),
        ] {
            assert!(is_ldm(ldm));
            assert_eq!(to_diffusers(ldm, 2).as_deref(), Some(diffusers));
        }
        for layer in [
            "input_blocks_0_1_proj_in",
            "input_blocks_4",
            "input_blocks_4_3_proj_in",
            "middle_block_3_proj_in",
            "output_blocks_x_0_op",
            "output_blocks_99999999999999999999_0_op",
            "out_9",
        ] {
            assert_eq!(to_diffusers(layer, 2), None, "{layer}");
        }
        assert!(!is_ldm("down_blocks_0_resnets_0_conv1"));
    }
}
