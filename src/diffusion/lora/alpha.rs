//! The strengths that peft writes into a file's metadata, and not beside the tensors.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::key::layer_name;
use crate::models::Part;

/// Where diffusers keeps peft's configurations.
const ENTRY: &str = "lora_adapter_metadata";

/// The strengths of the layers of each part, where the file says them.
#[derive(Debug, Clone, Default)]
pub(super) struct Alphas(BTreeMap<Part, PartAlphas>);

#[derive(Debug, Clone)]
struct PartAlphas {
    all: Option<f32>,
    /// The ends of layers' names that have their own.
    ends: Vec<(String, f32)>,
}

impl Alphas {
    /// Reads them from a file's metadata.
    ///
    /// # Errors
    /// A method that facekit does not merge, by its name.
    pub(super) fn of(metadata: &HashMap<String, String>) -> Result<Self, &'static str> {
        let mut parts = BTreeMap::new();
        let config = metadata.get(ENTRY).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let Some(config) = config else { return Ok(Self::default()) };
        for part in [Part::Unet, Part::TextEncoder, Part::TextEncoder2] {
            let get = |key: &str| &config[format!("{}.{key}", part.name())];
            for (key, method) in [("use_rslora", "rank-stabilised LoRA"), ("use_dora", "DoRA")] {
                if get(key).as_bool() == Some(true) {
                    return Err(method);
                }
            }
            let float = |value: &Value| value.as_f64().map(|value| value as f32);
            let ends = get("alpha_pattern").as_object().into_iter().flatten();
            let ends = ends.filter_map(|(end, value)| Some((layer_name(end, part), float(value)?)));
            parts.insert(part, PartAlphas { all: float(get("lora_alpha")), ends: ends.collect() });
        }
        Ok(Self(parts))
    }

    /// The strength of a layer, where the file says one.
    pub(super) fn get(&self, part: Part, layer: &str) -> Option<f32> {
        let alphas = self.0.get(&part)?;
        let own = alphas.ends.iter().find(|(end, _)| {
            layer.strip_suffix(end.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
        });
        own.map(|(_, alpha)| *alpha).or(alphas.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alphas(json: &str) -> Result<Alphas, &'static str> {
        Alphas::of(&HashMap::from([(ENTRY.to_owned(), json.to_owned())]))
    }

    #[test]
    fn a_layers_own_alpha_comes_before_that_of_its_part() {
        let alphas = alphas(r#"{"unet.lora_alpha":3,"unet.alpha_pattern":{"attn2.to_q":5}}"#).unwrap();
        assert_eq!(alphas.get(Part::Unet, "mid_block_attn2_to_q"), Some(5.0));
        assert_eq!(alphas.get(Part::Unet, "mid_block_xattn2_to_q"), Some(3.0));
        assert_eq!(alphas.get(Part::TextEncoder, "encoder_layers_0"), None);
    }

    #[test]
    fn other_methods_are_named_and_nonsense_is_left_out() {
        assert_eq!(alphas(r#"{"unet.use_rslora":true}"#).unwrap_err(), "rank-stabilised LoRA");
        for nonsense in ["[]", "{", r#"{"unet.lora_alpha":"x","unet.alpha_pattern":[1]}"#] {
            assert_eq!(alphas(nonsense).unwrap().get(Part::Unet, "conv_in"), None);
        }
        assert_eq!(Alphas::of(&HashMap::new()).unwrap().get(Part::Unet, "conv_in"), None);
    }
}
