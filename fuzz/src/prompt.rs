//! Prompts: their weights and sections, their tokens, and the files of a tokenizer.

use std::sync::LazyLock;

use facekit::diffusion::{MAX_CHUNKS, Prompt, PromptTokens, TextualInversion, Tokenizer};

use super::{root, with_file};

/// What prompts are read with.
static READERS: LazyLock<([Tokenizer; 2], Vec<TextualInversion>)> = LazyLock::new(|| {
    let golden = root().join("tests/golden/text");
    let tokenizers = ["tokenizer", "tokenizer_2"].map(|name| Tokenizer::open(&golden.join(name)));
    let word = TextualInversion::open(&golden.join("my-face.safetensors")).expect("a textual inversion");
    (tokenizers.map(|tokenizer| tokenizer.expect("a tokenizer")), vec![word])
});

pub fn run(data: &[u8]) {
    if data.starts_with(b"{") {
        return tokenizer(data);
    }
    let text = String::from_utf8_lossy(data);
    let (prompt, negative) = text.split_once('\n').unwrap_or((&text, ""));
    let (Ok(prompt), Ok(negative)) = (Prompt::parse(prompt), Prompt::parse(negative)) else { return };
    assert!(!prompt.sections.is_empty());
    let weights = prompt.sections.iter().flatten().filter(|part| !part.text.trim().is_empty());
    assert!(weights.clone().all(|part| part.weight.abs() <= 100.0));
    assert_eq!(prompt.is_empty(), weights.count() == 0);

    let (tokenizers, words) = &*READERS;
    for count in 1..=tokenizers.len() {
        let tokenizers: Vec<_> = tokenizers.iter().take(count).collect();
        for zero_negative in [false, true] {
            let Ok(all) = PromptTokens::new(&tokenizers, &prompt, &negative, zero_negative, words) else {
                continue;
            };
            let len = all[0].prompt.len();
            assert!((1..=MAX_CHUNKS).contains(&len));
            for tokens in all {
                assert_eq!(tokens.prompt.len(), len);
                assert!(tokens.negative.is_none_or(|negative| negative.len() == len));
                assert!(tokens.prompt.iter().flat_map(|chunk| chunk.weights).all(f32::is_finite));
            }
        }
    }
}

/// Opens a tokenizer of one file.
fn tokenizer(file: &[u8]) {
    with_file("tokenizer.json", file, |path| {
        if let Ok(tokenizer) = Tokenizer::open(path.parent().expect("a folder")) {
            _ = tokenizer.encode("a (Clear) face, l'œil <|endoftext|> \u{1f642}");
        }
    });
}
