//! What fingers leave in clay.

use std::f32::consts::TAU;

use crate::geometry::Point;
use crate::style::classic::grid::{Grid, smoothstep};
use crate::style::classic::scene::Scene;
use crate::style::classic::smooth::along_strands;

/// The ridges of fingerprints in scattered patches, as heights in points.
pub(super) fn fingerprints(scene: &Scene) -> Grid<1> {
    let cell = 0.5 * scene.unit;
    let length = (0.03 * scene.unit).max(3.0);
    let rise = 0.045 * length * smoothstep(40.0, 90.0, scene.unit);
    let mut heights = scene.subject.map(|_, _| [0.0]);
    let [columns, rows] = [heights.width, heights.height].map(|len| (len as f32 / cell) as i32 + 1);
    for (column, row) in (-1..=rows).flat_map(|row| (-1..=columns).map(move |column| (column, row))) {
        let chance = |of| random(column, row, of);
        if rise == 0.0 || chance(0) > 0.62 {
            continue;
        }
        let at = Point::new((column as f32 + chance(1)) * cell, (row as f32 + chance(2)) * cell);
        let (sin, cos) = (chance(3) * TAU).sin_cos();
        heights.add(at, 0.42 * cell, |dx, dy| {
            let [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin];
            let inside = 1.0 - (along / (0.42 * cell)).powi(2) - (across / (0.3 * cell)).powi(2);
            if inside <= 0.0 {
                return 0.0;
            }
            // Arcs around a point beside the middle, not quite round.
            let arc = (along + 0.22 * cell).hypot(1.25 * across) + 0.05 * cell * (9.0 * across / cell).sin();
            rise * smoothstep(0.0, 0.7, inside) * (arc * TAU / length).sin()
        });
    }
    heights
}

/// Grooves along the strands of what is finely structured, such as hair, as heights in points.
pub(super) fn grooves(scene: &Scene, flow: &Grid<3>) -> Grid<1> {
    let unit = scene.unit;
    let tones = scene.colors.brightness();
    let soft = tones.blurred(0.02 * unit);
    let busy = tones.map(|i, [tone]| [(tone - soft.values[i][0]).abs()]).blurred(0.05 * unit);
    let grain = Grid::new(flow.width, flow.height, |x, y| [random(x as i32, y as i32, 7) - 0.5]);
    let amount =
        busy.map(|i, [busy]| [smoothstep(0.012, 0.04, busy) * smoothstep(0.2, 0.6, flow.values[i][2])]);
    let flow = flow.map(|i, [x, y, clear]| [x, y, if amount.values[i][0] > 0.0 { clear } else { 0.0 }]);
    let combed = along_strands(&grain.blurred(0.012 * unit), &flow, 0.12 * unit);
    combed.map(|i, [groove]| [1.1 * unit.sqrt() * amount.values[i][0] * groove])
}

/// Uneven ground, as heights in points.
pub(super) fn dents(scene: &Scene) -> Grid<1> {
    let noise = |cell: f32, of: u32| {
        let sides = [scene.subject.width, scene.subject.height].map(|len| (len as f32 / cell) as usize + 2);
        Grid::new(sides[0], sides[1], |x, y| [random(x as i32, y as i32, of) - 0.5]).blurred(0.9)
    };
    let [wide, narrow] = [0.1, 0.04].map(|size| (size * scene.unit).max(1.0));
    let (coarse, fine) = (noise(wide, 8), noise(narrow, 9));
    Grid::new(scene.subject.width, scene.subject.height, |x, y| {
        let [x, y] = [x as f32, y as f32];
        let [coarse] = coarse.sample(x / wide, y / wide);
        let [fine] = fine.sample(x / narrow, y / narrow);
        [scene.unit * (0.06 * coarse + 0.02 * fine)]
    })
}

/// A number from 0 to 1 for a cell, another for each `of`.
fn random(column: i32, row: i32, of: u32) -> f32 {
    let mut hash = (column as u32).wrapping_mul(0x9E37_79B1)
        ^ (row as u32).wrapping_mul(0x85EB_CA77)
        ^ of.wrapping_mul(0xC2B2_AE3D);
    for factor in [0x7FEB_352D, 0x846C_A68B] {
        hash = (hash ^ (hash >> 15)).wrapping_mul(factor);
    }
    ((hash ^ (hash >> 16)) >> 8) as f32 / (1 << 24) as f32
}
