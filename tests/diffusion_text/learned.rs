//! Textual inversions: their files, their names in prompts, and their vectors in the text encoder.

use std::fs;
use std::path::{Path, PathBuf};

use facekit::diffusion::{
    LearnedVector, Prompt, PromptTokens, SafeTensors, TextEncoder, TextLayer, TextualInversion, Tokenizer,
};
use facekit::models::{Initializers, load_with};
use facekit::runtime::{Runtime, SessionOptions};
use facekit::{CancelToken, ErrorKind, Result};
use ndarray::{Array2, Axis};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

use crate::encoder::close;
use crate::golden;

/// A safetensors file of zeros.
fn file(folder: &TempDir, name: &str, tensors: &[(&str, &[usize])]) -> PathBuf {
    let zeros = vec![0; 1 << 20];
    let tensors = tensors.iter().map(|(name, dims)| {
        let bytes = dims.iter().product::<usize>() * 4;
        (*name, TensorView::new(Dtype::F32, dims.to_vec(), &zeros[..bytes]).unwrap())
    });
    let path = folder.path().join(name);
    safetensors::serialize_to_file(tensors, None, &path).unwrap();
    path
}

fn inversion(name: &str, vectors: usize) -> TextualInversion {
    TextualInversion { name: name.into(), vectors: vec![Array2::from_elem((vectors, 16), 0.5)] }
}

fn tokens(prompt: &str, inversions: &[TextualInversion]) -> Result<PromptTokens> {
    let tokenizer = Tokenizer::open(&golden("tokenizer")).unwrap();
    let [prompt, negative] = [prompt, ""].map(|text| Prompt::parse(text).unwrap());
    Ok(PromptTokens::new(&[&tokenizer], &prompt, &negative, false, inversions)?.remove(0))
}

/// The names of the vectors in a prompt, one after another.
fn names(prompt: &str, inversions: &[TextualInversion]) -> Vec<String> {
    let tokens = tokens(prompt, inversions).unwrap();
    let ids = tokens.prompt.iter().flat_map(|chunk| chunk.ids);
    ids.filter_map(|id| tokens.learned.get(&id)).map(|vector| vector.name.clone()).collect()
}

#[test]
fn a_prompt_has_its_vectors_as_in_diffusers() {
    let inversion = TextualInversion::open(&golden("my-face.safetensors")).unwrap();
    assert_eq!((inversion.name.as_str(), inversion.vectors[0].dim()), ("my-face", (2, 16)));
    let tokens = tokens("a photo of My-Face, smiling", &[inversion]).unwrap();
    let graph = Initializers::of_file(&golden("text_encoder/model.onnx")).unwrap();
    let weights = tokens.weights(&graph).unwrap();
    let runtime = Runtime::load(None).unwrap();
    let session = load_with(&runtime, graph.path(), weights, &SessionOptions::default()).unwrap();
    let encoder = TextEncoder { session: &session, layer: TextLayer::Last };
    let found = encoder.encode(&tokens, &CancelToken::new()).unwrap().prompt.embeddings;
    let expected = SafeTensors::open(&golden("sd.safetensors")).unwrap().tensor("learned").unwrap();
    close("learned", &expected.insert_axis(Axis(0)), &found.into_dyn());
}

#[test]
fn a_prompt_names_it_by_words_of_their_own() {
    let known =
        [inversion("face", 1), inversion("bad face", 2), inversion("bad-face-5", 1), inversion("É!", 1)];
    let names = |prompt: &str| names(prompt, &known);
    assert_eq!(names("a Face, (FACE:1.2) [face]!face"), ["face"; 4]);
    assert_eq!(names("faces surface face_x face-off éface"), [""; 0]);
    assert_eq!(names("a bad face"), ["bad face"; 2]);
    assert_eq!(names("bad-face-5 é! é"), ["bad-face-5", "É!"]);
    assert_eq!(names("face face"), ["face"; 2]);
}

