//! Light on a relief.

use crate::style::classic::grid::{Grid, blend, smoothstep};
use crate::style::classic::scene::Scene;

/// A direction of length 1: to the right, down, and towards the viewer.
pub(super) type Direction = [f32; 3];

/// The light that shapes a figure: from above, from the left, from the front.
pub(super) const KEY: Direction = [-0.45, -0.6, 0.66];

/// The light that fills the shadows, from the other side.
pub(super) const FILL: Direction = [0.75, -0.1, 0.65];

/// Colours with a glint in each open eye, its radius a part of half of the eye's width.
pub(super) fn with_catchlights(mut colors: Grid<3>, scene: &Scene, size: f32) -> Grid<3> {
    let mut glints = scene.subject.map(|_, _| [0.0f32]);
    for (head, features) in scene.heads.iter().filter_map(|head| Some((head, head.features.as_ref()?))) {
        let radius = features.eye_radius;
        let amount = smoothstep(0.16, 0.3, features.openness) * smoothstep(3.0, 6.0, radius);
        for eye in features.eyes {
            for (at, size) in [([-0.2, -0.16], size), ([0.14, 0.14], 0.4 * size)] {
                let at = head.offset(eye, at[0] * radius, at[1] * radius);
                let edge = size * radius;
                glints.add(at, edge + 1.0, |dx, dy| {
                    amount * (1.0 - smoothstep(0.5 * edge, edge + 0.5, dx.hypot(dy)))
                });
            }
        }
    }
    for (color, [glint]) in colors.values.iter_mut().zip(glints.values) {
        *color = blend(*color, [1.0; 3], 0.9 * glint.min(1.0));
    }
    colors
}

/// Which way the surface of a relief faces at every point.
pub(super) fn normals(height: &Grid<1>) -> Grid<3> {
    height.slope().map(|_, [across, down]| unit([-across, -down, 1.0]))
}

/// How much light from a direction a surface takes up, 0 to 1; `wrap`, 0 to 1, is how far it reaches around.
#[inline]
pub(super) fn diffuse(normal: Direction, light: Direction, wrap: f32) -> f32 {
    ((dot(normal, light) + wrap) / (1.0 + wrap)).max(0.0)
}

/// How much of a light is mirrored to the viewer, 0 to 1: the more `gloss`, the smaller the highlight.
///
/// Source: J. F. Blinn, "Models of light reflection for computer synthesized pictures", 1977.
#[inline]
pub(super) fn specular(normal: Direction, light: Direction, gloss: i32) -> f32 {
    let half = unit([light[0], light[1], light[2] + 1.0]);
    dot(normal, half).max(0.0).powi(gloss)
}

#[inline]
pub(super) fn dot(a: Direction, b: Direction) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The direction of a vector.
#[inline]
fn unit([x, y, z]: [f32; 3]) -> Direction {
    let length = (x * x + y * y + z * z).sqrt().max(1e-9);
    [x / length, y / length, z / length]
}
