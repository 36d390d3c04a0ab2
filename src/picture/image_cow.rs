//! A picture that is borrowed, or owned and shared.

use std::sync::Arc;

use crate::picture::{Image, ImageRef};

/// The picture of a request: borrowed for as long as the call runs, or owned, so that the request can wait.
///
/// Clones of an owned picture share its pixels.
#[derive(Debug, Clone)]
pub enum ImageCow<'a> {
    /// The caller's pixels.
    Borrowed(ImageRef<'a>),
    /// Pixels of its own.
    Owned(Arc<Image>),
}

impl ImageCow<'_> {
    /// The pixels.
    pub fn view(&self) -> ImageRef<'_> {
        match self {
            Self::Borrowed(view) => *view,
            Self::Owned(image) => image.view(),
        }
    }

    /// The same picture with pixels of its own: borrowed ones are copied, as [`Image::from_view`] does.
    pub fn into_owned(self) -> ImageCow<'static> {
        ImageCow::Owned(match self {
            Self::Borrowed(view) => Arc::new(Image::from_view(view)),
            Self::Owned(image) => image,
        })
    }
}

impl<'a> From<ImageRef<'a>> for ImageCow<'a> {
    fn from(view: ImageRef<'a>) -> Self {
        Self::Borrowed(view)
    }
}

impl<'a> From<&'a Image> for ImageCow<'a> {
    fn from(image: &'a Image) -> Self {
        Self::Borrowed(image.view())
    }
}

impl From<Image> for ImageCow<'_> {
    fn from(image: Image) -> Self {
        Self::Owned(Arc::new(image))
    }
}

impl From<Arc<Image>> for ImageCow<'_> {
    fn from(image: Arc<Image>) -> Self {
        Self::Owned(image)
    }
}
