//! The syntax of prompts.

use std::time::{Duration, Instant};

use facekit::ErrorKind;
use facekit::diffusion::Prompt;

/// The parts of a prompt of one section.
fn parts(text: &str) -> Vec<(String, f32)> {
    let prompt = Prompt::parse(text).unwrap();
    assert_eq!(prompt.sections.len(), 1, "{text}");
    prompt.sections[0].iter().map(|part| (part.text.clone(), part.weight)).collect()
}

fn same(text: &str, expected: &[(&str, f64)]) {
    let parts = parts(text);
    let found: Vec<_> = parts.iter().map(|(text, weight)| (text.as_str(), *weight)).collect();
    let expected: Vec<_> = expected.iter().map(|&(text, weight)| (text, weight as f32)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn brackets_weigh_what_they_hold() {
    same("plain words", &[("plain words", 1.0)]);
    same("(abc)", &[("abc", 1.1)]);
    same("[abc]", &[("abc", 1.0 / 1.1)]);
    same("(abc:3.12)", &[("abc", 3.12)]);
    same("(abc : -.5 )", &[("abc ", -0.5)]);
    same(
        "a (b [c] (d:1.5)) e",
        &[("a ", 1.0), ("b ", 1.1), ("c", 1.0), (" ", 1.1), ("d", 1.65), (" e", 1.0)],
    );
    same("((a)) [[b]]", &[("a", 1.1 * 1.1), (" ", 1.0), ("b", 1.0 / 1.1 / 1.1)]);
    same("(a:0)b", &[("a", 0.0), ("b", 1.0)]);
}

#[test]
fn the_two_kinds_of_brackets_cross() {
    same("(a [b) c]", &[("a ", 1.1), ("b", 1.0), (" c", 1.0 / 1.1)]);
}

#[test]
fn a_bracket_that_is_left_open_reaches_to_the_end() {
    same("a (b c", &[("a ", 1.0), ("b c", 1.1)]);
    same("a [b (c", &[("a ", 1.0), ("b ", 1.0 / 1.1), ("c", 1.0)]);
    same("((a:2) b", &[("a", 2.2), (" b", 1.1)]);
    same("(", &[]);
}

#[test]
fn a_bracket_that_closes_none_is_text() {
    same("a) b] c:1.2) d", &[("a) b] c:1.2) d", 1.0)]);
    same("(a)) b", &[("a", 1.1), (") b", 1.0)]);
    same("[a:1.2) b]", &[("a:1.2) b", 1.0 / 1.1)]);
    same(":) :( x", &[(":) :", 1.0), (" x", 1.1)]);
}

#[test]
fn a_colon_without_a_weight_is_text() {
    same("(a: b)", &[("a: b", 1.1)]);
    same("(a:1.2.3)", &[("a:1.2.3", 1.1)]);
    same("(a:1.2 b:)", &[("a:1.2 b:", 1.1)]);
    same("(3:4 ratio:1.2)", &[("3:4 ratio", 1.2)]);
    same("(a:", &[("a:", 1.1)]);
    same("(a:1.2", &[("a:1.2", 1.1)]);
}

#[test]
fn a_backslash_makes_brackets_text() {
    same(r"\(a\) \[b\] \\ c\d \", &[(r"(a) [b] \ c\d \", 1.0)]);
    same(r"(a \(b\):1.3)", &[("a (b)", 1.3)]);
    same(r"(a\:1.3)", &[(r"a\", 1.3)]);
}

#[test]
fn text_of_one_weight_is_one_part() {
    same("(a:1.0)b(c:1)", &[("abc", 1.0)]);
    same("(a)(b)", &[("ab", 1.1)]);
    same("(a) (b)", &[("a", 1.1), (" ", 1.0), ("b", 1.1)]);
}

#[test]
fn break_as_a_word_begins_a_section() {
    let sections = |text: &str| {
        let sections = Prompt::parse(text).unwrap().sections;
        let text = |parts: &Vec<facekit::diffusion::WeightedText>| {
            parts.iter().map(|part| part.text.trim()).collect::<String>()
        };
        sections.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(sections("a BREAK b"), ["a", "b"]);
    assert_eq!(sections("aBREAK BREAKb BREAK_ break éBREAK"), ["aBREAK BREAKb BREAK_ break éBREAK"]);
    assert_eq!(sections("a,BREAK.b"), ["a,", ".b"]);
    assert_eq!(sections("BREAK"), ["", ""]);
    assert_eq!(sections("(a BREAK b)"), ["a", "b"]);
    assert_eq!(Prompt::parse("(a BREAK b)").unwrap().sections[1][0].weight, 1.1);
}

#[test]
fn a_prompt_of_blanks_and_brackets_is_empty() {
    for text in ["", "  \n", "( )", "[(", "BREAK"] {
        assert!(Prompt::parse(text).unwrap().is_empty(), "{text:?}");
    }
    assert!(!Prompt::parse("(.)").unwrap().is_empty());
}

#[test]
fn a_weight_out_of_range_is_refused() {
    for text in [
        "(face:100.5)",
        "(face:-101)",
        &format!("{}face", "(".repeat(49)),
        &format!("(face:1{})", "0".repeat(400)),
    ] {
        let error = Prompt::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.to_string().contains("`face`"), "{error}");
    }
    assert!(Prompt::parse(&"(".repeat(1000)).unwrap().is_empty());
    assert!(parts(&format!("{}{}a", "(x".repeat(9), ")".repeat(9)))[0].1 > 1.0);
}

#[test]
fn long_and_wild_prompts_take_no_time() {
    let wild = [
        "((((",
        "[[[[",
        "(a:1.2)",
        ":",
        ": : :",
        "(:",
        "\\",
        "\\(",
        "BREAK",
        "xBREAK",
        "é漢🙂",
        ")",
        "]",
        "(a]",
        "[b)",
    ];
    let start = Instant::now();
    for piece in wild {
        let text = piece.repeat((64 << 10) / piece.len());
        let _ = Prompt::parse(&text);
        let _ = Prompt::parse(&format!("({text}"));
    }
    let words = "word ".repeat(10_000);
    assert_eq!(parts(&words), [(words.clone(), 1.0)]);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let error = Prompt::parse(&"word ".repeat(20_000)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}
