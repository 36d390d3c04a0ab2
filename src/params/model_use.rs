//! Models that are used several at once, each as strongly as a caller wants: LoRAs and ControlNets.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::params::{Kind, ParameterType};

/// How a LoRA and its scale are written; the number may be left out.
const LORA: &str = "NAME:SCALE";
/// How a ControlNet, its scale, and the part of the steps that it steers are written; numbers may be left out.
const CONTROLNET: &str = "NAME:SCALE:START:END";

/// A LoRA and its scale, written `NAME` or `NAME:SCALE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoraUse {
    /// Its name in the model store, or a path.
    pub lora: String,
    /// How much of it is added, −4 to 4. Default: 1.
    pub scale: f32,
}

/// A ControlNet, its scale, and the part of the steps that it steers, written `NAME`, `NAME:SCALE` or
/// `NAME:SCALE:START:END`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ControlUse {
    /// Its name in the model store, or a path.
    pub controlnet: String,
    /// How strongly it steers, 0 to 2. Default: 1.
    pub scale: f32,
    /// The part of the steps before it starts, 0 to 1. Default: 0.
    pub start: f32,
    /// The part of the steps after which it ends, 0 to 1, above `start`. Default: 1.
    pub end: f32,
}

impl FromStr for LoraUse {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (lora, numbers) = split(text);
        let scale = match numbers.as_slice() {
            [] => 1.0,
            &[scale] => scale,
            _ => return Err(Error::parameter(format!("`{text}` is not NAME or {LORA}"))),
        };
        Ok(Self { lora: lora.to_owned(), scale })
    }
}

impl FromStr for ControlUse {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (controlnet, numbers) = split(text);
        let (scale, start, end) = match numbers.as_slice() {
            [] => (1.0, 0.0, 1.0),
            &[scale] => (scale, 0.0, 1.0),
            &[scale, start, end] => (scale, start, end),
            _ => {
                return Err(Error::parameter(format!("`{text}` is not NAME, NAME:SCALE or {CONTROLNET}")));
            }
        };
        Ok(Self { controlnet: controlnet.to_owned(), scale, start, end })
    }
}

/// The name and the numbers after it. What is no number belongs to the name, as in `C:\models\a.safetensors`.
fn split(text: &str) -> (&str, Vec<f32>) {
    let (mut name, mut numbers) = (text, Vec::new());
    while let Some((rest, last)) = name.rsplit_once(':') {
        let Ok(number) = last.parse() else { break };
        name = rest;
        numbers.push(number);
    }
    numbers.reverse();
    (name, numbers)
}

impl fmt::Display for LoraUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.lora, self.scale)
    }
}

impl fmt::Display for ControlUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.controlnet, self.scale, self.start, self.end)
    }
}

macro_rules! text_in_json {
    ($($use:ty)+) => {$(
        impl TryFrom<String> for $use {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                text.parse()
            }
        }

        impl From<$use> for String {
            fn from(this: $use) -> Self {
                this.to_string()
            }
        }
    )+};
}

text_in_json!(LoraUse ControlUse);

/// The most models of a kind in one call.
const MOST: usize = 64;

fn check_count(name: &str, count: usize) -> Result<()> {
    if count <= MOST {
        return Ok(());
    }
    Err(Error::parameter(format!("`{name}` has {count} models, and must have 0 to {MOST}")))
}

impl ParameterType for Vec<LoraUse> {
    const KIND: Kind = Kind::Texts(LORA);

    fn check(&self, name: &str, _range: Option<(f64, f64)>) -> Result<()> {
        check_count(name, self.len())?;
        self.iter().try_for_each(|each| {
            let valid = !each.lora.is_empty() && (-4.0..=4.0).contains(&each.scale);
            valid.then_some(()).ok_or_else(|| {
                Error::parameter(format!(
                    "`{name}` has `{each}`, and a LoRA has a name and a scale of -4 to 4"
                ))
            })
        })
    }
}

impl ParameterType for Vec<ControlUse> {
    const KIND: Kind = Kind::Texts(CONTROLNET);