#[test]
fn its_vectors_take_tokens_that_no_prompt_uses() {
    let plain = tokens("a photo of a , smiling", &[]).unwrap();
    let tokens = tokens("a photo of a (face:1.5), smiling face", &[inversion("face", 3)]).unwrap();
    let learned: Vec<_> = tokens.learned.keys().copied().collect();
    assert_eq!(learned.len(), 3);
    assert!(plain.prompt[0].ids.iter().all(|id| !learned.contains(id)));
    let Some(LearnedVector { name, values }) = tokens.learned.get(&learned[0]) else { panic!() };
    assert_eq!((name.as_str(), values.as_slice()), ("face", &[0.5; 16][..]));
    let chunk = &tokens.prompt[0];
    let weights =
        chunk.ids.iter().zip(chunk.weights).filter(|(id, _)| learned.contains(id)).map(|(_, weight)| weight);
    assert_eq!(weights.collect::<Vec<_>>(), [1.5, 1.5, 1.5, 1.0, 1.0, 1.0]);
}

#[test]
fn one_of_another_base_model_is_refused_where_it_is_used() {
    let narrow = inversion("face", 1);
    let mut wide = inversion("wide", 1);
    wide.vectors = vec![Array2::zeros((1, 24))];
    let mut xl = inversion("xl", 1);
    xl.vectors.push(Array2::zeros((1, 20)));
    let graph = Initializers::of_file(&golden("text_encoder/model.onnx")).unwrap();
    let known = [narrow, wide, xl];
    assert!(tokens("a photo", &known).unwrap().weights(&graph).unwrap().is_empty());
    let used = tokens("face", &known).unwrap();
    assert_eq!(
        used.weights(&graph).unwrap().names().collect::<Vec<_>>(),
        ["text_model.embeddings.token_embedding.weight"]
    );
    let error = tokens("wide", &known).unwrap().weights(&graph).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("`wide` has vectors of 24 numbers"), "{error}");
    let error = tokens("xl", &known).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("`xl` is made for 2 text encoder(s)"), "{error}");
}

#[test]
fn more_vectors_than_the_vocabulary_has_tokens_are_refused() {
    let many: Vec<_> = (0..16).map(|index| inversion(&format!("x{index}"), 75)).collect();
    let prompt = (0..16).map(|index| format!("x{index} ")).collect::<String>();
    let error = tokens(&prompt, &many).unwrap_err();
    assert!(error.to_string().contains("too small"), "{error}");
}

#[test]
fn every_kind_of_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, tensors: &[(&str, &[usize])]| {
        let inversion = TextualInversion::open(&file(&folder, name, tensors)).unwrap();
        inversion.vectors.iter().map(|vectors| vectors.dim()).collect::<Vec<_>>()
    };
    assert_eq!(open("a.safetensors", &[("emb_params", &[4, 768])]), [(4, 768)]);
    assert_eq!(open("b.safetensors", &[("<cat-toy>", &[768])]), [(1, 768)]);
    assert_eq!(
        open("c.safetensors", &[("clip_g", &[2, 1280]), ("clip_l", &[2, 768])]),
        [(2, 768), (2, 1280)]
    );
}

#[test]
fn every_other_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path, kind: ErrorKind, word: &str| {
        let error = TextualInversion::open(path).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    };
    let invalid = |name: &str, tensors: &[(&str, &[usize])], word: &str| {
        refused(&file(&folder, name, tensors), ErrorKind::InvalidModel, word);
    };
    invalid("a.safetensors", &[("one", &[4]), ("two", &[4])], "one, two");
    invalid("b.safetensors", &[("emb_params", &[76, 8])], "[76, 8]");
    invalid("c.safetensors", &[("emb_params", &[1, 2, 3])], "[1, 2, 3]");
    invalid("d.safetensors", &[("emb_params", &[0, 8])], "[0, 8]");
    invalid("e.safetensors", &[("emb_params", &[1, 10_000])], "[1, 10000]");
    for name in ["f.pt", "f.bin", "f.PT"] {
        let path = folder.path().join(name);
        fs::write(&path, "PK").unwrap();
        refused(&path, ErrorKind::Unsupported, "convert it to safetensors");
    }
    let path = folder.path().join("g.safetensors");
    fs::write(&path, "nonsense").unwrap();
    assert_eq!(TextualInversion::open(&path).unwrap_err().kind(), ErrorKind::InvalidModel);
    assert_eq!(TextualInversion::open(Path::new("no.safetensors")).unwrap_err().kind(), ErrorKind::Io);
}
