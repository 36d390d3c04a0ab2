//! The features of a face as simple shapes.

use crate::error::Result;
use crate::geometry::{Point, oklab_to_rgb, rgb_to_oklab};
use crate::picture::Image;
use crate::style::classic::cells::Lab;
use crate::style::classic::features::Features;
use crate::style::classic::glasses::Glasses;
use crate::style::classic::shape::{between, curve, ellipse, local_mask, mean, scaled, stroke};

/// The colour of lines.
pub(super) const INK: Lab = [0.2, 0.012, 0.012];

/// The white of eyes and teeth.
const WHITE: Lab = [0.985, 0.0, 0.003];

/// The inside of a mouth.
const MOUTH: Lab = [0.3, 0.09, 0.04];

/// The colour that half of lips is.
const LIPS: Lab = [0.6, 0.12, 0.05];

/// The skin where none is seen.
const SKIN: Lab = [0.75, 0.04, 0.06];

/// The chroma of skin below which a picture is taken for one without colours.
const COLORLESS: f32 = 0.03;

/// An eye lower than this, in its widths, is closed.
const SHUT: f32 = 0.12;

/// What lies between lips is teeth when it has less than this part of the chroma of skin.
const PALE: f32 = 0.7;

/// How far apart lips are when a mouth is open, in its widths: when teeth are seen, and anyway.
const OPEN: [f32; 2] = [0.09, 0.25];

/// How much darker than skin a moustache is, in Oklab.
const MOUSTACHE: f32 = 0.125;

/// A face as it is drawn over a picture.
pub(super) struct Cartoon<'a> {
    image: &'a mut Image,
    photo: &'a Image,
    face: &'a Features,
    /// How much brighter colours are than in the photograph.
    gain: f32,
    skin: Lab,
    /// How much of their chroma colours have that are not seen in the photograph, 0 to 1.
    colorful: f32,
}

impl<'a> Cartoon<'a> {
    /// Draws eyes, brows, nose, mouth, chin and glasses over a picture, in the colours that they have in `photo`
    /// multiplied by `gain`.
    pub(super) fn draw(image: &'a mut Image, photo: &'a Image, face: &'a Features, gain: f32) -> Result<()> {
        let skin = skin_of(photo, face)?;
        let colorful = (skin[1].hypot(skin[2]) / COLORLESS).min(1.0);
        let skin = skin.map(|part| gain * part);
        let mut cartoon = Self { image, photo, face, gain, skin, colorful };
        cartoon.chin()?;
        cartoon.cheeks()?;
        cartoon.nose()?;
        cartoon.mouth()?;
        cartoon.moustache()?;
        for (eye, brow) in face.eyes.iter().zip(&face.brows) {
            cartoon.eye(eye)?;
            cartoon.brow(brow)?;
        }
        match Glasses::of(photo, face) {
            Some(glasses) => cartoon.glasses(&glasses),
            None => Ok(()),
        }
    }

    fn chin(&mut self) -> Result<()> {
        let jaw = &self.face.jaw;
        let chin = &jaw[jaw.len() / 6..jaw.len() - jaw.len() / 6];
        self.fill(&stroke(&curve(chin, false), |t| 0.045 * self.face.size * bulge(t, 0.1)), INK, 0.85)
    }

    fn cheeks(&mut self) -> Result<()> {
        let [l, a, b] = self.skin;
        let blush = [l - 0.03, a + 0.06 * self.colorful, b + 0.01 * self.colorful];
        let size = self.face.size;
        for (eye, side) in self.face.eyes.iter().zip([-1.0, 1.0]) {
            let cheek = self.beside(mean(eye), [0.08 * side, 0.47]);
            self.fill(&ellipse(cheek, self.across(), [0.2 * size, 0.13 * size]), blush, 0.45)?;
        }
        Ok(())
    }

    fn nose(&mut self) -> Result<()> {
        let [l, a, b] = self.skin;
        let shade = [l - 0.13, 1.15 * a + 0.012 * self.colorful, 1.1 * b];
        let line = curve(&self.face.nose, false);
        self.fill(&stroke(&line, |t| 0.09 * self.face.size * bulge(t, 0.35)), shade, 1.0)
    }

