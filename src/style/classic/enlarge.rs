//! Parts of a picture made larger, without a seam.

use crate::geometry::Point;
use crate::style::classic::grid::{Grid, smoothstep};
use crate::style::classic::scene::{Head, Proportions};

/// A round part of a picture that is made larger.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bulge {
    /// The middle of the part.
    pub center: Point,
    /// The point that stays where it is.
    pub anchor: Point,
    /// How far from the middle the change reaches, in points.
    pub radius: f32,
    /// How far all becomes larger alike, as a part of the radius.
    pub core: f32,
    /// How much larger the core becomes, 1 to 2.
    pub factor: f32,
}

impl Bulge {
    /// How far from `x`, `y` lies what is seen there.
    fn shift(&self, x: f32, y: f32) -> [f32; 2] {
        let distance = (x - self.center.x).hypot(y - self.center.y) / self.radius;
        let share = (1.0 - smoothstep(self.core, 1.0, distance)) * (1.0 - 1.0 / self.factor);
        [(self.anchor.x - x) * share, (self.anchor.y - y) * share]
    }
}

/// A head larger by a factor; its chin stays where it is, or what lies higher where there is no room above it.
pub(super) fn head(head: &Head, factor: f32) -> Bulge {
    let [width, height] = head.size;
    let chin = head.offset(head.center, 0.0, 0.45 * height);
    let top = head.center.y - 0.95 * height;
    let room = (top / (factor - 1.0)).max(0.0);
    Bulge {
        center: head.offset(head.center, 0.0, -0.15 * height),
        anchor: Point::new(chin.x, chin.y.min(top.max(0.0) + room)),
        radius: 1.9 * width.max(1.0),
        core: 0.45,
        factor,
    }
}

/// Both eyes of each head larger by a factor.
pub(super) fn eyes(heads: &[Head], factor: f32) -> Vec<Bulge> {
    let of = |features: &Proportions| {
        let apart = features.eyes[0].distance(features.eyes[1]);
        let radius = (2.4 * features.eye_radius).min(0.55 * apart).max(1.0);
        features.eyes.map(|center| Bulge { center, anchor: center, radius, core: 0.0, factor })
    };
    heads.iter().filter_map(|head| head.features.as_ref()).flat_map(of).collect()
}

/// A grid with its bulges, bilinear.
pub(super) fn enlarged<const N: usize>(grid: &Grid<N>, bulges: &[Bulge]) -> Grid<N> {
    Grid::new(grid.width, grid.height, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let shifts = bulges.iter().map(|bulge| bulge.shift(x, y));
        let [dx, dy] = shifts.fold([0.0; 2], |[x, y], [dx, dy]| [x + dx, y + dy]);
        grid.sample(x + dx, y + dy)
    })
}
