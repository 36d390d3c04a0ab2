//! LoRAs merged into graphs, against diffusers and peft.

use std::fs;
use std::path::{Path, PathBuf};

use facekit::diffusion::{Lora, merge_loras};
use facekit::models::{Initializers, Part, load_with};
use facekit::runtime::{Runtime, Session, SessionOptions, Weights};
use facekit::{CancelToken, ErrorKind};
use half::f16;
use ndarray::ArrayD;
use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize_to_file};
use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};

#[path = "support/onnx.rs"]
mod onnx;

const TOLERANCE: f32 = 1e-5;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/lora").join(name)
}

/// `expected.json` and the numbers of `expected.bin`.
struct Expected {
    json: Value,
    numbers: Vec<f32>,
}

impl Expected {
    fn read() -> Self {
        let json = serde_json::from_slice(&fs::read(golden("expected.json")).unwrap()).unwrap();
        let bytes = fs::read(golden("expected.bin")).unwrap();
        let numbers = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        Self { json, numbers }
    }

    fn array(&self, place: &Value) -> ArrayD<f32> {
        let shape: Vec<usize> =
            place["shape"].as_array().unwrap().iter().map(|side| side.as_u64().unwrap() as usize).collect();
        let start = place["offset"].as_u64().unwrap() as usize;
        let len = shape.iter().product::<usize>();
        ArrayD::from_shape_vec(shape, self.numbers[start..start + len].to_vec()).unwrap()
    }

    fn run(&self, graph: &str, session: &Session) -> ArrayD<f32> {
        let inputs = self.json["inputs"][graph].as_object().unwrap();
        let arrays: Vec<_> = inputs.iter().map(|(name, place)| (name.as_str(), self.array(place))).collect();
        let views: Vec<_> = arrays.iter().map(|(name, array)| (*name, array.view())).collect();
        session.run(&views, &CancelToken::new(), |outputs| Ok(outputs.at(0)?.values().to_owned())).unwrap()
    }
}

fn part(name: &str) -> Part {
    let parts = [Part::Unet, Part::TextEncoder, Part::TextEncoder2];
    parts.into_iter().find(|part| part.name() == name).unwrap()
}

