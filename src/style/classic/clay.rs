//! Clay: a figure of modelling clay.

use crate::error::Result;
use crate::picture::Image;
use crate::style::Portrait;
use crate::style::classic::enlarge::{enlarged, eyes};
use crate::style::classic::grid::{brightness, mix, saturated, smoothstep, stepped};
use crate::style::classic::light::{FILL, KEY, diffuse, normals};
use crate::style::classic::relief::{Relief, relief};
use crate::style::classic::scene::Scene;
use crate::style::classic::smooth::{simplified, strands, within_edges};
use crate::style::classic::touch::{dents, fingerprints, grooves};

/// A portrait as a figure of clay.
pub(super) fn clay(portrait: &Portrait) -> Result<Image> {
    let mut scene = Scene::new(portrait)?;
    let unit = scene.unit;
    scene.colors = enlarged(&scene.colors, &eyes(&scene.heads, 1.12));
    let details = scene.details();
    let even = simplified(&scene, &details, 0.2, 0.08);
    let flat = even.map(|i, color| {
        let light = brightness(color);
        let stepped = mix(stepped(light, 6.0), light, 0.5 * details.values[i][0]);
        color.map(|c| c * stepped / light.max(0.02))
    });
    let flat = within_edges(flat.clone(), &flat, 0.03 * unit, 0.5);

    let tones = flat.brightness();
    let near = tones.blurred(0.014 * unit);
    let far = tones.blurred(0.1 * unit);
    let crease = near.slope().map(|_, [x, y]| [smoothstep(0.4, 2.5, x.hypot(y) * unit)]).blurred(0.01 * unit);
    let Relief { body, face } = relief(&scene);
    let faces = scene.faces();
    let flow = strands(&even.brightness(), 0.05 * unit);
    let grooves = grooves(&scene, &flow);
    let prints = fingerprints(&scene);
    let dents = dents(&scene);
    let height = body.map(|i, [body]| {
        let outside = 1.0 - faces.values[i][0];
        let lump = 0.2 * unit * (near.values[i][0] - far.values[i][0]) * mix(0.3, 1.0, outside);
        let crease = 0.03 * unit * crease.values[i][0] * mix(0.3, 1.0, outside);
        let touched = (dents.values[i][0] + prints.values[i][0]) * (1.0 - 0.7 * details.values[i][0]);
        let hair = grooves.values[i][0] * outside;
        [0.8 * body + 0.9 * face.values[i][0] + lump - crease + touched + hair]
    });
    let deep = height.blurred(0.04 * unit);
    let normal = normals(&height);
    let level = shade([0.0, 0.0, 1.0]);
    let lit = flat.map(|i, color| {
        let n = normal.values[i];
        let hollow = ((deep.values[i][0] - height.values[i][0]) / (0.03 * unit)).clamp(-0.5, 1.0);
        let light = 1.08 * shade(n) / level * (1.0 - 0.22 * hollow);
        let earthy = saturated(color, 1.15).map(|c| mix(c, 0.5, 0.12));
        let [r, g, b] = earthy.map(|c| c.max(0.0).powi(2) * light);
        [r * 1.04, g, b * 0.95].map(|c| c.sqrt().min(1.0))
    });
    scene.picture(&lit)
}

/// The light that a surface takes up.
fn shade(normal: [f32; 3]) -> f32 {
    0.28 + 0.8 * diffuse(normal, KEY, 0.2) + 0.2 * diffuse(normal, FILL, 0.3)
}
