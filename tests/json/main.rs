//! Requests in JSON: what they are answered with, what is refused, and what a hostile one costs.

#![cfg(feature = "embedded")]
mod hostile;
mod refused;

use std::fs;
use std::path::Path;

use facekit::json::{self, JsonRequest, Pipeline};
use facekit::params::{DetectParams, RestoreParams};
use facekit::picture::{Animation, FileFormat, Source, to_data_uri};
use facekit::{Control, Engine, Error, Image, Limits, Request};
use serde_json::{Value, json};
use tempfile::TempDir;

const ASTRONAUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
const HOPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/grace_hopper.jpg");
/// A diffusion model of random weights.
const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diffusion/sd1");
const SFACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/networks/sface.onnx");

fn engine() -> Engine {
    Engine::builder().build().unwrap()
}

fn run(request: &Value) -> Result<Value, Error> {
    let answer = json::run(&engine(), &request.to_string(), &Control::new())?;
    assert!(!answer.contains('\n'), "an answer is one line");
    Ok(serde_json::from_str(&answer).unwrap())
}

fn answer(request: &Value) -> Value {
    run(request).unwrap_or_else(|error| panic!("{request}: {}", error.chain()))
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The bytes of a picture that an answer holds.
fn inline(answer: &Value) -> Vec<u8> {
    Source::parse(answer.as_str().unwrap()).unwrap().read(&Limits::default()).unwrap()
}

fn open(path: impl AsRef<Path>) -> Image {
    Image::open(path, &Limits::default()).unwrap()
}

fn decode(bytes: &[u8]) -> Image {
    Image::decode(bytes, &Limits::default()).unwrap()
}

#[test]
fn a_detection_has_the_fields_of_its_result() {
    let found = answer(&json!({"pipeline": "detect", "image": ASTRONAUT}));
    assert_eq!(keys(&found), ["status", "pipeline", "width", "height", "model", "faces", "metrics"]);
    assert_eq!((&found["status"], &found["pipeline"]), (&json!("completed"), &json!("detect")));
    // The text is compared, since serde_json reads some numbers back with another last digit.
    let expected = engine().detect(&open(ASTRONAUT), &DetectParams::default()).unwrap();
    let request = json!({"pipeline": "detect", "image": ASTRONAUT}).to_string();
    let text = json::run(&engine(), &request, &Control::new()).unwrap();
    assert!(text.contains(&format!("\"faces\":{}", json!(expected.faces))), "{text}");
    let none = answer(&json!({"pipeline": "detect", "image": ASTRONAUT, "params": {"score_threshold": 1.0}}));
    assert_eq!(none["faces"], json!([]));
}

#[test]
fn a_picture_is_a_path_a_file_uri_or_a_data_uri() {
    let data = to_data_uri(&fs::read(ASTRONAUT).unwrap(), FileFormat::Png);
    let answers = [ASTRONAUT, &format!("file://{ASTRONAUT}"), &data]
        .map(|image| answer(&json!({"pipeline": "detect", "image": image}))["faces"].clone());
    assert!(answers[0] == answers[1] && answers[0] == answers[2]);
}

#[test]
fn a_restoration_is_written_as_its_output_says() {
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("new/restored.webp");
    let request = json!({
        "pipeline": "restore", "image": HOPPER, "params": {"upscale": 2}, "output": output, "image_quality": 80
    });
    let told = answer(&request);
    assert_eq!(
        keys(&told),
        ["status", "pipeline", "output", "width", "height", "models", "faces", "metrics"]
    );
    assert_eq!((&told["output"], &told["width"]), (&json!(output), &json!(1024)));
    let bytes = fs::read(&output).unwrap();
    assert_eq!(FileFormat::of(&bytes), Some(FileFormat::Webp));
    assert_eq!((decode(&bytes).width(), decode(&bytes).height()), (1024, 1200));
    assert_eq!(fs::read_dir(output.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn without_an_output_the_picture_is_in_the_answer_in_its_own_format() {
    let expected = engine().restore(&open(ASTRONAUT), &RestoreParams::default()).unwrap();
    let told = answer(&json!({"pipeline": "restore", "image": ASTRONAUT}));
    assert!(told["output"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert_eq!(decode(&inline(&told["output"])).pixels(), expected.image.pixels());
    for (image, format, expected) in [
        (HOPPER, json!(null), FileFormat::Jpeg),
        (HOPPER, json!("png"), FileFormat::Png),
        (ASTRONAUT, json!("webp"), FileFormat::Webp),
    ] {
        let told = answer(&json!({"pipeline": "restore", "image": image, "image_format": format}));
        assert_eq!(FileFormat::of(&inline(&told["output"])), Some(expected), "{image} {format}");
    }
}

#[test]
fn a_mask_is_a_png_unless_something_else_is_asked_for() {
    let told = answer(&json!({
        "pipeline": "mask", "image": HOPPER, "params": {"mask": {"mask_areas": ["mouth"]}}
    }));
    let mask = inline(&told["output"]);
    assert_eq!(FileFormat::of(&mask), Some(FileFormat::Png));
    assert_eq!((decode(&mask).width(), decode(&mask).height()), (512, 600));
}

#[test]
fn faces_are_embedded_and_compared() {
    let params = json!({"recognizer": SFACE});
    let embedded = answer(&json!({"pipeline": "embed", "image": ASTRONAUT, "params": params}));
    assert_eq!(embedded["faces"][0]["embedding"]["raw"].as_array().map(Vec::len), Some(128), "{embedded}");
    let compared =
        answer(&json!({"pipeline": "compare", "images": [ASTRONAUT, ASTRONAUT], "params": params}));
    assert_eq!(compared["same"], true);
    assert!(compared["similarity"].as_f64().unwrap() > 0.9999);
}

#[test]
fn every_sample_of_a_detail_is_an_output() {
    let folder = TempDir::new().unwrap();
    let params = |more: Value| {
        let mut params = json!({
            "model": PACK, "num_inference_steps": 15, "samples": 2, "crop": {"guide_size": 64}
        });
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let output = folder.path().join("out.png");
    let told = answer(
        &json!({"pipeline": "detail", "image": ASTRONAUT, "params": params(json!({})), "output": output}),
    );
    let names = ["out-1.png", "out-2.png"].map(|name| folder.path().join(name));
    assert_eq!((&told["output"], &told["seeds"]), (&json!(names), &json!([12467, 12468])));
    let [first, second] = names.map(|name| fs::read(name).unwrap());
    assert!(first.starts_with(b"\x89PNG") && first != second);

    // The parameter has the last word, and base64 takes the place of the URI.
    let told = answer(
        &json!({"pipeline": "detail", "image": ASTRONAUT, "params": params(json!({"image_format": "png"}))}),
    );
    assert_eq!(inline(&told["output"][1]), second);
    let told = answer(&json!({
        "pipeline": "detail", "image": ASTRONAUT, "params": params(json!({"image_format": "png", "base64": true}))
    }));
    assert_eq!(told["output"][0], facekit::picture::to_base64(&first));
}

#[test]
fn a_refinement_falls_back_when_it_is_told_to() {
    let request = json!({"pipeline": "refine", "image": ASTRONAUT, "params": {"fallback": "restore"}});
    let told = answer(&request);
    assert_eq!(told["engine"], "restore");
    assert_eq!(FileFormat::of(&inline(&told["output"][0])), Some(FileFormat::Jpeg));
}

#[test]
fn an_animation_is_stylized_and_swapped_frame_by_frame() {
    let folder = TempDir::new().unwrap();
    let gif = folder.path().join("film.gif");
    fs::write(&gif, moving()).unwrap();
    let told = answer(&json!({"pipeline": "stylize", "image": gif, "params": {"style": "pixels"}}));
    assert_eq!((&told["frames"], &told["engine"]), (&json!(3), &json!("classic")));
    assert_eq!(FileFormat::of(&inline(&told["output"])), Some(FileFormat::Gif));

    let output = folder.path().join("swapped.webp");
    let request = json!({"pipeline": "swap", "source": HOPPER, "target": gif, "output": output});
    let told = answer(&request);
    assert_eq!((&told["format"], &told["swapped_frames"]), (&json!("webp"), &json!(3)));
    assert_eq!(Animation::open(&output, &Limits::default()).unwrap().frames.len(), 3);
}

#[test]
fn sources_say_whom_they_replace() {
    let sources = json!([{"pictures": [ASTRONAUT, ASTRONAUT]}]);
    let told = answer(&json!({"pipeline": "swap", "sources": sources, "target": HOPPER}));
    assert_eq!((&told["engine"], &told["faces"]), (&json!("mesh"), &json!(1)));
    let request = json!({
        "pipeline": "swap", "target": HOPPER, "sources": [{"pictures": [ASTRONAUT], "replaces": HOPPER}]
    });
    let read = JsonRequest::read(None, &request.to_string(), &Limits::default()).unwrap();
    let Request::SwapFile { sources, .. } = read.request else { panic!("a swap of a file") };
    assert!(sources[0].pictures.len() == 1 && sources[0].replaces.is_some());
}

#[test]
fn the_pipeline_may_be_said_beside_the_request() {
    let json = json!({"image": ASTRONAUT}).to_string();
    let read = JsonRequest::read(Some(Pipeline::Mask), &json, &Limits::default()).unwrap();
    assert_eq!(read.request.pipeline(), "mask");
    let json = json!({"image": ASTRONAUT, "pipeline": "Mask", "params": null}).to_string();
    assert!(JsonRequest::read(Some(Pipeline::Mask), &json, &Limits::default()).is_ok());
}

#[test]
fn every_pipeline_is_named_as_its_request_is() {
    for pipeline in Pipeline::ALL {
        let request = json!({
            "image": ASTRONAUT, "images": [ASTRONAUT, HOPPER], "source": ASTRONAUT, "target": HOPPER
        });
        let mut request = request.as_object().unwrap().clone();
        request.retain(|name, _| pipeline.fields().contains(&name.as_str()));
        let read = JsonRequest::read(Some(*pipeline), &Value::from(request).to_string(), &Limits::default());
        assert_eq!(read.unwrap().request.pipeline(), pipeline.name());
    }
}

/// Three frames of a moving face.
fn moving() -> Vec<u8> {
    use facekit::picture::{AnimationOptions, AnimationWriter, Frame};
    let photo = open(ASTRONAUT);
    let mut writer = AnimationWriter::new(240, 240, &AnimationOptions::new(FileFormat::Gif)).unwrap();
    for i in 0..3 {
        let cut = Image::from_view(photo.view().crop(110 + 3 * i, i, 240, 240).unwrap());
        writer.push(&Frame::new(cut, std::time::Duration::from_millis(80))).unwrap();
    }
    writer.finish().unwrap()
}