fn distance(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn merge(loras: &[(&Lora, f32)], graph: &Path, part: Part) -> facekit::Result<Weights> {
    merge_loras(loras, graph, part, &CancelToken::new())
}

#[test]
fn merged_models_put_out_what_diffusers_does() {
    let runtime = Runtime::load(None).expect("`cargo xtask setup` fetches ONNX Runtime");
    let expected = Expected::read();
    let cases = expected.json["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let files = case["loras"].as_array().unwrap();
        let loras: Vec<_> = files
            .iter()
            .map(|lora| {
                let lora_file = Lora::open(&golden(lora["file"].as_str().unwrap())).unwrap();
                (lora_file, lora["scale"].as_f64().unwrap() as f32)
            })
            .collect();
        let loras: Vec<_> = loras.iter().map(|(lora, scale)| (lora, *scale)).collect();
        for (name, values) in case["parts"].as_object().unwrap() {
            let what = format!("{} {name}", case["name"]);
            let graph = values["graph"].as_str().unwrap();
            let weights = merge(&loras, &golden(graph), part(name)).unwrap();
            let changed: Vec<_> =
                values["changed"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            assert_eq!(weights.names().collect::<Vec<_>>(), changed, "{what}");
            let session = load_with(&runtime, &golden(graph), weights, &SessionOptions::default()).unwrap();
            let off = distance(&expected.run(graph, &session), &expected.array(&values["output"]));
            assert!(off < TOLERANCE, "{what}: {off}");
        }
    }
}

#[test]
fn nothing_changes_without_a_lora_of_the_part() {
    let lora = Lora::open(&golden("sd1_kohya.safetensors")).unwrap();
    assert!(lora.changes(Part::Unet) && !lora.changes(Part::TextEncoder2));
    let missing = Path::new("not opened");
    assert!(merge(&[(&lora, 1.0)], missing, Part::TextEncoder2).unwrap().is_empty());
    assert!(merge(&[(&lora, 0.0)], missing, Part::Unet).unwrap().is_empty());
    assert!(merge(&[], missing, Part::Unet).unwrap().is_empty());
    let error = merge(&[(&lora, f32::NAN)], missing, Part::Unet).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    let cancel = CancelToken::new();
    cancel.cancel();
    let error = merge_loras(&[(&lora, 1.0)], &golden("sd1_unet.onnx"), Part::Unet, &cancel).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Canceled);
}

fn refused(result: facekit::Result<Weights>, words: &[&str]) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn loras_for_another_base_are_refused_with_their_keys() {
    let xl = Lora::open(&golden("xl_ldm.safetensors")).unwrap();
    refused(
        merge(&[(&xl, 1.0)], &golden("sd1_unet.onnx"), Part::Unet),
        &["xl_ldm.safetensors", "sd1_unet.onnx", "`lora_unet_", "more", "another base"],
    );
    let sd1 = Lora::open(&golden("sd1_legacy.safetensors")).unwrap();
    refused(
        merge(&[(&sd1, 1.0)], &golden("xl_unet.onnx"), Part::Unet),
        &[
            "sd1_legacy.safetensors",
            "xl_unet.onnx",
            "attn2.processor.to_",
            "[2, 8]",
            "[8, 16]",
            "another base",
        ],
    );
}

/// A file of float32 tensors of zeros.
fn file(tensors: &[(&str, &[usize])]) -> NamedTempFile {
    let zeros = vec![0; 4 << 10];
    let view = |shape: &[usize]| {
        let len = 4 * shape.iter().product::<usize>();
        TensorView::new(Dtype::F32, shape.to_vec(), &zeros[..len]).unwrap()
    };
    let file = NamedTempFile::new().unwrap();
    let tensors = tensors.iter().map(|(name, shape)| (*name, view(shape)));
    serialize_to_file(tensors, None, file.path()).unwrap();
    file
}

#[test]
fn what_is_no_lora_is_refused_by_name() {
    let refused = |tensors: &[(&str, &[usize])]| {
        let file = file(tensors);
        let error = Lora::open(file.path()).unwrap_err();
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
        (error.kind(), error.to_string())
    };
    for (key, method) in [
        ("lora_unet_mid_block_attentions_0_proj_in.hada_w1_a", "LoHa"),
        ("lora_unet_mid_block_attentions_0_proj_in.lokr_w1", "LoKr"),
        ("lora_unet_mid_block_attentions_0_proj_in.dora_scale", "DoRA"),
    ] {
        let (kind, message) = refused(&[(key, &[2, 2])]);
        assert_eq!(kind, ErrorKind::Unsupported);
        assert!(message.contains(method) && message.contains(key), "{message}");
    }
    let down = "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight";
    for (tensors, words) in [
        (&[][..], "no tensors"),
        (&[("first_stage_model.conv_in.weight", &[2][..])], "`first_stage_model.conv_in.weight` is unknown"),
        (&[(down, &[2, 8])], "no `down`, or no `up`"),
        (&[(down, &[2, 8]), ("unet.mid_block.attentions.0.proj_in.lora_A.weight", &[2, 8])], "are the same"),
    ] {
        let (kind, message) = refused(tensors);
        assert_eq!(kind, ErrorKind::InvalidModel);
        assert!(message.contains(words), "{message}");
    }
    let truncated = NamedTempFile::new().unwrap();
    let whole = fs::read(golden("sd1_kohya.safetensors")).unwrap();
    fs::write(truncated.path(), &whole[..whole.len() - 1]).unwrap();
    let error = Lora::open(truncated.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(error.to_string().contains("truncated"), "{error}");
}

#[test]
fn tensors_that_do_not_fit_are_refused() {
    let shapes: [&[(&str, &[usize])]; 8] = [
        &[("down", &[2, 9]), ("up", &[8, 2])],
        &[("down", &[2, 8]), ("up", &[9, 2])],
        &[("down", &[2, 8]), ("up", &[8, 3])],
        &[("down", &[0, 8]), ("up", &[8, 0])],
        &[("down", &[]), ("up", &[8, 2])],
        &[("down", &[2, 8]), ("up", &[])],
        &[("down", &[2, 8]), ("up", &[8, 2]), ("mid", &[2, 2, 3, 3])],
        &[("down", &[2, 8]), ("up", &[8, 2]), ("mid", &[2, 2])],
    ];
    for shapes in shapes {
        let name = |which: &str| format!("lora_unet_mid_block_attentions_0_proj_in.lora_{which}.weight");
        let named: Vec<_> = shapes.iter().map(|(which, shape)| (name(which), *shape)).collect();
        let named: Vec<_> = named.iter().map(|(name, shape)| (name.as_str(), *shape)).collect();
        let file = file(&named);
        let lora = Lora::open(file.path()).unwrap();
        refused(
            merge(&[(&lora, 1.0)], &golden("sd1_unet.onnx"), Part::Unet),
            &["proj_in.lora_down.weight", "sd1_unet.onnx", "[8, 8, 1, 1]", "another base"],
        );
    }
}

#[test]
fn layers_that_stand_twice_count_by_their_names_in_diffusers() {
    let pair = ["down", "up"].map(|which| {
        let key = |layer: &str| format!("lora_unet_{layer}.lora_{which}.weight");
        [key("mid_block_attentions_0_proj_in"), key("middle_block_9_proj_in")]
    });
    let shapes = [[2, 8], [8, 2]];
    let tensors: Vec<_> = pair
        .iter()
        .zip(&shapes)
        .flat_map(|(names, shape)| names.iter().map(move |name| (name.as_str(), &shape[..])))
        .collect();
    let lora = Lora::open(file(&tensors).path()).unwrap();
    let weights = merge(&[(&lora, 1.0)], &golden("sd1_unet.onnx"), Part::Unet).unwrap();
    assert_eq!(weights.names().collect::<Vec<_>>(), ["mid_block.attentions.0.proj_in.weight"]);
}

#[test]
fn weights_of_16_bits_stay_so() {
    let lora = Lora::open(&golden("sd1_mid.safetensors")).unwrap();
    let folder = TempDir::new().unwrap();
    let half = folder.path().join("model.onnx");
    let whole = Initializers::of_file(&golden("sd1_text_encoder.onnx")).unwrap();
    let halves: Vec<_> = whole
        .iter()
        .filter(|(_, info)| info.dims.len() == 2)
        .map(|(name, info)| {
            let values = whole.read(name).unwrap().values;
            let raw_data = values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
            let dims = info.dims.iter().map(|side| *side as i64).collect();
            onnx::Tensor { name: name.to_owned(), dims, data_type: 10, raw_data, ..onnx::Tensor::default() }
        })
        .collect();
    fs::write(&half, onnx::with_initializers(&[], halves)).unwrap();
    let merged = |graph: &Path| merge(&[(&lora, 1.0)], graph, Part::TextEncoder).unwrap();
    let (float, half) = (merged(&golden("sd1_text_encoder.onnx")), merged(&half));
    assert_eq!(float.names().collect::<Vec<_>>(), half.names().collect::<Vec<_>>());
    assert_eq!(half.bytes() * 2, float.bytes());
}
