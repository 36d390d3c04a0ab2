//! The cells that a network's strides cut its input into.

use crate::geometry::Point;

/// The size of a network's input in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    pub width: u32,
    pub height: u32,
}

/// The cells of one stride, row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    columns: usize,
    rows: usize,
    stride: f32,
}

impl Input {
    /// The cells of a stride; those at the right and bottom may reach over the border.
    pub fn grid(self, stride: u32) -> Grid {
        Grid {
            columns: self.width.div_ceil(stride) as usize,
            rows: self.height.div_ceil(stride) as usize,
            stride: stride as f32,
        }
    }

    /// How many anchors there are, given the strides, each with how many a cell has.
    pub fn anchors(self, levels: &[(u32, usize)]) -> usize {
        levels
            .iter()
            .map(|(stride, anchors)| self.grid(*stride).len().saturating_mul(*anchors))
            .fold(0, usize::saturating_add)
    }
}

impl Grid {
    /// How many cells there are.
    pub fn len(self) -> usize {
        self.columns.saturating_mul(self.rows)
    }

    /// The top left corners of the cells in pixels.
    pub fn corners(self) -> impl Iterator<Item = Point> {
        self.points(0.0)
    }

    /// The centres of the cells in pixels.
    pub fn centers(self) -> impl Iterator<Item = Point> {
        self.points(0.5)
    }

    fn points(self, offset: f32) -> impl Iterator<Item = Point> {
        let place = move |index: usize| (index as f32 + offset) * self.stride;
        (0..self.rows).flat_map(move |y| (0..self.columns).map(move |x| Point::new(place(x), place(y))))
    }
}
