//! Facets: a picture as a mesh of triangles over faces and what is around them.

use crate::geometry::{Point, triangulate};
use crate::style::Portrait;
use crate::style::classic::cells::{Cells, Lab, distance2};
use crate::style::classic::features::Features;
use crate::style::classic::shape::{between, mean};

/// How far the points around faces are apart: on people, and behind them, in widths of the largest face.
const SPACING: [f32; 2] = [0.24, 0.46];

/// How many points there are along a picture at most.
const MOST: f32 = 128.0;

/// How near to each other two points may be, in parts of the distance at which they are spread.
const NEAR: f32 = 0.45;

/// How far points that belong to no face stand out at most, so that facets catch the light.
const RELIEF: f32 = 0.045;

/// A mesh of triangles in cells of a grid.
pub(super) struct Facets {
    /// Its points, in cells.
    pub points: Vec<Point>,
    /// How far each point stands out of the picture, in widths of the largest face.
    pub heights: Vec<f32>,
    /// The indices of the corners of its triangles.
    pub triangles: Vec<[usize; 3]>,
}

impl Facets {
    /// A mesh whose points lie on the landmarks of faces and, elsewhere, where the colours of the cells change.
    pub(super) fn of(portrait: &Portrait, cells: &Cells, colors: &[Lab]) -> Self {
        let mut mesh = Self { points: Vec::new(), heights: Vec::new(), triangles: Vec::new() };
        let mut outlines = Vec::new();
        for features in portrait.faces.iter().filter_map(Features::of) {
            mesh.add_face(&features, cells);
            outlines.push(features.outline().iter().map(|&point| cells.place(point)).collect::<Vec<_>>());
        }
        let edges = edges(colors, cells.columns());
        let unit = (portrait.unit() / cells.side() as f32).max(4.0);
        mesh.add_scene(portrait, cells, &edges, unit, &outlines);
        mesh.add_border(cells, SPACING[1] * unit);
        mesh.triangles = triangulate(&mesh.points);
        mesh
    }

    fn add(&mut self, point: Point, height: f32) {
        self.points.push(point);
        self.heights.push(height);
    }

    /// The few points of a face that a model of it would have.
    fn add_face(&mut self, features: &Features, cells: &Cells) {
        let [left, right] = &features.eyes;
        let center = between(mean(left), mean(right), 0.5);
        let down = |share: f32| {
            let by = share * features.size;
            Point::new(center.x + by * features.down.x, center.y + by * features.down.y)
        };
        let nose = mean(&features.nose);
        let tip = between(nose, center, 0.22);
        let mut add = |line: Vec<Point>, height: f32| {
            line.into_iter().for_each(|point| self.add(cells.place(point), height));
        };
        add(spread(&features.jaw, 9), 0.07);
        add(spread(&features.forehead, 5), 0.08);
        for side in [0, 1] {
            add(spread(&features.brows[side], 3), 0.22);
            add(spread(&features.eyes[side], 6), 0.17);
        }
        add(vec![down(-0.35)], 0.26);
        add(vec![down(0.02)], 0.24);
        add(vec![tip], 0.38);
        add(ends(&features.nose), 0.24);
        add(spread(&features.lips, 8), 0.22);
        add(spread(&features.mouth, 4), 0.21);
        for side in [0, 1] {
            // The cheek, below the eye at the height of the nose.
            let below = mean(&features.eyes[side]);
            let jaw = features.jaw[side * (features.jaw.len() - 1)];
            let along = Point::new(nose.x - center.x, nose.y - center.y);
            let cheek = Point::new(below.x + 0.62 * along.x, below.y + 0.62 * along.y);
            add(vec![between(cheek, jaw, 0.22)], 0.2);
        }
    }

