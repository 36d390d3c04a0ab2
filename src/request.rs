//! One call of any pipeline, as data: what jobs, the command line, JSON and C all go through.

use crate::params::{
    DetailParams, DetectParams, EmbedParams, FaceMaskParams, RefineParams, RestoreParams, StylizeParams,
    SwapParams,
};
use crate::picture::ImageRef;
use crate::pipelines::{
    Comparison, Detailed, Detection, Embedded, FaceMask, Restored, Stylized, StylizedFile, SwapSource,
    Swapped, SwappedFile,
};

/// A pipeline with its inputs and parameters.
#[derive(Debug, Clone)]
pub enum Request<'a> {
    /// Find faces.
    Detect {
        /// The picture.
        image: ImageRef<'a>,
        /// What to look for.
        params: DetectParams,
    },
    /// Tell who the faces show.
    Embed {
        /// The picture.
        image: ImageRef<'a>,
        /// Which faces, and by what.
        params: EmbedParams,
    },
    /// Tell whether two pictures show one person.
    Compare {
        /// The two pictures.
        images: [ImageRef<'a>; 2],
        /// Which faces, and by what.
        params: EmbedParams,
    },
    /// Mask faces.
    Mask {
        /// The picture.
        image: ImageRef<'a>,
        /// Which part of which faces.
        params: FaceMaskParams,
    },
    /// Restore faces.
    Restore {
        /// The picture.
        image: ImageRef<'a>,
        /// How to restore them.
        params: RestoreParams,
    },
    /// Give faces detail.
    Detail {
        /// The picture.
        image: ImageRef<'a>,
        /// What the faces shall look like, and how far they may go.
        params: DetailParams,
    },
    /// Refine faces.
    Refine {
        /// The picture.
        image: ImageRef<'a>,
        /// How far the faces may go.
        params: RefineParams,
    },
    /// Give a picture a style.
    Stylize {
        /// The picture.
        image: ImageRef<'a>,
        /// The picture whose style a network of two inputs takes over.
        style_image: Option<ImageRef<'a>>,
        /// Which style, and by what.
        params: StylizeParams,
    },
    /// Give an encoded picture or animation a style.
    StylizeFile {
        /// The file.
        file: &'a [u8],
        /// The picture whose style a network of two inputs takes over.
        style_image: Option<ImageRef<'a>>,
        /// Which style, and by what.
        params: StylizeParams,
    },
    /// Put faces into a picture.
    Swap {
        /// Who is put in.
        sources: Vec<SwapSource<'a>>,
        /// The picture whose faces are replaced.
        target: ImageRef<'a>,
        /// How to swap them.
        params: SwapParams,
    },
    /// Put faces into an encoded picture or animation.
    SwapFile {
        /// Who is put in.
        sources: Vec<SwapSource<'a>>,
        /// The file whose faces are replaced.
        target: &'a [u8],
        /// How to swap them.
        params: SwapParams,
    },
}

/// What a pipeline gave.
#[derive(Debug, Clone)]
pub enum Response {
    /// The faces found.
    Detect(Detection),
    /// Who the faces show.
    Embed(Embedded),
    /// Whether they show one person.
    Compare(Box<Comparison>),
    /// The masks of the faces.
    Mask(FaceMask),
    /// The restored picture.
    Restore(Restored),
    /// The pictures whose faces were given detail.
    Detail(Detailed),
    /// The picture whose faces were refined.
    Refine(Detailed),
    /// The picture in its style.
    Stylize(Stylized),
    /// The file in its style.
    StylizeFile(StylizedFile),
    /// The picture with swapped faces.
    Swap(Swapped),
    /// The file with swapped faces.
    SwapFile(SwappedFile),
}
