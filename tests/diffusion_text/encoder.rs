//! Text encoders beside diffusers' `encode_prompt`.

use std::collections::BTreeMap;

use facekit::diffusion::{
    Conditioning, Guidance, Prompt, PromptTokens, SafeTensors, TextEncoder, TextLayer, Tokenizer,
};
use facekit::runtime::{Runtime, Session, SessionOptions};
use facekit::{CancelToken, ErrorKind};
use ndarray::ArrayD;
use serde::Deserialize;

use crate::{golden, json};

#[derive(Deserialize)]
struct Prompts {
    prompt: String,
    negative: String,
    weighted: BTreeMap<String, Weighted>,
}

#[derive(Deserialize)]
struct Weighted {
    text: String,
}

pub fn session(folder: &str) -> Session {
    let runtime = Runtime::load(None).expect("`cargo xtask setup` fetches ONNX Runtime");
    Session::from_file(&runtime, &golden(folder).join("model.onnx"), &SessionOptions::default()).unwrap()
}

fn tokenizer(folder: &str) -> Tokenizer {
    Tokenizer::open(&golden(folder)).unwrap()
}

fn tokens(tokenizers: &[&Tokenizer], prompt: &str, negative: &str, zeros: bool) -> Vec<PromptTokens> {
    let (prompt, negative) = (Prompt::parse(prompt).unwrap(), Prompt::parse(negative).unwrap());
    PromptTokens::new(tokenizers, &prompt, &negative, zeros, &[]).unwrap()
}

/// Stable Diffusion 1.
fn sd(prompt: &str, negative: &str, skip: usize) -> Guidance {
    let tokens = tokens(&[&tokenizer("tokenizer")], prompt, negative, false);
    let layer = TextLayer::of_sd(skip, &golden("text_encoder/model.onnx")).unwrap();
    let encoder = TextEncoder { session: &session("text_encoder"), layer };
    encoder.encode(&tokens[0], &CancelToken::new()).unwrap()
}

/// Stable Diffusion XL.
fn xl(prompt: &str, negative: &str, zeros: bool, skip: usize) -> Guidance {
    let tokens = tokens(&[&tokenizer("tokenizer"), &tokenizer("tokenizer_2")], prompt, negative, zeros);
    let [first, second] =
        [("text_encoder", &tokens[0]), ("text_encoder_2", &tokens[1])].map(|(folder, tokens)| {
            let encoder = TextEncoder { session: &session(folder), layer: TextLayer::of_xl(skip) };
            encoder.encode(tokens, &CancelToken::new()).unwrap()
        });
    first.beside(second).unwrap()
}

/// What diffusers makes of them, by name.
struct Expected(SafeTensors);

impl Expected {
    fn open(name: &str) -> Self {
        Self(SafeTensors::open(&golden(name)).unwrap())
    }

    fn tensor(&self, name: &str) -> ArrayD<f32> {
        let tensor = self.0.tensor(name).unwrap();
        tensor.insert_axis(ndarray::Axis(0))
    }

    fn check(&self, name: &str, found: &Conditioning) {
        close(name, &self.tensor(name), &found.embeddings.clone().into_dyn());
        if let Some(pooled) = &found.pooled
            && self.0.dims(&format!("{name}.pooled")).is_some()
        {
            close(name, &self.tensor(&format!("{name}.pooled")), &pooled.clone().into_dyn());
        }
    }
}

pub fn close(name: &str, expected: &ArrayD<f32>, found: &ArrayD<f32>) {
    assert_eq!(expected.shape(), found.shape(), "{name}");
    let worst = expected.iter().zip(found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= 1e-5, "{name}: {worst}");
    assert!(expected.iter().any(|value| *value != 0.0) || name == "zeros", "{name}");
}

