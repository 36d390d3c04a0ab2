//! The shape of what a picture shows, made up from its faces and outlines.

use crate::geometry::Point;
use crate::style::classic::grid::Grid;
use crate::style::classic::scene::{Head, Proportions, Scene, midpoint};

/// Heights for each point of a scene, in points: of the round heads, and of bodies that round off towards their
/// outline; and of what is in the faces.
pub(super) struct Relief {
    /// Heads and bodies.
    pub body: Grid<1>,
    /// Eyes, noses, cheeks and mouths.
    pub face: Grid<1>,
}

/// The relief of a scene.
pub(super) fn relief(scene: &Scene) -> Relief {
    let Scene { subject, unit, heads, .. } = scene;
    let mut body = subject.blurred(0.2 * unit).map(|_, [inside]| {
        let rest = 1.0 - (2.0 * inside - 1.0).clamp(0.0, 1.0);
        [0.4 * unit * (1.0 - rest * rest).max(0.0).sqrt()]
    });
    let mut face = subject.map(|_, _| [0.0]);
    for head in heads {
        add_dome(&mut body, head);
        if let Some(features) = &head.features {
            add_features(&mut face, head, features);
        }
    }
    Relief { body: body.blurred(0.04 * unit), face }
}

/// Heads as half an egg, wider and higher than the face.
fn add_dome(height: &mut Grid<1>, head: &Head) {
    let reach = 1.1 * head.size[0].max(head.size[1]);
    height.add(head.center, reach, |dx, dy| {
        let [across, down] = head.local(dx, dy);
        let inside = 1.0 - (across / 1.35).powi(2) - ((down + 0.15) / 1.45).powi(2);
        0.55 * head.size[0] * inside.max(0.0).powf(1.25)
    });
}

/// Bumps and hollows.
fn add_features(height: &mut Grid<1>, head: &Head, features: &Proportions) {
    let Proportions { eyes: [left, right], eye_radius, nose, mouth, .. } = features;
    let width = head.size[0];
    let between = midpoint(*left, *right);
    let lips = midpoint(mouth[0], mouth[1]);
    let mut bump = |at: Point, across: f32, down: f32, rise: f32| {
        let (across, down) = (across * width, down * width);
        height.add(at, 3.0 * across.max(down), |dx, dy| {
            let [x, y] = head.turned(dx, dy);
            rise * width * (-((x / across).powi(2) + (y / down).powi(2)) / 2.0).exp()
        });
    };
    bump(*nose, 0.09, 0.09, 0.11);
    for share in [0.3, 0.6] {
        let bridge =
            Point::new(between.x + (nose.x - between.x) * share, between.y + (nose.y - between.y) * share);
        bump(bridge, 0.05, 0.09, 0.05 * (0.6 + share));
    }
    for (eye, side) in [(*left, -1.0), (*right, 1.0)] {
        bump(eye, 0.11, 0.08, -0.045);
        bump(eye, 0.8 * eye_radius / width, 0.6 * eye_radius / width, 0.02);
        bump(head.offset(eye, side * 0.03 * width, 0.3 * width), 0.12, 0.11, 0.05);
    }
    bump(lips, 0.13, 0.045, 0.035);
    bump(head.offset(lips, 0.0, 0.22 * width), 0.1, 0.08, 0.05);
}
