//! Prompts cut into chunks of tokens.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use facekit::ErrorKind;
use facekit::diffusion::{CHUNK_LEN, MAX_CHUNKS, Prompt, PromptTokens, Tokenizer};
use serde::Deserialize;

use crate::{golden, json};

/// A weighted prompt, its tokens for each tokenizer, and their weights.
#[derive(Deserialize)]
struct Weighted {
    text: String,
    tokens: Vec<Vec<Vec<u32>>>,
    weights: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Prompts {
    weighted: BTreeMap<String, Weighted>,
}

fn tokenizers() -> [Tokenizer; 2] {
    ["tokenizer", "tokenizer_2"].map(|name| Tokenizer::open(&golden(name)).unwrap())
}

fn tokens(prompt: &str, negative: &str, zero_negative: bool) -> facekit::Result<Vec<PromptTokens>> {
    let [first, second] = tokenizers();
    let (prompt, negative) = (Prompt::parse(prompt)?, Prompt::parse(negative)?);
    PromptTokens::new(&[&first, &second], &prompt, &negative, zero_negative, &[])
}

#[test]
fn chunks_are_those_of_transformers() {
    let Prompts { weighted } = json("prompts.json");
    assert_eq!(weighted.len(), 3);
    for (name, expected) in weighted {
        for (encoder, tokens) in tokens(&expected.text, "", false).unwrap().iter().enumerate() {
            let ids: Vec<_> = tokens.prompt.iter().map(|chunk| chunk.ids.to_vec()).collect();
            assert_eq!(ids, expected.tokens[encoder], "{name}");
            let weights: Vec<_> = tokens.prompt.iter().map(|chunk| chunk.weights.to_vec()).collect();
            assert_eq!(weights, expected.weights, "{name}");
        }
    }
}

#[test]
fn prompt_and_negative_prompt_have_as_many_chunks() {
    let long = "face ".repeat(80);
    for (prompt, negative) in [(long.as_str(), ""), ("", long.as_str()), ("a BREAK b BREAK c", "d")] {
        let all = tokens(prompt, negative, false).unwrap();
        let len = all[0].prompt.len();
        assert!(len > 1);
        for tokens in &all {
            assert_eq!((tokens.prompt.len(), tokens.negative.as_ref().unwrap().len()), (len, len));
        }
    }
}

#[test]
fn tokenizers_that_disagree_have_as_many_chunks() {
    // `!!` is one token, or, where `!` is what pads, two.
    let all = tokens(&"!! ".repeat(60), "", false).unwrap();
    assert_eq!(all[0].prompt.len(), all[1].prompt.len());
    assert_eq!(all[0].prompt.len(), 2);
}

#[test]
fn zeros_stand_for_an_empty_negative_prompt_where_that_is_asked_for() {
    assert!(tokens("a", " ", true).unwrap().iter().all(|tokens| tokens.negative.is_none()));
    assert!(tokens("a", " ", false).unwrap().iter().all(|tokens| tokens.negative.is_some()));
    assert!(tokens("a", "b", true).unwrap().iter().all(|tokens| tokens.negative.is_some()));
}

#[test]
fn a_chunk_is_start_words_end_and_padding() {
    let all = tokens("", "", false).unwrap();
    let [first, second] = [&all[0].prompt[0], &all[1].prompt[0]];
    assert_eq!(first.ids[..3], [596, 597, 597]);
    assert_eq!(second.ids[..3], [596, 597, 0]);
    assert_eq!(first.weights, [1.0; CHUNK_LEN]);
}

#[test]
fn a_prompt_may_fill_so_many_chunks_and_no_more() {
    let sections = |count: usize| vec!["a"; count].join(" BREAK ");
    assert_eq!(tokens(&sections(MAX_CHUNKS), "", false).unwrap()[0].prompt.len(), MAX_CHUNKS);
    let start = Instant::now();
    for prompt in [sections(MAX_CHUNKS + 1), "word ".repeat(10_000)] {
        for error in [tokens(&prompt, "", false).unwrap_err(), tokens("a", &prompt, false).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::LimitExceeded);
            assert!(error.to_string().contains("chunks of 75 tokens"), "{error}");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
