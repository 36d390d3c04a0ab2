//! Whether a graph keeps the contract of a family, judged by its inputs and outputs.

use crate::models::{Dim, Family, Signature, ValueInfo};

/// Why a graph does not keep a contract.
type Misfit = Result<(), String>;

/// The lengths that each side may have; none listed means any.
type Sides<'a> = [&'a [u64]];

const ANY: &[u64] = &[];

impl Family {
    /// Whether a graph keeps this family's contract, as far as its inputs and outputs tell.
    ///
    /// A side of the graph that may have any length is taken to fit. Families of one role can look alike: a
    /// GFPGAN and a RestoreFormer differ in their weights alone.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn fits(self, graph: &Signature) -> Result<(), String> {
        match self {
            Self::Yunet => yunet(graph),
            Self::Scrfd => scrfd(graph),
            Self::Retinaface => {
                planar(only_input(graph)?, ANY)?;
                last_sides(graph, &[4, 2, 10])
            }
            Self::Ultraface => {
                let input = only_input(graph)?;
                shaped(input, &[ANY, &[3], &[240], &[320]])
                    .or(shaped(input, &[ANY, &[3], &[480], &[640]]))?;
                last_sides(graph, &[2, 4])
            }
            Self::Blazeface => {
                let (input, sizes) = (only_input(graph)?, &[128, 192, 256]);
                planar(input, sizes).or(interleaved(input, sizes))?;
                last_sides(graph, &[16, 1])
            }
            Self::Yoloface => {
                planar(only_input(graph)?, ANY)?;
                gives(only_output(graph)?, &[ANY, &[20], ANY])
            }
            Self::Fan => {
                planar(only_input(graph)?, &[256])?;
                gives(first_output(graph)?, &[ANY, &[68], &[3]])
            }
            Self::Pfld => {
                planar(only_input(graph)?, &[112])?;
                last_side(only_output(graph)?, &[136, 196])
            }
            Self::Facemesh => {
                let (input, sizes) = (only_input(graph)?, &[192, 256]);
                planar(input, sizes).or(interleaved(input, sizes))?;
                last_side(first_output(graph)?, &[1404, 1434])
            }
            Self::Arcface => embedding(graph, 512),
            Self::Mobilefacenet | Self::Sface => embedding(graph, 128),
            Self::Crossface => {
                gives(only_input(graph)?, &[ANY, &[512]])?;
                gives(only_output(graph)?, &[ANY, &[512]])
            }
            Self::Inswapper => swap(graph, &[ANY, &[512]], 128),
            Self::Hyperswap | Self::Ghost | Self::Hififace => swap(graph, &[ANY, &[512]], 256),
            Self::Simswap => swap(graph, &[ANY, &[512]], 256).or(swap(graph, &[ANY, &[512]], 512)),
            Self::Blendswap => swap(graph, &[ANY, &[3], &[112], &[112]], 256),
            Self::Uniface => swap(graph, &[ANY, &[3], &[256], &[256]], 256),
            Self::LiteSwap => swap(graph, &[ANY, &[128]], 128),
            Self::Gfpgan | Self::Restoreformer => same_size(graph, only_input(graph)?, &[512]),
            Self::Gpen => same_size(graph, only_input(graph)?, &[256, 512, 1024, 2048]),
            Self::Codeformer => codeformer(graph),
            Self::LiteRestore => {
                let (input, output) = (only_input(graph)?, only_output(graph)?);
                planar(input, ANY)?;
                planar(output, ANY)?;
                check(sized(input, output, |a, b| a == b && a.fixed().is_none()), output)
            }
            Self::Realesrgan => {
                let (input, output) = (only_input(graph)?, first_output(graph)?);
                planar(input, ANY)?;
                planar(output, ANY)?;
                check((2..=8).any(|factor| sized(input, output, |a, b| is_enlarged(a, b, factor))), output)
            }
            Self::Bisenet => {
                planar(only_input(graph)?, &[512])?;
                gives(first_output(graph)?, &[ANY, &[19], &[512], &[512]])
            }
            Self::Xseg => {
                interleaved(only_input(graph)?, &[256])?;
                gives(only_output(graph)?, &[ANY, &[256], &[256], &[1]])
            }
            Self::SelfieSegmenter => {
                shaped(only_input(graph)?, &[ANY, &[144], &[256], &[3]])?;
                gives(only_output(graph)?, &[ANY, &[144], &[256], &[1]])
            }
            Self::LiteSegment => {
                planar(only_input(graph)?, &[256])?;
                gives(only_output(graph)?, &[ANY, &[4], &[256], &[256]])
            }
            Self::Midas | Self::DepthAnything => depth(graph),
            Self::Cartoongan | Self::Animegan | Self::WhiteBox => {
                picture_pair(only_input(graph)?, only_output(graph)?)
            }
            Self::ImageToImage => {
                let (input, output) = (only_input(graph)?, only_output(graph)?);
                let alone = |sides: &Sides| gives(input, sides).and(shaped(output, sides));
                picture_pair(input, output).or(alone(&[&[3], ANY, ANY])).or(alone(&[ANY, ANY, &[3]]))
            }
            Self::StyleTransfer => {
                let [first, second] = graph.inputs.as_slice() else {
                    return Err(count("inputs", graph.inputs.len(), 2));
                };
                let output = only_output(graph)?;
                picture_pair(first, output).and(picture_pair(second, output))
            }
            Self::FastNeuralStyle => {
                let (input, output) = (only_input(graph)?, only_output(graph)?);
                planar(input, &[224])?;
                planar(output, &[224])
            }
            Self::FritzStyle => {
                shaped(only_input(graph)?, &[ANY, &[640], &[480], &[3]])?;
                shaped(only_output(graph)?, &[ANY, &[640], &[480], &[3]])
            }
            Self::LiteStylize => lite_stylize(graph),
            Self::MagentaPredict => {
                interleaved(only_input(graph)?, ANY)?;
                last_side(only_output(graph)?, &[100])
            }
            Self::MagentaTransfer => {
                let [content, style] = graph.inputs.as_slice() else {
                    return Err(count("inputs", graph.inputs.len(), 2));
                };
                interleaved(content, ANY)?;
                last_side(style, &[100])?;
                interleaved(only_output(graph)?, ANY)
            }
            Self::DctNet => {
                gives(only_input(graph)?, &[ANY, ANY, &[3]])?;
                shaped(only_output(graph)?, &[ANY, ANY, &[3]])
            }
            Self::Sd1 | Self::Sd2 | Self::Sdxl => {
                Err("it is one graph, and a folder of graphs is needed".into())
            }
            Self::Sd1Controlnet | Self::Sd2Controlnet | Self::SdxlControlnet => {
                Err("it is a file, and the folder of a ControlNet is needed".into())
            }
            Self::Instantid => tokens(graph),
            Self::Lora | Self::Sd1Lora | Self::Sd2Lora | Self::SdxlLora | Self::TextualInversion => {
                Err("it is a graph, and a .safetensors file is needed".into())
            }
        }
    }
}

