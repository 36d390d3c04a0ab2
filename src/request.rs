//! One call of any pipeline, as data: what jobs, the command line, JSON and C all go through.

use std::borrow::Cow;

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::params::{
    DetailParams, DetectParams, EmbedParams, FaceMaskParams, RefineParams, RestoreParams, StylizeParams,
    SwapParams,
};
use crate::picture::ImageCow;
use crate::pipelines::{
    Comparison, Detailed, Detection, Embedded, FaceMask, Metrics, Restored, Stylized, StylizedFile,
    SwapSource, Swapped, SwappedFile,
};

/// A pipeline with its inputs and parameters.
#[derive(Debug, Clone)]
pub enum Request<'a> {
    /// Find faces.
    Detect {
        /// The picture.
        image: ImageCow<'a>,
        /// What to look for.
        params: DetectParams,
    },
    /// Tell who the faces show.
    Embed {
        /// The picture.
        image: ImageCow<'a>,
        /// Which faces, and by what.
        params: EmbedParams,
    },
    /// Tell whether two pictures show one person.
    Compare {
        /// The two pictures.
        images: [ImageCow<'a>; 2],
        /// Which faces, and by what.
        params: EmbedParams,
    },
    /// Mask faces.
    Mask {
        /// The picture.
        image: ImageCow<'a>,
        /// Which part of which faces.
        params: FaceMaskParams,
    },
    /// Restore faces.
    Restore {
        /// The picture.
        image: ImageCow<'a>,
        /// How to restore them.
        params: RestoreParams,
    },
    /// Give faces detail.
    Detail {
        /// The picture.
        image: ImageCow<'a>,
        /// What the faces shall look like, and how far they may go.
        params: DetailParams,
    },
    /// Refine faces.
    Refine {
        /// The picture.
        image: ImageCow<'a>,
        /// How far the faces may go.
        params: RefineParams,
    },
    /// Give a picture a style.
    Stylize {
        /// The picture.
        image: ImageCow<'a>,
        /// The picture whose style a network of two inputs takes over.
        style_image: Option<ImageCow<'a>>,
        /// Which style, and by what.
        params: StylizeParams,
    },
    /// Give an encoded picture or animation a style.
    StylizeFile {
        /// The file.
        file: Cow<'a, [u8]>,
        /// The picture whose style a network of two inputs takes over.
        style_image: Option<ImageCow<'a>>,
        /// Which style, and by what.
        params: StylizeParams,
    },
    /// Put faces into a picture.
    Swap {
        /// Who is put in.
        sources: Vec<SwapSource<'a>>,
        /// The picture whose faces are replaced.
        target: ImageCow<'a>,
        /// How to swap them.
        params: SwapParams,
    },
    /// Put faces into an encoded picture or animation.
    SwapFile {
        /// Who is put in.
        sources: Vec<SwapSource<'a>>,
        /// The file whose faces are replaced.
        target: Cow<'a, [u8]>,
        /// How to swap them.
        params: SwapParams,
    },
}

impl Request<'_> {
    /// The pipeline that it asks for, as the command line and JSON name it.
    pub fn pipeline(&self) -> &'static str {
        match self {
            Self::Detect { .. } => "detect",
            Self::Embed { .. } => "embed",
            Self::Compare { .. } => "compare",
            Self::Mask { .. } => "mask",
            Self::Restore { .. } => "restore",
            Self::Detail { .. } => "detail",
            Self::Refine { .. } => "refine",
            Self::Stylize { .. } | Self::StylizeFile { .. } => "stylize",
            Self::Swap { .. } | Self::SwapFile { .. } => "swap",
        }
    }

    /// The same request with inputs of its own, so that it can wait in a queue: borrowed ones are copied.
    pub fn into_owned(self) -> Request<'static> {
        match self {
            Self::Detect { image, params } => Request::Detect { image: image.into_owned(), params },
            Self::Embed { image, params } => Request::Embed { image: image.into_owned(), params },
            Self::Compare { images, params } => {
                Request::Compare { images: images.map(ImageCow::into_owned), params }
            }
            Self::Mask { image, params } => Request::Mask { image: image.into_owned(), params },
            Self::Restore { image, params } => Request::Restore { image: image.into_owned(), params },
            Self::Detail { image, params } => Request::Detail { image: image.into_owned(), params },
            Self::Refine { image, params } => Request::Refine { image: image.into_owned(), params },
            Self::Stylize { image, style_image, params } => Request::Stylize {
                image: image.into_owned(),
                style_image: style_image.map(ImageCow::into_owned),
                params,
            },
            Self::StylizeFile { file, style_image, params } => Request::StylizeFile {
                file: file.into_owned().into(),
                style_image: style_image.map(ImageCow::into_owned),
                params,
            },
            Self::Swap { sources, target, params } => Request::Swap {
                sources: sources.into_iter().map(SwapSource::into_owned).collect(),
                target: target.into_owned(),
                params,
            },
            Self::SwapFile { sources, target, params } => Request::SwapFile {
                sources: sources.into_iter().map(SwapSource::into_owned).collect(),
                target: target.into_owned().into(),
                params,
            },
        }
    }
}

/// What a pipeline gave.
///
/// It serialises as the result does, without its pictures.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
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

impl Response {
    /// What the pipeline gave, as its own type.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal) for the response of another pipeline.
    pub fn answer<T: TryFrom<Self, Error = Box<Self>>>(self) -> Result<T, Error> {
        T::try_from(self).map_err(|_| Error::new(ErrorKind::Internal, "the response answers another request"))
    }

    /// How long the call took, and each of its stages.
    pub fn metrics(&self) -> &Metrics {
        match self {
            Self::Detect(detection) => &detection.metrics,
            Self::Embed(embedded) => &embedded.metrics,
            Self::Compare(comparison) => &comparison.metrics,
            Self::Mask(mask) => &mask.metrics,
            Self::Restore(restored) => &restored.metrics,
            Self::Detail(detailed) | Self::Refine(detailed) => &detailed.metrics,
            Self::Stylize(stylized) => &stylized.metrics,
            Self::StylizeFile(stylized) => &stylized.metrics,
            Self::Swap(swapped) => &swapped.metrics,
            Self::SwapFile(swapped) => &swapped.metrics,
        }
    }
}

/// Declares what a response is, where it answers the request of a pipeline.
macro_rules! answers {
    ($($answer:ty: $($pattern:pat_param)|+ => $value:expr;)+) => {
        $(impl TryFrom<Response> for $answer {
            type Error = Box<Response>;

            /// What the pipeline gave; the response itself when it is that of another one.
            fn try_from(response: Response) -> Result<Self, Box<Response>> {
                match response {
                    $($pattern)|+ => Ok($value),
                    other => Err(Box::new(other)),
                }
            }
        })+
    };
}

answers! {
    Detection: Response::Detect(detection) => detection;
    Embedded: Response::Embed(embedded) => embedded;
    Comparison: Response::Compare(comparison) => *comparison;
    FaceMask: Response::Mask(mask) => mask;
    Restored: Response::Restore(restored) => restored;
    Detailed: Response::Detail(detailed) | Response::Refine(detailed) => detailed;
    Stylized: Response::Stylize(stylized) => stylized;
    StylizedFile: Response::StylizeFile(stylized) => stylized;
    Swapped: Response::Swap(swapped) => swapped;
    SwappedFile: Response::SwapFile(swapped) => swapped;
}
