//! A portrait at the size that the round styles work at.

use crate::error::Result;
use crate::face::Face;
use crate::geometry::{Point, Rect};
use crate::picture::Image;
use crate::style::Portrait;
use crate::style::classic::grid::{Grid, smoothstep};

/// Faces wider than this, in pixels, are worked on at a smaller size.
const WIDEST: f32 = 192.0;

/// Pictures of more pixels are worked on at a smaller size.
const MOST_PIXELS: f32 = (1 << 21) as f32;

/// A portrait as grids, its faces in their points.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    /// The picture, 0 to 1.
    pub colors: Grid<3>,
    /// How much each point belongs to a person.
    pub subject: Grid<1>,
    /// The faces, the largest first.
    pub heads: Vec<Head>,
    /// What sizes are relative to, in points: about the width of the largest face.
    ///
    /// It goes in steps, so that it stays the same from frame to frame.
    pub unit: f32,
    size: [u32; 2],
}

/// A face with the places of what is in it.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// The middle of the face.
    pub center: Point,
    /// Its width and its height along its own axes.
    pub size: [f32; 2],
    /// Its direction to the right, of length 1; down is a quarter turn from it.
    pub right: [f32; 2],
    /// Eyes, nose and mouth; absent where no point of the face is known.
    pub features: Option<Proportions>,
}

/// The places of what is in a face.
#[derive(Debug, Clone)]
pub(super) struct Proportions {
    /// The middles of the eyes, the left one first.
    pub eyes: [Point; 2],
    /// Half of the width of an eye.
    pub eye_radius: f32,
    /// How far the lids are apart against the width of the eyes, 0 when they are closed.
    pub openness: f32,
    /// The tip of the nose.
    pub nose: Point,
    /// The corners of the mouth, the left one first.
    pub mouth: [Point; 2],
}

impl Scene {
    /// The scene of a portrait.
    ///
    /// # Errors
    /// Those of resizing.
    pub fn new(portrait: &Portrait) -> Result<Self> {
        let image = &portrait.image;
        let size = [image.width(), image.height()];
        let unit = 2f32.powf((2.0 * portrait.unit().log2()).round() / 2.0);
        let pixels = size[0] as f32 * size[1] as f32;
        let scale = (WIDEST / unit).min((MOST_PIXELS / pixels).sqrt()).min(1.0);
        let [width, height] = size.map(|side| ((side as f32 * scale).round() as usize).max(1));
        let to_scene = |p: Point| Point::new((p.x + 0.5) * scale - 0.5, (p.y + 0.5) * scale - 0.5);
        Ok(Self {
            colors: Grid::from_image(image, width, height)?,
            subject: Grid::from_mask(&portrait.subject, width, height)?,
            heads: portrait.faces.iter().map(|face| Head::new(&face.clone().map(to_scene))).collect(),
            unit: unit * scale,
            size,
        })
    }

    /// What is shown of the people, 0 to 1: with all that may belong to them, for a part too much disturbs less than
    /// one that is missing.
    pub fn figure(&self) -> Grid<1> {
        self.subject.blurred(0.02 * self.unit).map(|_, [inside]| [smoothstep(0.08, 0.55, inside)])
    }

    /// What lies behind the people, out of focus; `blur` is in units.
    pub fn behind(&self, blur: f32) -> Grid<3> {
        let near = self.subject.blurred(0.03 * self.unit);
        let weighted = self.colors.map(|i, [r, g, b]| {
            let weight = 1.0 - smoothstep(0.0, 0.3, near.values[i][0]) + 1e-4;
            [r * weight, g * weight, b * weight, weight]
        });
        weighted.blurred(blur * self.unit).map(|_, [r, g, b, weight]| [r, g, b].map(|sum| sum / weight))
    }

    /// Where the faces are, 0 to 1.
    pub fn faces(&self) -> Grid<1> {
        let mut faces = self.subject.map(|_, _| [0.0f32]);
        for head in &self.heads {
            faces.add(head.center, head.size[0].max(head.size[1]), |dx, dy| {
                let [across, down] = head.local(dx, dy);
                1.0 - smoothstep(0.75, 1.1, across.hypot(down))
            });
        }
        faces.map(|_, [value]| [value.min(1.0)])
    }

