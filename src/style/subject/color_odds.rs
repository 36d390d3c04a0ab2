//! Which colours belong to the subject, and which to what is behind it.

/// How far apart the cells of the histogram are in OKLab.
const STEP: [f32; 3] = [0.06, 0.025, 0.025];

/// The cells along each axis, enough for every colour of sRGB, and one at each end for the blur.
const CELLS: [usize; 3] = [20, 26, 27];

/// The least of each axis.
const LEAST: [f32; 3] = [-0.06, -0.27, -0.35];

/// The log odds of each colour, from two soft histograms over OKLab.
pub(super) struct ColorOdds {
    odds: Vec<f32>,
}

impl ColorOdds {
    /// The odds where `subject` and `behind` tell how surely each pixel of the planes belongs to the subject, and to
    /// what is behind it, 0 to 1.
    pub(super) fn new(planes: &[Vec<f32>; 3], subject: &[f32], behind: &[f32]) -> Self {
        let len = CELLS.iter().product();
        let [mut inside, mut around] = [vec![0.0f32; len], vec![0.0f32; len]];
        for (at, (&front, &back)) in subject.iter().zip(behind).enumerate() {
            let (front, back) = (front.powi(9), back.powi(9));
            for (cell, weight) in cells(planes, at) {
                inside[cell] += weight * front;
                around[cell] += weight * back;
            }
        }
        let [inside, around] = [inside, around].map(smooth);
        let [inside_all, around_all] =
            [&inside, &around].map(|counts| counts.iter().sum::<f32>().max(f32::MIN_POSITIVE));
        let rare = 1.3e-4;
        let odds = inside.iter().zip(&around);
        let odds = odds.map(|(a, b)| ((a / inside_all + rare) / (b / around_all + rare)).ln()).collect();
        Self { odds }
    }

    /// The log odds of pixel `at` of the planes.
    pub(super) fn at(&self, planes: &[Vec<f32>; 3], at: usize) -> f32 {
        cells(planes, at).map(|(cell, weight)| weight * self.odds[cell]).sum()
    }
}

/// The eight cells around the colour of a pixel, and their weights.
fn cells(planes: &[Vec<f32>; 3], at: usize) -> impl Iterator<Item = (usize, f32)> {
    let place: [(usize, f32); 3] = std::array::from_fn(|axis| {
        let place = ((planes[axis][at] - LEAST[axis]) / STEP[axis]).clamp(0.0, (CELLS[axis] - 2) as f32);
        (place as usize, place.fract())
    });
    (0..8).map(move |corner| {
        let mut cell = 0;
        let mut weight = 1.0;
        for (axis, (first, share)) in place.into_iter().enumerate() {
            let next = corner >> axis & 1;
            cell = cell * CELLS[axis] + first + next;
            weight *= if next == 1 { share } else { 1.0 - share };
        }
        (cell, weight)
    })
}

/// Blurs a histogram by a quarter, a half and a quarter along each axis.
fn smooth(mut counts: Vec<f32>) -> Vec<f32> {
    let strides = [CELLS[1] * CELLS[2], CELLS[2], 1];
    for (stride, len) in strides.into_iter().zip(CELLS) {
        let source = counts.clone();
        for (at, count) in counts.iter_mut().enumerate() {
            let place = at / stride % len;
            let before = if place > 0 { source[at - stride] } else { 0.0 };
            let after = if place + 1 < len { source[at + stride] } else { 0.0 };
            *count = 0.5 * source[at] + 0.25 * (before + after);
        }
    }
    counts
}
