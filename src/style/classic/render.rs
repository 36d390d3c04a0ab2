//! 3D: a rendered figure.

use crate::error::Result;
use crate::picture::Image;
use crate::style::Portrait;
use crate::style::classic::enlarge::{enlarged, eyes};
use crate::style::classic::grid::{blend, mix, saturated, smoothstep};
use crate::style::classic::light::{FILL, KEY, diffuse, normals, specular, with_catchlights};
use crate::style::classic::relief::{Relief, relief};
use crate::style::classic::scene::Scene;
use crate::style::classic::smooth::simplified;

/// A portrait as a rendered figure.
pub(super) fn render(portrait: &Portrait) -> Result<Image> {
    let mut scene = Scene::new(portrait)?;
    scene.colors = enlarged(&scene.colors, &eyes(&scene.heads, 1.25));
    let unit = scene.unit;

    let details = scene.details();
    let sculpted = simplified(&scene, &details, 0.15, 0.05);

    let mid = sculpted.brightness().blurred(0.02 * unit);
    let far = mid.blurred(0.12 * unit);
    let Relief { body, face } = relief(&scene);
    let height = body
        .map(|i, [body]| [body + face.values[i][0] + 0.12 * unit * (mid.values[i][0] - far.values[i][0])]);
    let normal = normals(&height);
    let flat = shade([0.0, 0.0, 1.0]);
    let light = normal.map(|_, n| [shade(n) / flat]);
    let narrow = light.blurred(0.03 * unit);
    let wide = light.blurred(0.08 * unit);

    let lit = sculpted.map(|i, color| {
        let normal = normal.values[i];
        let [light, narrow, wide] = [&light, &narrow, &wide].map(|light| light.values[i][0]);
        // Red light travels farther within skin than green, and green farther than blue.
        let warm = smoothstep(0.04, 0.25, color[0] - color[2]);
        let scattered = [mix(narrow, 1.02 * wide, warm), narrow, mix(narrow, light, 0.6 * warm)];
        let gloss = 0.14 * specular(normal, KEY, 24);
        let rim = 0.4
            * smoothstep(0.5, 1.0, 1.0 - normal[2])
            * smoothstep(-0.2, 0.6, 0.6 * normal[0].abs() - normal[1]);
        let lit: [f32; 3] = std::array::from_fn(|k| {
            let base = color[k].max(0.0).powi(2);
            (base * scattered[k] + gloss * (0.1 + 0.6 * base) + rim * (0.04 + base)).sqrt()
        });
        saturated(lit, 1.08).map(|c| contrasted(shouldered(c)))
    });
    let lit = with_catchlights(lit, &scene, 0.16);
    let (inside, behind) = (scene.figure(), scene.behind(0.1));
    scene.picture(&lit.map(|i, color| blend(saturated(behind.values[i], 1.1), color, inside.values[i][0])))
}

/// The light that a surface takes up.
fn shade(normal: [f32; 3]) -> f32 {
    0.34 + 0.72 * diffuse(normal, KEY, 0.35) + 0.2 * diffuse(normal, FILL, 0.3)
}

/// A value of 0 or more with its highlights drawn together, so that they end at 1.
fn shouldered(value: f32) -> f32 {
    const KNEE: f32 = 0.75;
    let over = ((value - KNEE) / (1.0 - KNEE)).clamp(0.0, 2.0);
    value.clamp(0.0, KNEE) + (1.0 - KNEE) * (over - over * over / 4.0)
}

/// A value from 0 to 1 on a curve that is steeper in its middle.
fn contrasted(value: f32) -> f32 {
    value + 0.3 * value * (1.0 - value) * (2.0 * value - 1.0)
}
