//! Smooth surfaces stretched over a region from the values around it.

/// Three values of a pixel and one that pads them to the width of a register.
pub(super) type Pixel = [f32; 4];

/// What the values may still change by when the solver stops, in their own units.
const TOLERANCE: f32 = 0.15;

/// At most this many rounds over all grids.
const MAX_CYCLES: usize = 20;

/// Passes over a grid before and after each visit to the next coarser one.
const SMOOTHING: usize = 2;

/// The smallest side of a grid that is made coarser still.
const COARSEST: usize = 8;

/// Replaces the values inside a region by the membrane over it: each the mean of its four neighbours, those outside
/// fixed. The pixels of the border always count as outside.
///
/// Source: a full multigrid method as in W. L. Briggs, V. E. Henson and S. F. McCormick, "A multigrid tutorial",
/// 2000, with red-black relaxation; it runs on one thread, and its memory is about three copies of the values.
pub(super) fn stretch_membrane(values: &mut [Pixel], inside: &[bool], width: usize) {
    let grids = grids(inside, width);
    if let Some((grid, coarser)) = grids.split_first() {
        solve(values, grid, coarser);
    }
}

/// A grid of pixels, every second one of the next finer grid along both axes.
struct Grid {
    width: usize,
    height: usize,
    inside: Vec<bool>,
    /// The columns that may lie inside, row by row.
    spans: Vec<[usize; 2]>,
}

impl Grid {
    fn new(mut inside: Vec<bool>, width: usize) -> Self {
        let height = inside.len() / width;
        let mut spans = Vec::with_capacity(height);
        for (y, row) in inside.chunks_exact_mut(width).enumerate() {
            if y == 0 || y == height - 1 {
                row.fill(false);
            }
            row[0] = false;
            row[width - 1] = false;
            let first = row.iter().position(|inside| *inside).unwrap_or(0);
            spans.push([first, row.iter().rposition(|inside| *inside).map_or(0, |last| last + 1)]);
        }
        Self { width, height, inside, spans }
    }

    /// The coarser grid; a pixel lies inside when all around it do on this one, so that corrections end at the edge.
    fn coarser(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut inside = vec![false; width * height];
        for [x, y] in self.pixels().filter(|[x, y]| x % 2 == 0 && y % 2 == 0) {
            let start = (y - 1) * self.width + x - 1;
            let around = [0, 1, 2].map(|row| &self.inside[start + row * self.width..][..3]);
            inside[y / 2 * width + x / 2] = around.concat().iter().all(|inside| *inside);
        }
        Self::new(inside, width)
    }

    /// The pixels inside, row by row.
    fn pixels(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        let rows = self.spans.iter().enumerate();
        rows.flat_map(|(y, &[start, end])| (start..end).map(move |x| [x, y]))
            .filter(|[x, y]| self.inside[y * self.width + x])
    }

    /// Sets each pixel inside to the mean of its neighbours and `right` of its own, first those of one colour of
    /// a chessboard, then those of the other.
    fn relax(&self, values: &mut [Pixel], right: Option<&[Pixel]>) {
        for color in 0..2 {
            for (y, &[start, end]) in self.spans.iter().enumerate().filter(|(_, [start, end])| start < end) {
                let at = y * self.width;
                let (above, row) = values.split_at_mut(at);
                let (row, below) = row.split_at_mut(self.width);
                let (above, below) = (&above[at - self.width..][..end], &below[..end]);
                let inside = &self.inside[at..][..end];
                let right = right.map(|right| &right[at..][..end]);
                for x in (start + (start + y + color) % 2..end).step_by(2) {
                    if inside[x] {
                        let (left, next) = (row[x - 1], row[x + 1]);
                        let right = right.map_or([0.0; 4], |right| right[x]);
                        row[x] = [0, 1, 2, 3]
                            .map(|c| 0.25 * (((above[x][c] + below[x][c]) + (left[c] + next[c])) + right[c]));
                    }
                }
            }
        }
    }

    /// What the pixels inside still lack, gathered onto the coarser grid.
    fn restrict(&self, values: &[Pixel], right: Option<&[Pixel]>, coarser: &Self) -> Vec<Pixel> {
        let mut gathered = vec![[0.0; 4]; coarser.width * coarser.height];
        // The pixels of the colour that was relaxed last lack nothing.
        for [x, y] in self.pixels().filter(|[x, y]| (x + y) % 2 == 0) {
            let at = y * self.width + x;
            let (up, down) = (values[at - self.width], values[at + self.width]);
            let (left, next) = (values[at - 1], values[at + 1]);
            let right = right.map_or([0.0; 4], |right| right[at]);
            let lack: Pixel = [0, 1, 2, 3]
                .map(|c| ((up[c] + down[c]) + (left[c] + next[c])) + right[c] - 4.0 * values[at][c]);
            for (coarse, weight) in self.parents(x, y, coarser.width) {
                for c in 0..4 {
                    // Full weighting, times 4 for a mesh width twice as large.
                    gathered[coarse][c] += weight * lack[c];
                }
            }
        }
        gathered
    }