    /// Where the faces are told by small things, 0 to 1: eyes, brows and mouths.
    pub fn details(&self) -> Grid<1> {
        let mut details = self.subject.map(|_, _| [0.0f32]);
        for (head, features) in self.heads.iter().filter_map(|head| head.features.as_ref().map(|f| (head, f)))
        {
            let radius = features.eye_radius;
            let mut spot = |at: Point, across: f32, down: f32| {
                details.add(at, across.max(down), |dx, dy| {
                    let [x, y] = head.turned(dx, dy);
                    1.0 - smoothstep(0.55, 1.0, (x / across).hypot(y / down))
                });
            };
            for eye in features.eyes {
                spot(head.offset(eye, 0.0, -0.3 * radius), 2.9 * radius, 2.5 * radius);
            }
            let [left, right] = features.mouth;
            spot(midpoint(left, right), 0.8 * left.distance(right), 0.5 * left.distance(right));
            spot(features.nose, 1.2 * radius, 0.8 * radius);
        }
        details.map(|_, [value]| [value.min(1.0)])
    }

    /// The picture of colours of the scene's size, as large as the portrait.
    ///
    /// # Errors
    /// Those of resizing.
    pub fn picture(&self, colors: &Grid<3>) -> Result<Image> {
        colors.to_image(self.size[0], self.size[1])
    }
}

impl Head {
    fn new(face: &Face) -> Self {
        let points = face.landmarks.as_ref().map(|landmarks| landmarks.five_points()).or(face.points);
        let points = points.filter(|points| points.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
        let Rect { width, height, .. } = face.rect;
        let Some([left, right, nose, left_mouth, right_mouth]) = points else {
            return Self {
                center: face.rect.center(),
                size: [width, height],
                right: [1.0, 0.0],
                features: None,
            };
        };
        let apart = left.distance(right).max(1e-3);
        let outlines =
            face.landmarks.as_ref().map(|landmarks| landmarks.scheme().eyes().map(|eye| landmarks.at(eye)));
        let right_axis = [(right.x - left.x) / apart, (right.y - left.y) / apart];
        let extent = |points: &[Point], [x, y]: [f32; 2]| {
            let along = points.iter().map(|p| p.x * x + p.y * y);
            along.clone().fold(f32::MIN, f32::max) - along.fold(f32::MAX, f32::min)
        };
        let mean =
            |axis| outlines.as_ref().map(|eyes| (extent(&eyes[0], axis) + extent(&eyes[1], axis)) / 2.0);
        let eye_width = mean(right_axis).unwrap_or(0.45 * apart).clamp(0.3 * apart, 0.6 * apart);
        let eye_height = mean([-right_axis[1], right_axis[0]]).unwrap_or(0.35 * eye_width);
        Self {
            center: face.rect.center(),
            size: [width, height],
            right: right_axis,
            features: Some(Proportions {
                eyes: [left, right],
                eye_radius: eye_width / 2.0,
                openness: eye_height / eye_width,
                nose,
                mouth: [left_mouth, right_mouth],
            }),
        }
    }

    /// A step in the picture along the head's own axes, 1 being half of the face's width or height.
    pub fn local(&self, dx: f32, dy: f32) -> [f32; 2] {
        let [across, down] = self.turned(dx, dy);
        [across * 2.0 / self.size[0].max(1.0), down * 2.0 / self.size[1].max(1.0)]
    }

    /// A step in the picture along the head's own axes.
    pub fn turned(&self, dx: f32, dy: f32) -> [f32; 2] {
        let [x, y] = self.right;
        [dx * x + dy * y, dy * x - dx * y]
    }

    /// The point of the picture that lies `across` and `down` from another, along the head's own axes, in pixels.
    pub fn offset(&self, from: Point, across: f32, down: f32) -> Point {
        let [x, y] = self.right;
        Point::new(from.x + across * x - down * y, from.y + across * y + down * x)
    }
}

/// The point halfway between two.
pub(super) fn midpoint(a: Point, b: Point) -> Point {
    Point::new((a.x + b.x) / 2.0, (a.y + b.y) / 2.0)
}
