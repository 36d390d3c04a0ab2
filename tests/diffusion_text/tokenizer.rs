//! CLIP's tokenizer beside transformers'.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use facekit::ErrorKind;
use facekit::diffusion::Tokenizer;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::shared::shared;
use crate::{golden, json};

/// What transformers makes of the strings of `strings.json` and of ten thousand words of them.
#[derive(Deserialize)]
struct Tokens {
    strings: Vec<Vec<u32>>,
    words: String,
    #[serde(default)]
    unicode: Vec<String>,
}

fn digest(tokens: &[u32]) -> String {
    let bytes: Vec<u8> = tokens.iter().flat_map(|token| token.to_le_bytes()).collect();
    Sha256::digest(bytes)[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(tokenizer: &Tokenizer, expected: &Tokens) {
    let strings: Vec<String> = json("strings.json");
    assert_eq!(strings.len(), expected.strings.len());
    for (text, tokens) in strings.iter().zip(&expected.strings) {
        assert_eq!(&tokenizer.encode(text).unwrap(), tokens, "{text:?}");
    }
    let words = strings.join(" ");
    let words: Vec<_> = words.split(' ').cycle().take(10_000).collect();
    assert_eq!(digest(&tokenizer.encode(&words.join(" ")).unwrap()), expected.words);
    let pages = (0..0x4_0000_u32).step_by(1024).filter(|page| !(0xd800..0xe000).contains(page));
    for (page, expected) in pages.zip(&expected.unicode) {
        let letters = (page..page + 1024).filter_map(char::from_u32);
        let text: Vec<_> = letters.map(|letter| format!("a{letter}b {letter}")).collect();
        assert_eq!(&digest(&tokenizer.encode(&text.join(" ")).unwrap()), expected, "from {page:#x}");
    }
}

#[test]
fn tokens_are_those_of_transformers() {
    let expected: BTreeMap<String, Tokens> = json("tokens.json");
    assert_eq!(expected.len(), 2);
    for (name, tokens) in &expected {
        check(&Tokenizer::open(&golden(name)).unwrap(), tokens);
    }
}

#[test]
fn tokens_of_clips_own_vocabulary_are_those_of_transformers() {
    let Some(file) = shared("models/diffusion/bpe_simple_vocab_16e6.txt.gz") else { return };
    let expected: BTreeMap<String, Tokens> = json("clip_tokens.json");
    assert_eq!(expected.len(), 2);
    for (name, tokens) in &expected {
        let folder = clip_folder(&file, if name == "end" { "<|endoftext|>" } else { "!" });
        check(&Tokenizer::open(folder.path()).unwrap(), tokens);
    }
}

/// CLIP's tokenizer as packs have it, made of OpenAI's file of merges.
fn clip_folder(file: &Path, padding: &str) -> TempDir {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    let small: serde_json::Map<String, serde_json::Value> = json("tokenizer/vocab.json");
    // The letters of the bytes, alone and at the end of a word, are the same in every vocabulary.
    let letters = small.into_iter().map(|(letter, _)| letter).take(512);
    let merges: Vec<&str> = text.lines().skip(1).take(49408 - 512 - 2).collect();
    let merged = merges.iter().map(|merge| merge.replace(' ', ""));
    let marks = ["<|startoftext|>", "<|endoftext|>"].map(str::to_owned);
    let vocabulary: BTreeMap<String, usize> =
        letters.chain(merged).chain(marks).enumerate().map(|(number, piece)| (piece, number)).collect();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("vocab.json", serde_json::to_string(&vocabulary).unwrap());
    write("merges.txt", format!("#version: 0.2\n{}\n", merges.join("\n")));
    let map = fs::read_to_string(golden("tokenizer/special_tokens_map.json")).unwrap();
    let pad = |token: &str| format!(r#""pad_token": "{token}""#);
    write("special_tokens_map.json", map.replace(&pad("<|endoftext|>"), &pad(padding)));
    folder
}

#[test]
fn hostile_text_takes_no_time() {
    let tokenizer = Tokenizer::open(&golden("tokenizer")).unwrap();
    let start = Instant::now();
    for piece in [
        "a",
        "ab ",
        "!",
        "'s",
        " ",
        "\t ",
        "9",
        "é",
        "🙂",
        "<|endoftext|>",
        "<|",
        "e\u{301}",
        "\u{1112}\u{1161}",
    ] {
        tokenizer.encode(&piece.repeat((64 << 10) / piece.len())).unwrap();
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// A folder with these files instead of the small tokenizer's own; an empty one is left out.
fn changed(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(golden("tokenizer")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    for (name, text) in files {
        let path = folder.path().join(name);
        if text.is_empty() { fs::remove_file(path).unwrap() } else { fs::write(path, text).unwrap() }
    }
    folder
}

#[test]
fn a_folder_that_is_no_tokenizer_is_refused() {
    let refused = |files: &[(&str, &str)], words: &[&str]| {
        let error = Tokenizer::open(changed(files).path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel, "{error}");
        for word in words {
            assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
        }
    };
    refused(&[("vocab.json", "")], &["neither vocab.json and merges.txt nor tokenizer.json"]);
    refused(&[("merges.txt", "")], &["merges.txt", "missing"]);
    refused(&[("vocab.json", "[1, 2]")], &["vocab.json"]);
    refused(&[("vocab.json", "{")], &["vocab.json"]);
    refused(&[("vocab.json", r#"{"a": -1}"#)], &["vocab.json"]);
    refused(&[("vocab.json", r#"{"a": 99999999}"#)], &["99999999", "too large"]);
    refused(&[("vocab.json", r#"{"a": 1}"#), ("merges.txt", "\n")], &["special token `<|startoftext|>`"]);
    refused(&[("merges.txt", "#version: 0.2\na b c\n")], &["merges.txt", "line 2"]);
    refused(&[("merges.txt", "q zz\n")], &["zz"]);
    refused(&[("tokenizer_config.json", "7")], &["tokenizer_config.json"]);
    refused(&[("special_tokens_map.json", r#"{"pad_token": "<pad>"}"#)], &["special token `<pad>`"]);
    refused(&[("vocab.json", &" ".repeat((16 << 20) + 1))], &["longer than 16 MiB"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(Tokenizer::open(file.path()).is_err());
    assert!(Tokenizer::open(Path::new("no/such/folder")).is_err());
}