    /// The values outside on the coarser grid; where only a pixel's neighbours are outside, their mean.
    fn sample_edge(&self, values: &[Pixel], coarser: &Self) -> Vec<Pixel> {
        let pixels = (0..coarser.height).flat_map(|y| (0..coarser.width).map(move |x| [2 * x, 2 * y]));
        let sampled = pixels.map(|[x, y]| {
            let at = y * self.width + x;
            if !self.inside[at] {
                return values[at];
            }
            let (mut sum, mut count) = ([0.0; 4], 0.0f32);
            for row in [at - self.width, at, at + self.width] {
                for near in (row - 1..=row + 1).filter(|near| !self.inside[*near]) {
                    sum = [0, 1, 2, 3].map(|c| sum[c] + values[near][c]);
                    count += 1.0;
                }
            }
            sum.map(|sum| sum / count.max(1.0))
        });
        sampled.collect()
    }

    /// The pixels of the coarser grid around one of this grid, with their shares of it.
    #[inline(always)]
    fn parents(&self, x: usize, y: usize, coarse_width: usize) -> [(usize, f32); 4] {
        let (x0, y0) = (x / 2, y / 2);
        // Pixels inside are never on the border, so that there is one to the right and below when it is needed.
        let (x1, y1) = (x0 + x % 2, y0 + y % 2);
        let first = |odd: usize| if odd == 1 { 0.5 } else { 1.0 };
        let (wx, wy) = (first(x % 2), first(y % 2));
        [
            (y0 * coarse_width + x0, wx * wy),
            (y0 * coarse_width + x1, (1.0 - wx) * wy),
            (y1 * coarse_width + x0, wx * (1.0 - wy)),
            (y1 * coarse_width + x1, (1.0 - wx) * (1.0 - wy)),
        ]
    }
}

/// The grid of a region and ever coarser ones.
fn grids(inside: &[bool], width: usize) -> Vec<Grid> {
    if width == 0 || inside.len() < width {
        return Vec::new();
    }
    let mut grids = vec![Grid::new(inside.to_vec(), width)];
    while let Some(finest) = grids.last()
        && finest.width.min(finest.height) > COARSEST
    {
        grids.push(finest.coarser());
    }
    grids
}

/// The membrane, first on the coarser grids, whose result is the first guess.
fn solve(values: &mut [Pixel], grid: &Grid, coarser: &[Grid]) {
    for [x, y] in grid.pixels() {
        values[y * grid.width + x] = [0.0; 4];
    }
    if let Some((next, rest)) = coarser.split_first() {
        let mut coarse = grid.sample_edge(values, next);
        solve(&mut coarse, next, rest);
        add_interpolated(values, grid, &coarse, next);
    }
    let mut before = values.to_vec();
    for _ in 0..MAX_CYCLES {
        cycle(values, None, grid, coarser);
        let mut change = 0.0f32;
        for (value, before) in values.iter().zip(&mut before) {
            change = (0..3).map(|c| (value[c] - before[c]).abs()).fold(change, f32::max);
            *before = *value;
        }
        if change < TOLERANCE {
            break;
        }
    }
}

/// One visit to all grids, from the finest to the coarsest and back.
fn cycle(values: &mut [Pixel], right: Option<&[Pixel]>, grid: &Grid, coarser: &[Grid]) {
    let Some((next, rest)) = coarser.split_first() else {
        for _ in 0..4 * COARSEST {
            grid.relax(values, right);
        }
        return;
    };
    for _ in 0..SMOOTHING {
        grid.relax(values, right);
    }
    let lack = grid.restrict(values, right, next);
    let mut correction = vec![[0.0; 4]; lack.len()];
    cycle(&mut correction, Some(&lack), next, rest);
    add_interpolated(values, grid, &correction, next);
    for _ in 0..SMOOTHING {
        grid.relax(values, right);
    }
}

/// Adds the values of the coarser grid, bilinear between them, to those inside.
fn add_interpolated(values: &mut [Pixel], grid: &Grid, coarse: &[Pixel], coarser: &Grid) {
    for [x, y] in grid.pixels() {
        let parents = grid.parents(x, y, coarser.width);
        let value = &mut values[y * grid.width + x];
        for (at, weight) in parents {
            for c in 0..4 {
                value[c] += weight * coarse[at][c];
            }
        }
    }
}
