//! A cheap look at latents, without the VAE.

use ndarray::ArrayD;

/// What a latent channel adds to red, green and blue, on the scale −1 to 1.
type Factors = [[f32; 3]; 4];

/// The linear fit for the VAE of Stable Diffusion 1 and 2 (discuss.huggingface.co, "Decoding latents to RGB without
/// upscaling").
const SD: (Factors, [f32; 3]) = (
    [[0.298, 0.207, 0.208], [0.187, 0.286, 0.173], [-0.158, 0.189, 0.264], [-0.184, -0.271, -0.473]],
    [0.0; 3],
);

/// The linear fit for the VAE of Stable Diffusion XL (huggingface.co/blog/TimothyAlexisVass/explaining-the-sdxl-latent-space),
/// in levels of 0 to 255.
const XL: (Factors, [f32; 3]) = (
    [[60.0, 60.0, 60.0], [-60.0, -5.0, 10.0], [25.0, 15.0, -5.0], [-70.0, -50.0, -35.0]],
    [150.0, 140.0, 130.0],
);

/// The picture that latents, `[1, 4, height, width]`, roughly stand for: RGB, a pixel a latent.
pub(super) fn preview(latents: &ArrayD<f32>, xl: bool) -> Vec<u8> {
    let ((factors, bias), scale, offset) = if xl { (XL, 1.0, 0.0) } else { (SD, 127.5, 127.5) };
    let &[_, channels, height, width] = latents.shape() else { return Vec::new() };
    let mut rgb = Vec::with_capacity(3 * height * width);
    for y in 0..height {
        for x in 0..width {
            for c in 0..3 {
                let of = |k: usize| latents[[0, k, y, x]] * factors[k][c];
                let sum: f32 = (0..channels.min(4)).map(of).sum();
                rgb.push(((sum + bias[c]) * scale + offset).round_ties_even().clamp(0.0, 255.0) as u8);
            }
        }
    }
    rgb
}
