//! Toy: a figure of shiny plastic.

use crate::error::Result;
use crate::picture::Image;
use crate::style::Portrait;
use crate::style::classic::enlarge::{enlarged, eyes, head};
use crate::style::classic::grid::{Grid, blend, brightness, mix, saturated, smoothstep, stepped};
use crate::style::classic::light::{FILL, KEY, diffuse, normals, specular, with_catchlights};
use crate::style::classic::relief::{Relief, relief};
use crate::style::classic::scene::Scene;
use crate::style::classic::smooth::{simplified, within_edges};

/// The lamp that plastic mirrors: to the right, down, towards the viewer.
const LAMP: [f32; 3] = [-0.68, -0.62, 0.39];

/// A portrait as a figure of plastic.
pub(super) fn toy(portrait: &Portrait) -> Result<Image> {
    let mut scene = Scene::new(portrait)?;
    let unit = scene.unit;
    scene.colors = enlarged(&scene.colors, &eyes(&scene.heads, 1.35));
    let paint = paint(&scene);

    let tones = paint.brightness();
    let near = tones.blurred(0.03 * unit);
    let far = tones.blurred(0.15 * unit);
    let Relief { body, face } = relief(&scene);
    let faces = scene.faces();
    let height = body.map(|i, [body]| {
        let fold = 0.1 * unit * (near.values[i][0] - far.values[i][0]) * (1.0 - 0.8 * faces.values[i][0]);
        [body + fold]
    });
    let coat = normals(&height);
    let normal = normals(&height.map(|i, [height]| [height + 0.8 * face.values[i][0]]));
    let level = shade([0.0, 0.0, 1.0]);
    let lit = paint.map(|i, color| {
        let light = shade(normal.values[i]) / level;
        let n = coat.values[i];
        let gloss = 0.5 * smoothstep(0.3, 0.6, specular(n, LAMP, 70)) + 0.04 * specular(n, FILL, 30);
        let edge = (1.0 - n[2]).powi(3);
        let [r, g, b] = color.map(|c| c.max(0.0).powi(2) * light * (1.0 - 0.3 * edge));
        [r, g, b].map(|c| (c + 0.5 * gloss + 0.06 * edge).sqrt().min(1.0))
    });
    let lit = with_catchlights(lit, &scene, 0.2);
    let studio = studio(&scene);
    let bulges: Vec<_> = scene.heads.iter().map(|h| head(h, 1.2)).collect();
    let inside = scene.figure();
    let figure = lit.map(|i, [r, g, b]| [r, g, b, inside.values[i][0]]);
    let figure = enlarged(&figure, &bulges);
    let out = figure.map(|i, [r, g, b, inside]| blend(studio.values[i], [r, g, b], inside));
    scene.picture(&out)
}

/// Few, pure colours.
fn paint(scene: &Scene) -> Grid<3> {
    let details = scene.details();
    let molded = simplified(scene, &details, 0.2, 0.06);
    let pure = molded.map(|_, color| {
        let light = brightness(color);
        let factor = mix(light, stepped(light, 5.0), 0.5) / light.max(0.02);
        vivid(color.map(|c| c * factor))
    });
    within_edges(pure.clone(), &pure, 0.04 * scene.unit, 0.5)
}

/// A colour purer and lighter, the less so the purer it is.
fn vivid(color: [f32; 3]) -> [f32; 3] {
    let [low, high] = [f32::min, f32::max].map(|pick| color.into_iter().fold(color[0], pick));
    let purity = (high - low) / high.max(0.05);
    saturated(color, 1.0 + 0.7 * (1.0 - purity).powi(2)).map(|c| c + 0.35 * c * (1.0 - c) * c)
}

/// The light that a surface takes up.
fn shade(normal: [f32; 3]) -> f32 {
    0.5 + 0.55 * diffuse(normal, KEY, 0.3) + 0.15 * diffuse(normal, FILL, 0.3)
}

/// A pale backdrop with a glimpse of what lies behind the figure.
fn studio(scene: &Scene) -> Grid<3> {
    let behind = scene.behind(0.2);
    let sums = behind
        .values
        .iter()
        .fold([0.0f64; 3], |sums, color| std::array::from_fn(|i| sums[i] + f64::from(color[i])));
    let mean = sums.map(|sum| (sum / behind.values.len() as f64) as f32);
    let pale = saturated(mean.map(|c| (c * 0.72 / brightness(mean).max(0.05)).min(1.0)), 0.9);
    let [width, height] = [behind.width, behind.height].map(|len| len as f32);
    Grid::new(behind.width, behind.height, |x, y| {
        let (dx, dy) = (x as f32 / width - 0.5, y as f32 / height - 0.4);
        let far = smoothstep(0.1, 0.85, dx.hypot(dy));
        let wall = blend(blend(pale, [0.96; 3], 0.45), pale.map(|c| c * 0.72), far);
        blend(wall, behind.at(x as isize, y as isize), 0.45)
    })
}
