//! Which of an animation's faces are swapped, told when each is first seen.

use std::collections::HashMap;

use crate::error::{ErrorKind, Result};
use crate::face::track::Tracked;
use crate::face::{Selection, select};
use crate::limits::Limits;
use crate::models::Models;
use crate::params::DetectParams;
use crate::pipelines::detect::selection;
use crate::pipelines::swap::cast::Cast;
use crate::progress::Control;

/// The faces that the selection of a target means.
///
/// A selection by place, such as the largest face, is made in the first frame that has such a face, and followed
/// from there; one by likeness is made when a face is first seen.
pub(super) struct Wanted<'a> {
    params: &'a DetectParams,
    selection: Selection,
    /// For each face that was seen, the source that replaces it.
    sources: HashMap<u32, Option<usize>>,
    is_chosen: bool,
}

impl<'a> Wanted<'a> {
    pub fn new(
        models: &Models,
        params: &'a DetectParams,
        limits: &Limits,
        control: &Control,
    ) -> Result<Self> {
        let selection = selection(models, params, limits, control)?;
        Ok(Self { params, selection, sources: HashMap::new(), is_chosen: false })
    }

    /// The faces of a frame that are replaced, and by which source.
    pub fn cast(&mut self, faces: Vec<Tracked>, cast: &Cast) -> Result<Vec<(Tracked, usize)>> {
        if faces.iter().any(|face| !self.sources.contains_key(&face.id)) {
            let chosen = self.choose(&faces)?;
            for tracked in &faces {
                if chosen.contains(&tracked.id) && self.sources.get(&tracked.id).is_none_or(Option::is_none) {
                    self.sources.insert(tracked.id, cast.source_of(&tracked.face)?);
                }
                self.sources.entry(tracked.id).or_default();
            }
        }
        let wanted = faces.into_iter().filter_map(|face| {
            let source = *self.sources.get(&face.id)?;
            Some((face, source?))
        });
        Ok(wanted.collect())
    }

    /// How many different faces were swapped.
    pub fn swapped(&self) -> usize {
        self.sources.values().flatten().count()
    }

    /// Why no frame of all was swapped.
    pub fn nobody(&self, frames: u32) -> String {
        match self.sources.len() {
            0 => format!(
                "none of the target's {frames} frames shows a face: use one that does, or lower the detector's score \
                 threshold"
            ),
            faces => format!(
                "the target's {frames} frames show {faces} different faces, and none of them is one that was asked for"
            ),
        }
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
