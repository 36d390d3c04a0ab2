//! What the families of swappers take and give.

use crate::geometry::Template;
use crate::models::Family;
use crate::runtime::{ChannelOrder, Layout, PixelCoding};

/// What a family of swappers takes and gives, beyond what its graphs say of themselves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contract {
    /// The template that the target is aligned to.
    pub template: Template,
    /// The side of the target in pixels, where the graph takes any.
    pub size: u32,
    /// How many times larger a target may be that is swapped phase by phase.
    pub boosts: &'static [u32],
    /// The numbers of the target.
    pub input: PixelCoding,
    /// The numbers of the result.
    pub output: PixelCoding,
    /// What is taken of the source.
    pub source: SourceInput,
    /// The recognizer of whose embeddings the family, or its converter, was made.
    pub recognizer: &'static str,
}

/// What a family takes of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceInput {
    /// The unit embedding.
    Unit,
    /// The unit embedding times the last initializer of the graph, its emap, divided by its own norm.
    Projected,
    /// What a converter makes of the raw embedding; `unit`: divided by its norm.
    Converted { converter: &'static str, unit: bool },
    /// The face itself, RGB 0 to 1, aligned to a template.
    Picture { template: Template, size: u32 },
}

/// Red, green and blue with ImageNet's mean and deviation.
const IMAGENET: PixelCoding = PixelCoding {
    order: ChannelOrder::Rgb,
    layout: Layout::Nchw,
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
};

impl Contract {
    /// The contract of a family whose graph takes targets of this size, if it is one of swappers.
    ///
    /// Source: the table of models of facefusion's face swapper.
    pub fn of(family: Family, size: Option<u32>) -> Option<Self> {
        use PixelCoding as Coding;
        let unit = |template, source| Self {
            template,
            size: 256,
            boosts: &[1, 2, 3, 4],
            input: Coding::UNIT_RGB,
            output: Coding::UNIT_RGB,
            source,
            recognizer: "arcface_w600k_r50",
        };
        let signed = |template, source| Self {
            input: Coding::SIGNED_RGB,
            output: Coding::SIGNED_RGB,
            ..unit(template, source)
        };
        let converted = |converter, unit| SourceInput::Converted { converter, unit };
        let picture = |template, size| SourceInput::Picture { template, size };
        let contract = match family {
            Family::Inswapper => Self {
                size: 128,
                boosts: &[1, 2, 3, 4, 6, 8],
                ..unit(Template::Arcface128, SourceInput::Projected)
            },
            Family::LiteSwap => Self {
                size: 128,
                boosts: &[1],
                recognizer: "facekit-lite-embed",
                ..signed(Template::Arcface128, SourceInput::Unit)
            },
            Family::Hyperswap => signed(Template::Arcface128, SourceInput::Unit),
            Family::Ghost => signed(Template::Arcface112V1, converted("crossface_ghost", false)),
            Family::Hififace => signed(Template::Mtcnn512, converted("crossface_hififace", true)),
            Family::Simswap => {
                let contract = unit(Template::Arcface112V1, converted("crossface_simswap", true));
                match size {
                    Some(512) => Self { size: 512, boosts: &[1, 2], ..contract },
                    _ => Self { input: IMAGENET, ..contract },
                }
            }
            Family::Blendswap => unit(Template::Ffhq512, picture(Template::Arcface112V2, 112)),
            Family::Uniface => signed(Template::Ffhq512, picture(Template::Ffhq512, 256)),
            _ => return None,
        };
        Some(contract)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Catalog, Role};

    #[test]
    fn the_catalogue_says_the_same_of_every_swapper() {
        let swappers = Catalog::get().entries().iter().filter(|entry| entry.role == Role::Swapper);
        for entry in swappers {
            let known = &entry.contract;
            let [size, _] = known.size.unwrap();
            let contract = Contract::of(entry.family, Some(size)).unwrap();
            assert_eq!(contract.size, size, "{}", entry.name);
            assert_eq!(known.template.as_deref(), Some(contract.template.name()), "{}", entry.name);
            let (mean, std) = known.mean.zip(known.std).unwrap_or(([0.0; 3], [255.0; 3]));
            assert_eq!((contract.input.mean, contract.input.std), (mean, std), "{}", entry.name);
            if let SourceInput::Converted { converter, .. } = contract.source {
                assert_eq!(Catalog::get().find(converter).unwrap().role, Role::Converter);
                assert!(entry.obtain.contains(converter), "{} does not say what it needs", entry.name);
            }
        }
        for &family in Family::ALL {
            assert_eq!(Contract::of(family, None).is_some(), family.role() == Role::Swapper, "{family}");
        }
    }
}