    /// Points spread evenly, moved to where colours change: dense on people, sparse behind them.
    fn add_scene(
        &mut self,
        portrait: &Portrait,
        cells: &Cells,
        edges: &[f32],
        unit: f32,
        faces: &[Vec<Point>],
    ) {
        let [width, height] = [cells.columns(), cells.rows()];
        for (level, spacing) in SPACING.into_iter().enumerate() {
            let step = (spacing * unit).max(3.0).max(width.max(height) as f32 / MOST);
            for row in 0..(height as f32 / step) as usize + 1 {
                for column in 0..(width as f32 / step) as usize + 1 {
                    let shift = if row % 2 == 0 { 0.25 } else { 0.75 };
                    let start = Point::new((column as f32 + shift) * step, (row as f32 + 0.5) * step);
                    let point = centroid(edges, [width, height], start, step / 2.0);
                    let [x, y] = [point.x.round() as usize, point.y.round() as usize];
                    if x >= width || y >= height {
                        continue;
                    }
                    let on_person = cells.weight(&portrait.subject, [x, y]) > 0.5;
                    let near = (NEAR * step).powi(2);
                    let crowded =
                        |other: &Point| (other.x - point.x).powi(2) + (other.y - point.y).powi(2) < near;
                    let within = |outline: &Vec<Point>| contains(outline, point);
                    if (level == 0) == on_person
                        && !faces.iter().any(within)
                        && !self.points.iter().any(crowded)
                    {
                        self.add(point, RELIEF * noise([row, column, level]));
                    }
                }
            }
        }
    }

    /// Points along the border, so that the mesh covers the picture.
    fn add_border(&mut self, cells: &Cells, step: f32) {
        let [right, bottom] = [cells.columns() as f32 - 0.5, cells.rows() as f32 - 0.5];
        let parts = |length: f32| (length / step.max(1.0)).ceil().max(1.0) as usize;
        for i in 0..=parts(right) {
            let x = -0.5 + (right + 0.5) * i as f32 / parts(right) as f32;
            self.add(Point::new(x, -0.5), RELIEF * noise([i, 0, 2]));
            self.add(Point::new(x, bottom), RELIEF * noise([i, 1, 2]));
        }
        for i in 1..parts(bottom) {
            let y = -0.5 + (bottom + 0.5) * i as f32 / parts(bottom) as f32;
            self.add(Point::new(-0.5, y), RELIEF * noise([i, 2, 2]));
            self.add(Point::new(right, y), RELIEF * noise([i, 3, 2]));
        }
    }
}

/// Some of the points of a line, evenly spread, its ends among them.
fn spread(line: &[Point], count: usize) -> Vec<Point> {
    match line.len() {
        len if len <= count => line.to_vec(),
        len => (0..count).map(|i| line[i * (len - 1) / (count - 1)]).collect(),
    }
}

fn ends(line: &[Point]) -> Vec<Point> {
    line.first().into_iter().chain(line.last()).copied().collect()
}

/// How much the colours change at each cell.
fn edges(colors: &[Lab], columns: usize) -> Vec<f32> {
    let rows = colors.len() / columns;
    let change = |at: usize| {
        let (x, y) = (at % columns, at / columns);
        let between = |a: [usize; 2], b: [usize; 2]| {
            distance2(colors[a[1] * columns + a[0]], colors[b[1] * columns + b[0]])
        };
        between([x.saturating_sub(1), y], [(x + 1).min(columns - 1), y])
            + between([x, y.saturating_sub(1)], [x, (y + 1).min(rows - 1)])
    };
    (0..colors.len()).map(change).collect()
}

/// The middle of the changes within `radius` of a point: it moves smoothly with them.
fn centroid(edges: &[f32], [width, height]: [usize; 2], at: Point, radius: f32) -> Point {
    let range = |at: f32, end: usize| {
        ((at - radius).max(0.0) as usize).min(end)..((at + radius) as usize + 1).min(end)
    };
    let mut sum = [0.0f64; 3];
    for y in range(at.y, height) {
        for x in range(at.x, width) {
            let weight = f64::from(edges[y * width + x]).powi(2) + 1e-6;
            sum = [sum[0] + weight * x as f64, sum[1] + weight * y as f64, sum[2] + weight];
        }
    }
    if sum[2] > 0.0 { Point::new((sum[0] / sum[2]) as f32, (sum[1] / sum[2]) as f32) } else { at }
}

/// Whether a point is within a closed outline.
fn contains(outline: &[Point], point: Point) -> bool {
    let mut inside = false;
    for (i, a) in outline.iter().enumerate() {
        let b = outline[(i + 1) % outline.len()];
        if (a.y > point.y) != (b.y > point.y) && point.x < a.x + (point.y - a.y) * (b.x - a.x) / (b.y - a.y) {
            inside = !inside;
        }
    }
    inside
}

/// A number from -1 to 1 that depends on nothing but its place.
fn noise(place: [usize; 3]) -> f32 {
    let mut hash = 0x9E37_79B9u32;
    for part in place {
        hash = (hash ^ part as u32).wrapping_mul(0x85EB_CA6B);
        hash ^= hash >> 13;
    }
    f32::from((hash >> 8) as u16) / 32767.5 - 1.0
}
