//! Which of an animation's faces are changed, told when each is first seen.

use std::collections::HashMap;

use crate::error::{Error, ErrorKind, Result};
use crate::face::track::Tracked;
use crate::face::{Face, Selection, select};
use crate::limits::Limits;
use crate::models::Models;
use crate::params::DetectParams;
use crate::pipelines::detect::selection;
use crate::progress::Control;

/// The faces that a selection means, and what each of them is changed by.
///
/// A selection by place, such as the largest face, is made in the first frame that has such a face, and followed
/// from there; one by likeness is made when a face is first seen.
pub(in crate::pipelines) struct Wanted<'a, S> {
    params: &'a DetectParams,
    selection: Selection,
    /// For each face that was seen, what it is changed by; none where it stays.
    changes: HashMap<u32, Option<S>>,
    is_chosen: bool,
}

impl<'a, S: Copy> Wanted<'a, S> {
    pub fn new(
        models: &Models,
        params: &'a DetectParams,
        limits: &Limits,
        control: &Control,
    ) -> Result<Self> {
        let selection = selection(models, params, limits, control)?;
        Ok(Self { params, selection, changes: HashMap::new(), is_chosen: false })
    }

    /// The faces of a frame that are changed, and by what: `change` says it of a face that is seen for the first time.
    pub fn cast(
        &mut self,
        faces: Vec<Tracked>,
        change: impl Fn(&Face) -> Result<Option<S>>,
    ) -> Result<Vec<(Tracked, S)>> {
        if faces.iter().any(|face| !self.changes.contains_key(&face.id)) {
            let chosen = self.choose(&faces)?;
            for tracked in &faces {
                if chosen.contains(&tracked.id) && self.changes.get(&tracked.id).is_none_or(Option::is_none) {
                    self.changes.insert(tracked.id, change(&tracked.face)?);
                }
                self.changes.entry(tracked.id).or_insert(None);
            }
        }
        let wanted = faces.into_iter().filter_map(|face| {
            let change = *self.changes.get(&face.id)?;
            Some((face, change?))
        });
        Ok(wanted.collect())
    }

    /// How many different faces were changed.
    pub fn changed(&self) -> usize {
        self.changes.values().flatten().count()
    }

    /// The error that no frame of `frames` showed a face that is wanted.
    pub fn nobody(&self, frames: u32) -> Error {
        let message = match self.changes.len() {
            0 => format!(
                "none of the {frames} frames shows a face: use an animation that does, or lower the detector's score \
                 threshold"
            ),
            faces => format!(
                "the {frames} frames show {faces} different faces, and none of them is one that was asked for"
            ),
        };
        Error::new(ErrorKind::NoFace, message)
    }

    /// The numbers of the faces of a frame that the selection means.
    fn choose(&mut self, faces: &[Tracked]) -> Result<Vec<u32>> {
        let is_by_place = !matches!(self.selection, Selection::Many | Selection::Reference { .. });
        if is_by_place && self.is_chosen {
            return Ok(Vec::new());
        }
        let candidates = faces.iter().map(|tracked| tracked.face.clone()).collect();
        match select(candidates, &self.selection, self.params.order) {
            Ok(chosen) => {
                self.is_chosen = true;
                let is_chosen = |tracked: &&Tracked| chosen.contains(&tracked.face);
                Ok(faces.iter().filter(is_chosen).map(|tracked| tracked.id).collect())
            }
            Err(error) if error.kind() == ErrorKind::NoFace => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
