//! Which of the faces of a picture a caller wants, and in which order.

use crate::error::{Error, Result};
use crate::face::Order;
use crate::params::Select;

/// The order in which faces are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_order {
    /// By the left edge of the box, leftmost first.
    LeftRight = 0,
    /// By the left edge of the box, rightmost first.
    RightLeft = 1,
    /// By the top edge of the box, topmost first.
    TopBottom = 2,
    /// By the top edge of the box, lowest first.
    BottomTop = 3,
    /// By the area of the box, smallest first.
    SmallLarge = 4,
    /// By the area of the box, largest first.
    LargeSmall = 5,
    /// By the score, surest first.
    BestWorst = 6,
    /// By the score, least sure first.
    WorstBest = 7,
}

/// Which of the faces found are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_select {
    /// All of them.
    Many = 0,
    /// The first in the order.
    One = 1,
    /// The one at `index` in the order.
    Index = 2,
    /// Those that look like the face in the picture `reference`.
    Reference = 3,
}

impl From<Order> for facekit_order {
    fn from(order: Order) -> Self {
        match order {
            Order::LeftRight => Self::LeftRight,
            Order::RightLeft => Self::RightLeft,
            Order::TopBottom => Self::TopBottom,
            Order::BottomTop => Self::BottomTop,
            Order::SmallLarge => Self::SmallLarge,
            Order::LargeSmall => Self::LargeSmall,
            Order::BestWorst => Self::BestWorst,
            Order::WorstBest => Self::WorstBest,
        }
    }
}

impl From<Select> for facekit_select {
    fn from(select: Select) -> Self {
        match select {
            Select::Many => Self::Many,
            Select::One => Self::One,
            Select::Index => Self::Index,
            Select::Reference => Self::Reference,
        }
    }
}

/// The order of a number from C.
pub(super) fn order(value: i32) -> Result<Order> {
    let known = Order::ALL.into_iter().find(|order| facekit_order::from(*order) as i32 == value);
    known.ok_or_else(|| Error::parameter(format!("`order` is {value}, which is no facekit_order")))
}

/// The selection of a number from C.
pub(super) fn select(value: i32) -> Result<Select> {
    let known = Select::ALL.iter().find(|select| facekit_select::from(**select) as i32 == value);
    known.copied().ok_or_else(|| Error::parameter(format!("`select` is {value}, which is no facekit_select")))
}
