//! PyTorch's generator of random numbers, so that a seed means the same noise here as there.

use std::f32::consts::TAU;

use ndarray::{ArrayD, IxDyn};
use rand_mt::Mt;

/// A source of normal noise: `torch.Generator` on the CPU.
///
/// Two generators with one seed give the same noise in the same order of calls, on every platform. The noise is
/// PyTorch's to 1e-6: the random bits are the same, and the vectorised logarithm, sine and cosine of PyTorch differ
/// from the exact ones by at most 3 units in the last place.
#[derive(Debug, Clone)]
pub struct Generator {
    engine: Mt,
    /// The second value of the last pair that was drawn singly.
    spare: Option<f64>,
}

/// The values that PyTorch turns from uniform to normal at a time.
const BLOCK: usize = 16;

impl Generator {
    /// A generator as after `torch.Generator().manual_seed(seed)`, which takes any `u64` and uses its lower 32 bits.
    pub fn new(seed: u64) -> Self {
        Self { engine: Mt::new(seed as u32), spare: None }
    }

    /// Draws values of mean 0 and deviation 1 in a shape: `torch.randn(shape, generator=self)` in float32.
    ///
    /// The state carries over from call to call as PyTorch's does, so that the noise depends on how many values the
    /// calls before asked for. A shape without values draws nothing.
    pub fn normal(&mut self, shape: &[usize]) -> ArrayD<f32> {
        let mut noise = ArrayD::zeros(IxDyn(shape));
        if let Some(values) = noise.as_slice_mut() {
            if values.len() < BLOCK {
                values.fill_with(|| self.normal_f64() as f32);
            } else {
                self.fill_blocks(values);
            }
        }
        noise
    }

    /// Fills at least a block. What is left over after whole blocks is drawn anew together with the values before it.
    fn fill_blocks(&mut self, values: &mut [f32]) {
        values.fill_with(|| self.uniform_f32());
        let (blocks, rest) = values.as_chunks_mut();
        blocks.iter_mut().for_each(box_muller);
        if !rest.is_empty()
            && let Some(last) = values.last_chunk_mut()
        {
            last.fill_with(|| self.uniform_f32());
            box_muller(last);
        }
    }

    /// A value of mean 0 and deviation 1; every second one was made together with the one before.
    fn normal_f64(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let theta = std::f64::consts::TAU * self.uniform_f64();
        let radius = (-2.0 * (-self.uniform_f64()).ln_1p()).sqrt();
        self.spare = Some(radius * theta.sin());
        radius * theta.cos()
    }

    /// A value from 0 up to 1 with 24 random bits.
    fn uniform_f32(&mut self) -> f32 {
        (self.engine.next_u32() & 0x00ff_ffff) as f32 / (1 << 24) as f32
    }

    /// A value from 0 up to 1 with 53 random bits, the first draw above the second.
    fn uniform_f64(&mut self) -> f64 {
        let high = u64::from(self.engine.next_u32()) << 32;
        let bits = (high | u64::from(self.engine.next_u32())) & ((1 << 53) - 1);
        bits as f64 / (1u64 << 53) as f64
    }
}

/// Turns a block of uniform values into normal ones: the first half gives the radii, the second the angles.
///
/// Functions are taken in f64 and rounded, so that the result does not depend on the platform's f32 library.
fn box_muller(values: &mut [f32; BLOCK]) {
    let (radii, angles) = values.split_at_mut(BLOCK / 2);
    for (first, second) in radii.iter_mut().zip(angles) {
        let radius = (-2.0 * f64::from(1.0 - *first).ln() as f32).sqrt();
        let (sin, cos) = f64::from(TAU * *second).sin_cos();
        *first = radius * cos as f32;
        *second = radius * sin as f32;
    }
}