fn yunet(graph: &Signature) -> Misfit {
    planar(only_input(graph)?, ANY)?;
    for (kind, len) in [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)] {
        for stride in [8, 16, 32] {
            let name = format!("{kind}_{stride}");
            let output = graph.outputs.iter().find(|output| output.name == name);
            may_end(output.ok_or_else(|| format!("it has no output {name}"))?, len)?;
        }
    }
    Ok(())
}

fn scrfd(graph: &Signature) -> Misfit {
    planar(only_input(graph)?, ANY)?;
    let strides = match graph.outputs.len() {
        6 | 9 => 3,
        10 | 15 => 5,
        len => return Err(format!("it has {len} outputs, not 6, 9, 10 or 15")),
    };
    for (outputs, len) in graph.outputs.chunks(strides).zip([1, 4, 10]) {
        outputs.iter().try_for_each(|output| may_end(output, len))?;
    }
    Ok(())
}

fn codeformer(graph: &Signature) -> Misfit {
    let [input, weight] = graph.inputs.as_slice() else {
        return Err(count("inputs", graph.inputs.len(), 2));
    };
    if weight.name != "weight" {
        return Err(format!("its second input is {}, not weight", weight.name));
    }
    let one = weight
        .dims
        .as_deref()
        .is_none_or(|dims| matches!(dims, [] | [Dim::Fixed(1) | Dim::Named(_) | Dim::Any]));
    check(weight.element.is_float() && one, weight)?;
    same_size(graph, input, &[512])
}