#[test]
fn stable_diffusion_is_conditioned_as_by_diffusers() {
    let Prompts { prompt, negative, .. } = json("prompts.json");
    let expected = Expected::open("sd.safetensors");
    for skip in 0..=2 {
        let guidance = sd(&prompt, &negative, skip);
        expected.check(&format!("skip_{skip}.prompt"), &guidance.prompt);
        expected.check(&format!("skip_{skip}.negative"), &guidance.negative);
        assert_eq!(guidance.prompt.pooled, None);
    }
    expected.check("empty", &sd(&prompt, "", 0).negative);
}

#[test]
fn stable_diffusion_xl_is_conditioned_as_by_diffusers() {
    let Prompts { prompt, negative, .. } = json("prompts.json");
    let expected = Expected::open("xl.safetensors");
    for skip in 0..=1 {
        let guidance = xl(&prompt, &negative, true, skip);
        expected.check(&format!("skip_{skip}.prompt"), &guidance.prompt);
        expected.check(&format!("skip_{skip}.negative"), &guidance.negative);
        assert_eq!(guidance.prompt.pooled.unwrap().dim(), (1, 12));
    }
    expected.check("zeros", &xl(&prompt, "", true, 0).negative);
    expected.check("empty", &xl(&prompt, "", false, 0).negative);
}

#[test]
fn weights_multiply_embeddings_and_keep_the_mean_of_a_chunk() {
    let Prompts { weighted, .. } = json("prompts.json");
    assert_eq!(weighted.len(), 3);
    let [in_sd, in_xl] = ["sd.safetensors", "xl.safetensors"].map(Expected::open);
    for (name, Weighted { text }) in weighted {
        in_sd.check(&name, &sd(&text, "", 0).prompt);
        if in_xl.0.dims(&name).is_some() {
            in_xl.check(&name, &xl(&text, "", true, 0).prompt);
        }
    }
}

#[test]
fn a_mean_of_zero_is_not_kept() {
    let guidance = sd("(a face:0) (of a child:-1)", "", 0);
    assert!(guidance.prompt.embeddings.iter().all(|value| value.is_finite() && value.abs() < 1e3));
}

#[test]
fn the_negative_prompt_has_the_shape_of_the_prompt() {
    let guidance = xl(&"a face ".repeat(50), "", true, 0);
    assert_eq!(guidance.prompt.embeddings.dim(), guidance.negative.embeddings.dim());
    assert!(guidance.negative.embeddings.iter().all(|value| *value == 0.0));
    assert!(guidance.negative.pooled.unwrap().iter().all(|value| *value == 0.0));
    let guidance = xl("a", &"a face ".repeat(50), true, 0);
    assert_eq!(guidance.prompt.embeddings.dim(), guidance.negative.embeddings.dim());
    assert!(guidance.prompt.embeddings.dim().1 > 77);
}

#[test]
fn what_a_text_encoder_lacks_is_said() {
    let tokens = &tokens(&[&tokenizer("tokenizer")], "a", "", false)[0];
    let session = session("text_encoder");
    let refused = |session: &Session, layer: TextLayer| {
        TextEncoder { session, layer }.encode(tokens, &CancelToken::new()).unwrap_err()
    };
    let error = refused(&session, TextLayer::of_xl(2));
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("has 2 layers"), "{error}");
    let runtime = Runtime::load(None).unwrap();
    let other = golden("../runtime/linear.onnx");
    let other = Session::from_file(&runtime, &other, &SessionOptions::default()).unwrap();
    assert_eq!(refused(&other, TextLayer::Last).kind(), ErrorKind::InvalidModel);
    let error = TextLayer::of_sd(1, &golden("../runtime/linear.onnx")).unwrap_err();
    assert!(error.to_string().contains("no weight `final_layer_norm.weight`"), "{error}");
    let canceled = CancelToken::new();
    canceled.cancel();
    let encoder = TextEncoder { session: &session, layer: TextLayer::Last };
    assert_eq!(encoder.encode(tokens, &canceled).unwrap_err().kind(), ErrorKind::Canceled);
}
