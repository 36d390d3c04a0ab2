//! What a prompt says, and how much weight each part of it has.

use crate::error::{Error, ErrorKind, Result};

/// The longest prompt that is read, in bytes.
const MAX_BYTES: usize = 64 << 10;

/// The largest weight, up or down, that a part of a prompt may have.
const MAX_WEIGHT: f32 = 100.0;

/// What a pair of brackets without a number multiplies the weight by, or divides it by.
const EMPHASIS: f64 = 1.1;

/// A prompt, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What stands between the words `BREAK`, at least one section; each is a run of weighted text.
    pub sections: Vec<Vec<WeightedText>>,
}

/// A part of a prompt and its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedText {
    /// The words, escapes resolved.
    pub text: String,
    /// How much they count; 1 is as much as without brackets.
    pub weight: f32,
}

impl Prompt {
    /// Reads a prompt in the syntax of Stable Diffusion web UI.
    ///
    /// `(words)` multiplies their weight by 1.1, `[words]` divides it by 1.1, `(words:1.5)` multiplies it by 1.5;
    /// brackets nest, and round and square ones count apart. `BREAK` as a word of its own begins a new chunk of
    /// tokens. A backslash takes its meaning from `( ) [ ] \`; before anything else it is a backslash. A bracket that
    /// is never closed reaches to the end, and one that was never opened is text, as is a `:` that no weight and
    /// closing bracket follow. Prompts that change over the steps, `[from:to:when]` and `[a|b]`, and `AND` are not
    /// part of it.
    ///
    /// Source: the web UI's wiki, Features, "Attention/emphasis".
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] for more than 64 KiB, [`ErrorKind::InvalidParameter`] for words whose weight is
    /// not between −100 and 100.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_BYTES {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the prompt has {} bytes, and at most {MAX_BYTES} are allowed: use a shorter one",
                    text.len()
                ),
            ));
        }
        let mut factors = [vec![1.0], vec![1.0]];
        let mut sections = vec![Vec::new()];
        for mark in marks(text) {
            let [round, square] = factors.each_ref().map(|stack| stack.last().copied().unwrap_or(1.0));
            match mark {
                Mark::Text(text) => append(&mut sections, &text, (round * square) as f32)?,
                Mark::Open(Bracket::Round, factor) => factors[0].push(round * factor),
                Mark::Open(Bracket::Square, factor) => factors[1].push(square * factor),
                Mark::Close(bracket) => {
                    factors[bracket as usize].pop();
                }
            }
        }
        Ok(Self { sections })
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.sections.iter().flatten().all(|part| part.text.trim().is_empty())
    }
}

/// The two kinds of brackets, which count apart.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bracket {
    Round = 0,
    Square = 1,
}

/// What a prompt is made of.
enum Mark {
    Text(String),
    /// An opening bracket, and what it multiplies weights by up to its closing one.
    Open(Bracket, f64),
    Close(Bracket),
}

/// The text and brackets of a prompt; a bracket that closes none is text.
fn marks(prompt: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    // Where in `marks` the brackets stand that are still open.
    let mut open = [Vec::new(), Vec::new()];
    let mut text = String::new();
    let mut rest = prompt;
    while let Some(at) = rest.find(['\\', '(', ')', '[', ']', ':']) {
        text.push_str(&rest[..at]);
        let (symbol, after) = rest[at..].split_at(1);
        rest = after;
        let mark = match symbol {
            "(" => Mark::Open(Bracket::Round, EMPHASIS),
            "[" => Mark::Open(Bracket::Square, 1.0 / EMPHASIS),
            ")" if !open[0].is_empty() => Mark::Close(Bracket::Round),
            "]" if !open[1].is_empty() => Mark::Close(Bracket::Square),
            ":" if let Some(&opening) = open[0].last()
                && let Some((factor, behind)) = closing_weight(after) =>
            {
                marks[opening] = Mark::Open(Bracket::Round, factor);
                rest = behind;
                Mark::Close(Bracket::Round)
            }
            "\\" if after.starts_with(['\\', '(', ')', '[', ']']) => {
                text.push_str(&after[..1]);
                rest = &after[1..];
                continue;
            }
            _ => {
                text.push_str(symbol);
                continue;
            }
        };
        marks.push(Mark::Text(std::mem::take(&mut text)));
        match mark {
            Mark::Open(bracket, _) => open[bracket as usize].push(marks.len()),
            Mark::Close(bracket) => drop(open[bracket as usize].pop()),
            Mark::Text(_) => {}
        }
        marks.push(mark);
    }
    text.push_str(rest);
    marks.push(Mark::Text(text));
    marks
}

/// The number that a closing bracket follows, such as `1.2` of `1.2)`, and what stands behind that.
fn closing_weight(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !matches!(c, '+' | '-' | '.' | '0'..='9'))?;
    let behind = text[end..].trim_start().strip_prefix(')')?;
    Some((text[..end].parse().ok()?, behind))
}

/// Appends text to the last section, or to new ones where it says `BREAK`.
fn append(sections: &mut Vec<Vec<WeightedText>>, text: &str, weight: f32) -> Result<()> {
    let mut rest = text;
    while let Some((before, behind)) = split_at_break(rest) {
        extend(sections, before, weight)?;
        sections.push(Vec::new());
        rest = behind;
    }
    extend(sections, rest, weight)
}

/// Extends the last section; text of one weight is one part, so that a word is not torn by brackets that change
/// nothing.
fn extend(sections: &mut [Vec<WeightedText>], text: &str, weight: f32) -> Result<()> {
    if !text.trim().is_empty() && !(-MAX_WEIGHT..=MAX_WEIGHT).contains(&weight) {
        return Err(Error::parameter(format!(
            "the prompt gives `{:.40}` the weight {weight}, and weights lie between -{MAX_WEIGHT} and \
             {MAX_WEIGHT}: use fewer brackets or a smaller number",
            text.trim()
        )));
    }
    let Some(section) = sections.last_mut() else { return Ok(()) };
    match section.last_mut() {
        Some(last) if last.weight == weight => last.text.push_str(text),
        _ if text.is_empty() => {}
        _ => section.push(WeightedText { text: text.to_owned(), weight }),
    }
    Ok(())
}

/// What stands before and behind the first `BREAK` that is a word of its own.
fn split_at_break(text: &str) -> Option<(&str, &str)> {
    const BREAK: &str = "BREAK";
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(BREAK)
        .map(|(at, _)| (&text[..at], &text[at + BREAK.len()..]))
        .find(|(before, behind)| !before.ends_with(joins) && !behind.starts_with(joins))
}
