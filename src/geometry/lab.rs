//! Colours as lightness and two axes of hue, in which equal steps look about equal.

use palette::white_point::D65;
use palette::{FromColor, IntoColor, Lab, LinSrgb, Srgb};

/// The CIE L\*a\*b\* coordinates of an sRGB colour, for the white of D65: lightness 0 to 100, and the axes from
/// green to red and from blue to yellow, 0 for greys.
pub fn rgb_to_lab(rgb: [u8; 3]) -> [f32; 3] {
    let linear: LinSrgb<f32> = Srgb::from(rgb).into_linear();
    let lab: Lab<D65, f32> = linear.into_color();
    [lab.l, lab.a, lab.b]
}

/// The sRGB colour of CIE L\*a\*b\* coordinates, what lies out of reach cut off at 0 and 255.
pub fn lab_to_rgb([l, a, b]: [f32; 3]) -> [u8; 3] {
    let linear = LinSrgb::<f32>::from_color(Lab::<D65, f32>::new(l, a, b));
    Srgb::<u8>::from_linear(linear).into()
}
