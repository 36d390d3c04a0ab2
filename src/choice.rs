//! Choices: what is one of several words in JSON and on the command line.

/// An enum of words.
pub trait Choice: Copy + PartialEq + 'static {
    /// The words, in the order of the enum.
    const NAMES: &'static [&'static str];

    /// The word that JSON and the command line use.
    fn name(self) -> &'static str;
}

/// Whether two words are one: case, spaces, hyphens and underscores do not count.
pub fn is_same_word(a: &str, b: &str) -> bool {
    let letters = |word: &str| {
        let letters = word.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_'));
        letters.flat_map(char::to_lowercase).collect::<Vec<_>>()
    };
    letters(a) == letters(b)
}

/// Declares a choice: a line a variant, with its documentation and its word.
macro_rules! choices {
    (
        $(#[$meta:meta])*
        pub enum $choice:ident {
            $($(#[$variant_meta:meta])+ $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
        pub enum $choice {
            $($(#[$variant_meta])+ #[serde(rename = $word)] $variant,)+
        }

        impl $choice {
            /// Every choice, in the order of its number in C.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that JSON and the command line use.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl $crate::choice::Choice for $choice {
            const NAMES: &'static [&'static str] = &[$($word,)+];

            fn name(self) -> &'static str {
                self.name()
            }
        }

        impl std::str::FromStr for $choice {
            type Err = $crate::Error;

            /// The choice of a word, in any case, with spaces, hyphens or underscores.
            fn from_str(word: &str) -> $crate::Result<Self> {
                let names = <Self as $crate::choice::Choice>::NAMES;
                let found = Self::ALL.iter().find(|choice| $crate::choice::is_same_word(choice.name(), word));
                found.copied().ok_or_else(|| {
                    $crate::Error::parameter(format!("`{word:.80}` is none of {}", names.join(", ")))
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
                word.parse().map_err(|_| {
                    serde::de::Error::unknown_variant(&word, <Self as $crate::choice::Choice>::NAMES)
                })
            }
        }
    };
}

pub(crate) use choices;

#[cfg(test)]
mod tests {
    use crate::params::Select;

    #[test]
    fn a_word_is_told_in_any_case_and_joined_in_any_way() {
        for word in ["reference", "Reference", "REF-erence", "refe_rence", "refe rence"] {
            assert_eq!(word.parse::<Select>().unwrap(), Select::Reference);
            assert_eq!(serde_json::from_value::<Select>(word.into()).unwrap(), Select::Reference);
        }
        let error = "the reference".parse::<Select>().unwrap_err().to_string();
        assert_eq!(error, "`the reference` is none of many, one, index, reference, only");
        let error = serde_json::from_str::<Select>(r#""all""#).unwrap_err().to_string();
        assert!(error.contains("unknown variant `all`, expected one of `many`, `one`"), "{error}");
    }
}