    fn mouth(&mut self) -> Result<()> {
        let Features { lips, mouth, size, down, .. } = self.face;
        let seen = self.seen(lips, [0.2, 0.8])?.unwrap_or(LIPS);
        let red = [LIPS[0], self.colorful * LIPS[1], self.colorful * LIPS[2]];
        self.fill(&curve(lips, true), std::array::from_fn(|c| 0.5 * (seen[c] + red[c])), 1.0)?;

        // Over the upper lip, and at the same places back along the lower one.
        let half = mouth.len() / 2;
        let upper = &mouth[..=half];
        let lower: Vec<_> = (0..=half).map(|i| mouth[(mouth.len() - i) % mouth.len()]).collect();
        let to_lower =
            |share: f32| upper.iter().zip(&lower).map(move |(upper, lower)| between(*upper, *lower, share));
        let width = upper[0].distance(upper[half]);
        let gap = upper.iter().zip(&lower).map(|(upper, lower)| upper.distance(*lower)).fold(0.0, f32::max);
        let inside = self.seen(mouth, [0.3, 1.0])?.unwrap_or(MOUTH);
        let pale =
            inside[1].hypot(inside[2]) < PALE * self.skin[1].hypot(self.skin[2]) || inside[0] > self.skin[0];
        let line = 0.045 * size;
        if gap < OPEN[0] * width || (!pale && gap < OPEN[1] * width) {
            let middle: Vec<_> = to_lower(0.5).collect();
            return self.fill(
                &stroke(&curve(&middle, false), |t| line * (0.6 + 0.4 * bulge(t, 0.0))),
                INK,
                1.0,
            );
        }
        let outline = curve(mouth, true);
        let wider = scaled(&outline, mean(mouth), *down, [1.0 + line / width, 1.0 + line / gap]);
        self.fill(&wider, INK, 1.0)?;
        self.fill(&outline, [MOUTH[0], self.colorful * MOUTH[1], self.colorful * MOUTH[2]], 1.0)?;
        // The teeth reach as far down as the mouth is bright.
        let teeth = 0.85 * ((inside[0] - 0.3) / 0.3).clamp(0.0, 1.0);
        let below: Vec<_> = to_lower(teeth).skip(1).take(half.saturating_sub(1)).collect();
        let row: Vec<_> = upper.iter().copied().chain(below.into_iter().rev()).collect();
        self.fill(&curve(&row, true), WHITE, 1.0)
    }

    /// Draws a moustache when what is between nose and mouth is much darker than skin.
    fn moustache(&mut self) -> Result<()> {
        let Features { lips, nose, size, .. } = self.face;
        let nose = mean(nose);
        let line: Vec<_> = lips[..=lips.len() / 2].iter().map(|&point| between(point, nose, 0.36)).collect();
        match self.seen(&stroke(&line, |_| 0.1 * size), [0.1, 0.9])? {
            Some([l, a, b]) if self.skin[0] - l > MOUSTACHE => {
                let width = |t: f32| size * (0.06 + 0.19 * bulge(t, 0.0));
                self.fill(&stroke(&curve(&line, false), width), [l - 0.06, a, b], 1.0)
            }
            _ => Ok(()),
        }
    }

    fn eye(&mut self, eye: &[Point]) -> Result<()> {
        let Features { size, down, .. } = self.face;
        let (center, across, half) = (mean(eye), self.across(), eye.len() / 2);
        let width = eye[0].distance(eye[half]).clamp(0.3 * size, 0.6 * size);
        let height = (0..half).map(|i| eye[i].distance(eye[eye.len() - 1 - i])).fold(0.0, f32::max);
        let line = 0.05 * size;
        if height < SHUT * width {
            return self.fill(&stroke(&curve(&eye[half..], false), |_| line), INK, 1.0);
        }
        let radii = [0.6 * width, (0.8 * height).clamp(0.3 * width, 0.5 * width)];
        let ball = ellipse(center, across, radii);
        self.fill(&scaled(&ball, center, *down, radii.map(|radius| 1.0 + 0.4 * line / radius)), INK, 1.0)?;
        self.fill(&ball, WHITE, 1.0)?;
        let iris = 0.94 * radii[1].min(0.42 * width);
        let [l, a, b] = self.seen(&ellipse(center, across, [0.5 * iris; 2]), [0.0, 1.0])?.unwrap_or(INK);
        let vivid = (0.075 / a.hypot(b).max(0.005)).clamp(1.0, 2.5);
        self.fill(&ellipse(center, across, [iris; 2]), [l.clamp(0.38, 0.55), vivid * a, vivid * b], 1.0)?;
        self.fill(&ellipse(center, across, [0.58 * iris; 2]), INK, 1.0)?;
        let light = self.beside(center, [-0.34 * iris / size, -0.36 * iris / size]);
        self.fill(&ellipse(light, across, [0.3 * iris; 2]), WHITE, 1.0)?;
        // The lid, bold over the eye.
        let lid: Vec<_> = ball[ball.len() / 2..].iter().chain(&ball[..1]).copied().collect();
        self.fill(&stroke(&lid, |t| line * (1.0 + 0.6 * bulge(t, 0.0))), INK, 1.0)
    }

