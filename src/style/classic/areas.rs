//! Areas of one colour: made calm, and the lines between them.

use rayon::prelude::*;

/// Labels of cells, which stand in rows of `columns`; each is below `count`.
pub(super) struct Areas {
    pub labels: Vec<u16>,
    pub columns: usize,
    pub count: usize,
}

impl Areas {
    fn rows(&self) -> usize {
        self.labels.len() / self.columns
    }

    /// Gives each cell the label that most cells within `radius` have, so that borders become smooth.
    pub(super) fn vote(&mut self, radius: usize) {
        let (rows, columns) = (self.rows(), self.columns);
        let labels = &self.labels;
        let mut voted = vec![0; labels.len()];
        // A disc: how far it reaches to both sides in each of its rows.
        let reach = |dy: usize| ((radius * radius + radius - dy * dy) as f32).sqrt() as usize;
        voted.par_chunks_mut(columns).enumerate().for_each_init(
            || vec![0u32; self.count],
            |votes, (y, voted)| {
                votes.fill(0);
                let lines: Vec<_> = (y.saturating_sub(radius)..(y + radius + 1).min(rows))
                    .map(|line| (&labels[line * columns..][..columns], reach(line.abs_diff(y))))
                    .collect();
                for (line, reach) in &lines {
                    line[..(*reach).min(columns)].iter().for_each(|&label| votes[usize::from(label)] += 1);
                }
                for (x, voted) in voted.iter_mut().enumerate() {
                    for (line, reach) in &lines {
                        if let Some(&label) = line.get(x + reach) {
                            votes[usize::from(label)] += 1;
                        }
                    }
                    let own = labels[y * columns + x];
                    let mut best = (votes[usize::from(own)], own);
                    for (label, &count) in votes.iter().enumerate() {
                        if count > best.0 {
                            best = (count, label as u16);
                        }
                    }
                    *voted = best.1;
                    for (line, reach) in &lines {
                        if let Some(&label) = x.checked_sub(*reach).and_then(|x| line.get(x)) {
                            votes[usize::from(label)] -= 1;
                        }
                    }
                }
            },
        );
        self.labels = voted;
    }

    /// Gives areas of fewer than `least` cells the label of the neighbour that they share most of their border with.
    pub(super) fn absorb(&mut self, least: usize) {
        let (rows, columns) = (self.rows(), self.columns);
        let mut seen = vec![false; self.labels.len()];
        let mut area = Vec::new();
        let mut border = vec![0u32; self.count];
        for start in 0..self.labels.len() {
            if seen[start] {
                continue;
            }
            let label = self.labels[start];
            area.clear();
            area.push(start);
            seen[start] = true;
            border.fill(0);
            let mut next = 0;
            while let Some(&at) = area.get(next) {
                next += 1;
                let (x, y) = (at % columns, at / columns);
                let around = [
                    (x > 0).then(|| at - 1),
                    (x + 1 < columns).then(|| at + 1),
                    (y > 0).then(|| at - columns),
                    (y + 1 < rows).then(|| at + columns),
                ];
                for at in around.into_iter().flatten() {
                    if self.labels[at] != label {
                        border[usize::from(self.labels[at])] += 1;
                    } else if !seen[at] {
                        seen[at] = true;
                        area.push(at);
                    }
                }
            }
            let longest =
                border.iter().enumerate().max_by_key(|&(label, &length)| (length, std::cmp::Reverse(label)));
            if let Some((other, &length)) = longest.filter(|_| area.len() < least)
                && length > 0
            {
                area.iter().for_each(|&at| self.labels[at] = other as u16);
            }
        }
    }

    /// How far each cell is from the nearest border between two labels of which `drawn` is true, in cells; `reach` + 1
    /// where it is farther than `reach`.
    pub(super) fn distances(&self, reach: usize, drawn: impl Fn(u16, u16, usize) -> bool + Sync) -> Vec<f32> {
        let (rows, columns) = (self.rows(), self.columns);
        let far = (reach + 1) as u16;
        let mut along = vec![far; self.labels.len()];
        along.par_chunks_mut(columns).enumerate().for_each(|(y, along)| {
            let border = |at: usize, other: usize| {
                let (a, b) = (self.labels[at], self.labels[other]);
                a != b && drawn(a, b, at)
            };
            for x in 0..columns {
                let at = y * columns + x;
                let here =
                    (x + 1 < columns && border(at, at + 1)) || (y + 1 < rows && border(at, at + columns));
                let before = x.checked_sub(1).map_or(far, |x| along[x] + 1);
                along[x] = if here { 0 } else { before.min(far) };
            }
            for x in (1..columns).rev() {
                along[x - 1] = along[x - 1].min(along[x] + 1);
            }
        });
        let mut distances = vec![0.0; along.len()];
        distances.par_chunks_mut(columns).enumerate().for_each(|(y, distances)| {
            let most = (far as f32).powi(2);
            distances.fill(most);
            for line in y.saturating_sub(reach)..(y + reach + 1).min(rows) {
                let down = (line.abs_diff(y) as f32).powi(2);
                for (square, &along) in distances.iter_mut().zip(&along[line * columns..]) {
                    *square = square.min(f32::from(along).powi(2) + down);
                }
            }
            distances.iter_mut().for_each(|square| *square = square.sqrt());
        });
        distances
    }
}
