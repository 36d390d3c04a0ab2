//! The prompts of several faces in one text.

/// Begins the prompt of the next face.
const NEXT: &str = "[SEP]";
/// The whole prompt of a face that is left as it is.
const SKIP: &str = "[SKIP]";

/// The most faces that have a prompt of their own; those after them have the last one's.
const MOST: usize = 100;

/// What each face shall look like, face after face.
pub(super) struct Prompts<'a> {
    positive: Vec<&'a str>,
    negative: Vec<&'a str>,
}

impl<'a> Prompts<'a> {
    pub fn new(positive: &'a str, negative: &'a str) -> Self {
        let each = |text: &'a str| text.split(NEXT).map(str::trim).take(MOST).collect();
        Self { positive: each(positive), negative: each(negative) }
    }

    /// Every prompt with its negative prompt, but for those of faces that are left as they are.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        (0..self.positive.len().max(self.negative.len())).filter_map(|face| self.of(face))
    }

    /// The prompt and the negative prompt, if any, of the face with this number; `None` leaves the face as it is.
    pub fn of(&self, face: usize) -> Option<(&'a str, Option<&'a str>)> {
        let at = |prompts: &[&'a str]| prompts[face.min(prompts.len() - 1)];
        let positive = at(&self.positive);
        (positive != SKIP)
            .then(|| (positive, Some(at(&self.negative)).filter(|negative| !negative.is_empty())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_prompt_serves_every_face() {
        let prompts = Prompts::new("smile", "blur");
        assert_eq!(prompts.of(0), Some(("smile", Some("blur"))));
        assert_eq!(prompts.of(7), Some(("smile", Some("blur"))));
    }

    #[test]
    fn faces_have_prompts_of_their_own_and_may_be_skipped() {
        let prompts = Prompts::new("an old man [SEP] [SKIP] [SEP]a girl", "blur [SEP] ");
        assert_eq!(prompts.of(0), Some(("an old man", Some("blur"))));
        assert_eq!(prompts.of(1), None);
        assert_eq!(prompts.of(2), Some(("a girl", None)));
        assert_eq!(prompts.of(3), Some(("a girl", None)));
    }

    #[test]
    fn a_skip_within_a_prompt_is_text() {
        assert_eq!(Prompts::new("a [SKIP] sign", "").of(0), Some(("a [SKIP] sign", None)));
    }
}