fn embedding(graph: &Signature, len: u64) -> Misfit {
    planar(only_input(graph)?, &[112])?;
    gives(only_output(graph)?, &[ANY, &[len]])
}

/// A picture comes in, and a plane of its size goes out.
fn depth(graph: &Signature) -> Misfit {
    let (input, output) = (only_input(graph)?, only_output(graph)?);
    planar(input, ANY)?;
    gives(output, &[ANY, ANY, ANY])?;
    let is_same = |i: usize| match side(input, i).zip(side(output, i - 1)) {
        Some((a, b)) => a.fixed() == b.fixed(),
        None => false,
    };
    check(is_same(2) && is_same(3), output)
}

/// An embedding comes in, and tokens for cross attention go out; their widths are known.
fn tokens(graph: &Signature) -> Misfit {
    let (input, output) = (only_input(graph)?, only_output(graph)?);
    let has_width = |info: &ValueInfo, rank: usize| {
        let dims = info.dims.as_deref().filter(|dims| dims.len() == rank && info.element.is_float());
        dims.and_then(<[Dim]>::last).and_then(Dim::fixed).is_some()
    };
    check(input.name == "embedding" && has_width(input, 2), input)?;
    check(output.name == "image_tokens" && has_width(output, 3), output)
}

fn swap(graph: &Signature, source: &Sides, size: u64) -> Misfit {
    if graph.inputs.len() != 2 {
        return Err(count("inputs", graph.inputs.len(), 2));
    }
    shaped(named_input(graph, "source")?, source)?;
    planar(named_input(graph, "target")?, &[size])?;
    planar(first_output(graph)?, &[size])
}

/// A picture, a weight for each style and a strength come in, and a picture goes out.
fn lite_stylize(graph: &Signature) -> Misfit {
    if graph.inputs.len() != 3 {
        return Err(count("inputs", graph.inputs.len(), 3));
    }
    planar(named_input(graph, "input")?, ANY)?;
    gives(named_input(graph, "style")?, &[ANY, &[6]])?;
    shaped(named_input(graph, "strength")?, &[ANY, &[1]])?;
    planar(only_output(graph)?, ANY)
}

/// A square picture of a fixed size comes in, and one of the same size goes out.
fn same_size(graph: &Signature, input: &ValueInfo, sizes: &[u64]) -> Misfit {
    let output = first_output(graph)?;
    planar(input, sizes)?;
    planar(output, sizes)?;
    let fixed = |a: &Dim, b: &Dim| a.fixed().is_some() && b.fixed().is_none_or(|len| a.fixed() == Some(len));
    check(sized(input, output, fixed) && side(input, 2) == side(input, 3), input)
}

/// Whether the height and the width of two planar pictures stand in a relation; unknown sides do not.
fn sized(a: &ValueInfo, b: &ValueInfo, relation: impl Fn(&Dim, &Dim) -> bool) -> bool {
    [2, 3].into_iter().all(|i| side(a, i).zip(side(b, i)).is_some_and(|(a, b)| relation(a, b)))
}

fn is_enlarged(input: &Dim, output: &Dim, factor: u64) -> bool {
    match (input, output) {
        (Dim::Fixed(input), Dim::Fixed(output)) => {
            matches!(factor, 2 | 3 | 4 | 8) && input.checked_mul(factor) == Some(*output)
        }
        (_, Dim::Fixed(_)) => false,
        (Dim::Named(input), Dim::Named(output)) => input != output,
        _ => true,
    }
}

