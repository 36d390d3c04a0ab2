//! Animations whose faces are changed: followed from frame to frame, chosen once, and edited in parallel.

mod film;
mod follow;
mod wanted;

pub(super) use film::{Edited, Editor, edit_frames};
pub(super) use follow::Follower;
pub(super) use wanted::Wanted;