    fn brow(&mut self, brow: &[Point]) -> Result<()> {
        let size = self.face.size;
        let [l, a, b] = self.seen(&stroke(brow, |_| 0.08 * size), [0.0, 0.6])?.unwrap_or(self.skin);
        let color = [(l - 0.06).min(self.skin[0] - 0.17), a, b];
        self.fill(&stroke(&curve(brow, false), |t| size * (0.1 + 0.04 * bulge(t, 0.0))), color, 1.0)
    }

    fn glasses(&mut self, glasses: &Glasses) -> Result<()> {
        let width = 0.06 * self.face.size;
        let [l, a, b] = glasses.color.map(|part| 0.6 * part);
        let color = [l.min(0.34), a, b];
        for lens in &glasses.lenses {
            self.fill(lens, WHITE, 0.14)?;
            let ring: Vec<_> = lens.iter().chain(&lens[..1]).copied().collect();
            self.fill(&stroke(&ring, |_| width), color, 1.0)?;
        }
        glasses.bars.iter().try_for_each(|bar| self.fill(&stroke(&curve(bar, false), |_| width), color, 1.0))
    }

    /// Where right is in the face, of length 1.
    fn across(&self) -> Point {
        Point::new(self.face.down.y, -self.face.down.x)
    }

    /// A point so many distances between the eyes to the right of another and below it.
    fn beside(&self, point: Point, [right, below]: [f32; 2]) -> Point {
        let (across, down) = (self.across(), self.face.down);
        let (right, below) = (right * self.face.size, below * self.face.size);
        Point::new(point.x + right * across.x + below * down.x, point.y + right * across.y + below * down.y)
    }

    /// As [`color_within`] of the photograph, brightened.
    fn seen(&self, outline: &[Point], ranks: [f32; 2]) -> Result<Option<Lab>> {
        Ok(color_within(self.photo, outline, ranks)?.map(|color| color.map(|part| self.gain * part)))
    }

    /// Fills an outline with a colour; `opacity` is 0 to 1.
    fn fill(&mut self, outline: &[Point], color: Lab, opacity: f32) -> Result<()> {
        let Some((corner, mask)) = local_mask([self.image.width(), self.image.height()], outline)? else {
            return Ok(());
        };
        let color = oklab_to_rgb(color);
        let mut view = self.image.view_mut();
        for (y, weights) in mask.values().chunks_exact(mask.width() as usize).enumerate() {
            let row = &mut view.row_mut((corner[1] + y) as u32)[corner[0] * 3..];
            for (pixel, weight) in row.chunks_exact_mut(3).zip(weights) {
                for (value, color) in pixel.iter_mut().zip(color) {
                    let old = f32::from(*value);
                    *value = (old + opacity * weight * (f32::from(color) - old)).round_ties_even() as u8;
                }
            }
        }
        Ok(())
    }
}

/// The width of a stroke that is full in the middle and `least` at the ends.
fn bulge(t: f32, least: f32) -> f32 {
    (4.0 * t * (1.0 - t)).max(0.0).sqrt().max(least)
}

/// The colour of a face's skin: the mean of what is neither the darkest nor the brightest around its nose.
pub(super) fn skin_of(photo: &Image, face: &Features) -> Result<Lab> {
    let [left, right] = face.eyes.each_ref().map(|eye| mean(eye));
    let cheeks = [left, right, face.lips[face.lips.len() / 2], face.lips[0]];
    let center = between(between(left, right, 0.5), mean(&face.lips), 0.5);
    let outline = scaled(&cheeks, center, face.down, [1.15, 0.75]);
    Ok(color_within(photo, &outline, [0.3, 0.9])?.unwrap_or(SKIN))
}

/// The mean colour of the pixels within an outline whose lightness is between two of its ranks, 0 to 1; none when no
/// pixel is within.
fn color_within(photo: &Image, outline: &[Point], ranks: [f32; 2]) -> Result<Option<Lab>> {
    let Some((corner, mask)) = local_mask([photo.width(), photo.height()], outline)? else { return Ok(None) };
    // A few thousand pixels tell the colour of any area.
    let step = (mask.values().len() / 4096).max(1);
    let mut colors: Vec<Lab> = Vec::new();
    for (i, _) in mask.values().iter().enumerate().step_by(step).filter(|(_, weight)| **weight > 0.5) {
        let (x, y) = (corner[0] + i % mask.width() as usize, corner[1] + i / mask.width() as usize);
        let pixel = &photo.pixels()[(y * photo.width() as usize + x) * 3..][..3];
        colors.push(rgb_to_oklab([pixel[0], pixel[1], pixel[2]]));
    }
    colors.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let [low, high] = ranks.map(|rank| (rank * colors.len() as f32) as usize);
    let ranked = &colors[low..high.max(low)];
    let sum = ranked.iter().fold([0.0; 3], |sum: Lab, color| std::array::from_fn(|c| sum[c] + color[c]));
    Ok((!ranked.is_empty()).then(|| sum.map(|sum| sum / ranked.len() as f32)))
}