fn only_input(graph: &Signature) -> Result<&ValueInfo, String> {
    match graph.inputs.as_slice() {
        [input] => Ok(input),
        inputs => Err(count("inputs", inputs.len(), 1)),
    }
}

fn named_input<'a>(graph: &'a Signature, name: &str) -> Result<&'a ValueInfo, String> {
    graph.input(name).ok_or_else(|| format!("it has no input {name}"))
}

fn only_output(graph: &Signature) -> Result<&ValueInfo, String> {
    match graph.outputs.as_slice() {
        [output] => Ok(output),
        outputs => Err(count("outputs", outputs.len(), 1)),
    }
}

fn first_output(graph: &Signature) -> Result<&ValueInfo, String> {
    graph.outputs.first().ok_or_else(|| "it has no output".to_owned())
}

/// The outputs' last sides are these, in this order.
fn last_sides(graph: &Signature, lens: &[u64]) -> Misfit {
    if graph.outputs.len() != lens.len() {
        return Err(count("outputs", graph.outputs.len(), lens.len()));
    }
    graph.outputs.iter().zip(lens).try_for_each(|(output, len)| last_side(output, &[*len]))
}

/// The last side is one of these, for certain.
fn last_side(info: &ValueInfo, lens: &[u64]) -> Misfit {
    let last = info.dims.as_deref().and_then(<[Dim]>::last).and_then(Dim::fixed);
    check(last.is_some_and(|len| lens.contains(&len)) && info.element.is_float(), info)
}

/// The last side is this, or the graph does not say.
fn may_end(info: &ValueInfo, len: u64) -> Misfit {
    let fits = info.dims.as_ref().is_none_or(|dims| dims.last().is_some_and(|dim| admits(&[len], dim)));
    check(fits && info.element.is_float(), info)
}

/// The sides are these, for certain: what tells a family by its output has to say so.
fn gives(info: &ValueInfo, sides: &Sides) -> Misfit {
    let known =
        |dims: &Vec<Dim>| sides.iter().zip(dims).all(|(lens, dim)| lens.is_empty() || dim.fixed().is_some());
    check(info.dims.as_ref().is_some_and(known), info)?;
    shaped(info, sides)
}

/// A square picture or any, `[n, 3, size, size]`.
fn planar(info: &ValueInfo, sizes: &[u64]) -> Misfit {
    shaped(info, &[ANY, &[3], sizes, sizes])
}

/// A square picture or any, `[n, size, size, 3]`.
fn interleaved(info: &ValueInfo, sizes: &[u64]) -> Misfit {
    shaped(info, &[ANY, sizes, sizes, &[3]])
}

/// A picture comes in and one goes out.
fn picture_pair(input: &ValueInfo, output: &ValueInfo) -> Misfit {
    picture(input)?;
    picture(output)
}

/// A picture of any size with its channels first or last; no side there is fixed to another length than 3.
fn picture(info: &ValueInfo) -> Misfit {
    planar(info, ANY).or(interleaved(info, ANY))?;
    let ends = [1, 3].map(|index| side(info, index).and_then(Dim::fixed));
    check(ends.contains(&Some(3)) || ends == [None; 2], info)
}

fn shaped(info: &ValueInfo, sides: &Sides) -> Misfit {
    let fits = match &info.dims {
        None => true,
        Some(dims) => {
            dims.len() == sides.len() && sides.iter().zip(dims).all(|(lens, dim)| admits(lens, dim))
        }
    };
    check(fits && info.element.is_float(), info)
}

fn admits(lens: &[u64], dim: &Dim) -> bool {
    lens.is_empty() || dim.fixed().is_none_or(|len| lens.contains(&len))
}

fn side(info: &ValueInfo, index: usize) -> Option<&Dim> {
    info.dims.as_ref()?.get(index)
}

fn check(fits: bool, info: &ValueInfo) -> Misfit {
    if fits { Ok(()) } else { Err(format!("it has {info}")) }
}

fn count(what: &str, found: usize, expected: usize) -> String {
    format!("it has {found} {what}, not {expected}")
}
