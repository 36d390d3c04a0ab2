//! Choices: what is one of several words in JSON and on the command line.

/// An enum of words.
pub trait Choice: Copy + PartialEq + 'static {
    /// The words, in the order of the enum.
    const NAMES: &'static [&'static str];

    /// The word that JSON and the command line use.
    fn name(self) -> &'static str;
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
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
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
    };
}

pub(crate) use choices;