    fn check(&self, name: &str, _range: Option<(f64, f64)>) -> Result<()> {
        check_count(name, self.len())?;
        self.iter().try_for_each(|each| {
            let steps = 0.0 <= each.start && each.start < each.end && each.end <= 1.0;
            let valid = !each.controlnet.is_empty() && (0.0..=2.0).contains(&each.scale) && steps;
            valid.then_some(()).ok_or_else(|| {
                Error::parameter(format!(
                    "`{name}` has `{each}`, and a ControlNet has a name, a scale of 0 to 2, and a start below its \
                     end, both 0 to 1"
                ))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{DetailParams, DiffusionParams, ParameterSet, RefineParams};

    fn lora(lora: &str, scale: f32) -> LoraUse {
        LoraUse { lora: lora.to_owned(), scale }
    }

    fn control(controlnet: &str, scale: f32, start: f32, end: f32) -> ControlUse {
        ControlUse { controlnet: controlnet.to_owned(), scale, start, end }
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        assert_eq!("skin".parse::<LoraUse>().unwrap(), lora("skin", 1.0));
        assert_eq!("skin:-0.5".parse::<LoraUse>().unwrap(), lora("skin", -0.5));
        assert_eq!("tile".parse::<ControlUse>().unwrap(), control("tile", 1.0, 0.0, 1.0));
        assert_eq!("tile:0.5".parse::<ControlUse>().unwrap(), control("tile", 0.5, 0.0, 1.0));
        assert_eq!("tile:0.5:0.25:0.75".parse::<ControlUse>().unwrap(), control("tile", 0.5, 0.25, 0.75));
    }

    #[test]
    fn a_path_may_have_colons_and_numbers() {
        for path in [r"C:\models\a.safetensors", r"C:\models\1", "/models/1:1/a", "/models/v1.5", "ü:ü"] {
            assert_eq!(path.parse::<LoraUse>().unwrap(), lora(path, 1.0));
            assert_eq!(format!("{path}:0.8").parse::<LoraUse>().unwrap(), lora(path, 0.8));
            assert_eq!(path.parse::<ControlUse>().unwrap(), control(path, 1.0, 0.0, 1.0));
            let text = format!("{path}:0.8:0:0.5");
            assert_eq!(text.parse::<ControlUse>().unwrap(), control(path, 0.8, 0.0, 0.5));
        }
    }

    #[test]
    fn too_many_or_too_few_numbers_are_an_error() {
        let error = "a:1:2".parse::<LoraUse>().unwrap_err().to_string();
        assert_eq!(error, "`a:1:2` is not NAME or NAME:SCALE");
        for text in ["a:1:0.5", "a:1:0:1:1"] {
            let error = text.parse::<ControlUse>().unwrap_err().to_string();
            assert_eq!(error, format!("`{text}` is not NAME, NAME:SCALE or NAME:SCALE:START:END"));
        }
        assert!("1:".repeat(1 << 20).parse::<LoraUse>().is_ok(), "a name that ends with a colon");
        assert!(format!("{}1", "1:".repeat(1 << 20)).parse::<LoraUse>().is_err());
    }

    #[test]
    fn json_has_them_as_texts() {
        let json = r#"{"diffusion": {"loras": ["a", "b:0.5"], "controlnets": ["c:1:0:0.5"]}}"#;
        let loras = vec![lora("a", 1.0), lora("b", 0.5)];
        let expected = DiffusionParams {
            loras,
            controlnets: vec![control("c", 1.0, 0.0, 0.5)],
            ..DiffusionParams::default()
        };
        let detail = DetailParams::from_json(json).unwrap();
        assert_eq!(detail.diffusion, expected);
        assert_eq!(DetailParams::from_json(&detail.to_json()).unwrap(), detail);
        let refine = RefineParams::from_json(json).unwrap();
        assert_eq!(refine.diffusion, expected);
        assert_eq!(RefineParams::from_json(&refine.to_json()).unwrap(), refine);
        assert!(detail.to_json().contains(r#""loras":["a:1","b:0.5"]"#), "{}", detail.to_json());
    }

    #[test]
    fn json_that_is_wrong_is_named() {
        for (field, value, words) in [
            ("loras", r#"["a:1:2"]"#, "`diffusion.loras`: `a:1:2` is not NAME"),
            ("loras", r#"[{"lora": "a"}]"#, "`diffusion.loras`: invalid type"),
            ("loras", r#""a""#, "`diffusion.loras`: invalid type"),
            (
                "loras",
                r#"["a:5"]"#,
                "diffusion: `loras` has `a:5`, and a LoRA has a name and a scale of -4 to 4",
            ),
            ("loras", r#"["a:nan"]"#, "diffusion: `loras` has `a:NaN`"),
            ("loras", r#"[":1"]"#, "diffusion: `loras` has `:1`"),
            ("controlnets", r#"["a:1:2"]"#, "`diffusion.controlnets`: `a:1:2` is not NAME"),
            ("controlnets", r#"["a:2.5"]"#, "diffusion: `controlnets` has `a:2.5:0:1`"),
            ("controlnets", r#"["a:-1"]"#, "a scale of 0 to 2"),
            ("controlnets", r#"["a:1:0.5:0.5"]"#, "a start below its end"),
            ("controlnets", r#"["a:1:-0.1:0.5"]"#, "both 0 to 1"),
            ("controlnets", r#"["a:1:0:1.5"]"#, "both 0 to 1"),
            ("controlnets", r#"["a:1:nan:1"]"#, "both 0 to 1"),
            ("controlnets", r#"[""]"#, "a ControlNet has a name"),
        ] {
            let json = format!(r#"{{"diffusion": {{"{field}": {value}}}}}"#);
            let error = DetailParams::from_json(&json).unwrap_err().chain();
            assert!(error.contains(words), "{json}: {error}");
            let error = RefineParams::from_json(&json).unwrap_err().chain();
            assert!(error.contains(words), "{json}: {error}");
        }
    }
}
