//! The styles, and what a diffusion model is asked for in each.

use crate::choice::choices;

choices! {
    /// A style that a picture is made into.
    pub enum Style {
        /// A rendered figure: smooth shading, warm skin, large eyes.
        ThreeD = "3D",
        /// Flat colours within bold lines.
        Emoji = "Emoji",
        /// A console game of the 1990s: few colours, and facets.
        VideoGame = "Video game",
        /// Pixel art.
        Pixels = "Pixels",
        /// A figure of clay.
        Clay = "Clay",
        /// A figure of plastic, with a large head.
        Toy = "Toy",
    }
}

/// What a style adds to a request of a diffusion model.
///
/// Source: face-to-many by fofr.
struct Words {
    /// Before the prompt, and after it.
    prompt: [&'static str; 2],
    /// Before the negative prompt.
    negative: &'static str,
    /// The LoRA of the style, by its name in the catalogue.
    lora: &'static str,
}

/// What stands around every negative prompt.
const NEVER: [&str; 2] = ["nsfw, nude, oversaturated, ", ", ugly, broken, watermark"];

impl Style {
    /// A prompt with the words of the style around it.
    pub fn prompt(self, prompt: &str) -> String {
        let [before, after] = self.words().prompt;
        format!("{before}{prompt}{after}")
    }

    /// A negative prompt with the words of the style, or of none, around it.
    pub fn negative_prompt(style: Option<Self>, negative_prompt: &str) -> String {
        let [before, after] = NEVER;
        let own = style.map_or("", |style| style.words().negative);
        format!("{own}{before}{negative_prompt}{after}")
    }

    /// The LoRA of the style, by its name in the catalogue.
    pub fn lora(self) -> &'static str {
        self.words().lora
    }

    fn words(self) -> Words {
        match self {
            Self::ThreeD => Words {
                prompt: ["3D Render Style, 3DRenderAF, ", ""],
                negative: "photo, photography, ",
                lora: "redmond_3d_render",
            },
            Self::Emoji => Words {
                prompt: ["memoji, emoji, ", ", 3d render, sharp"],
                negative: "photo, photography, blurry, soft, ",
                lora: "fofr_emoji",
            },
            Self::VideoGame => Words {
                prompt: ["Playstation 1 Graphics, PS1 Game, ", ", Video game screenshot"],
                negative: "text, photo, ",
                lora: "redmond_ps1",
            },
            Self::Pixels => Words {
                prompt: ["Pixel Art, PixArFK, ", ""],
                negative: "photo, photography, ",
                lora: "redmond_pixel_art",
            },
            Self::Clay => {
                Words { prompt: ["Clay Animation, Clay, ", ""], negative: "", lora: "redmond_clay" }
            }
            Self::Toy => {
                Words { prompt: ["FnkRedmAF, ", ", toy, miniature"], negative: "", lora: "redmond_toy" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Catalog, Role};

    #[test]
    fn the_catalogue_knows_the_lora_of_every_style() {
        for style in Style::ALL {
            let entry = Catalog::get().entries().iter().find(|entry| entry.name == style.lora());
            assert_eq!(entry.map(|entry| entry.role), Some(Role::Lora), "{}", style.lora());
        }
    }

    #[test]
    fn a_style_puts_its_words_around_the_callers() {
        assert_eq!(Style::Emoji.prompt("a nurse"), "memoji, emoji, a nurse, 3d render, sharp");
        assert_eq!(Style::Clay.prompt("a nurse"), "Clay Animation, Clay, a nurse");
        assert_eq!(
            Style::negative_prompt(Some(Style::VideoGame), "hat"),
            "text, photo, nsfw, nude, oversaturated, hat, ugly, broken, watermark"
        );
        assert_eq!(Style::negative_prompt(None, ""), "nsfw, nude, oversaturated, , ugly, broken, watermark");
    }
}
