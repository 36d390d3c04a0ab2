//! The bodies of hosted APIs, as their documentation shows them, and what they are answered with.

#![cfg(feature = "embedded")]
mod errors;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use facekit::hosted::{self, Api, HostedRequest};
use facekit::job::{JobId, JobState};
use facekit::params::{DetailParams, RefineParams, StylizeParams, SwapParams};
use facekit::picture::{FileFormat, Source, to_data_uri};
use facekit::{Control, Engine, Error, Image, Limits, Request};
use serde_json::{Value, json};
use tempfile::TempDir;

const ASTRONAUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
const HOPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/grace_hopper.jpg");
/// A diffusion model of random weights.
const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diffusion/sd1");

fn engine() -> Engine {
    Engine::builder().build().unwrap()
}

fn run(api: Api, body: &Value, folder: Option<&Path>) -> Result<Value, Error> {
    let answer = hosted::run(&engine(), api, &body.to_string(), folder, &Control::new())?;
    assert!(!answer.contains('\n'), "an answer is one line");
    Ok(serde_json::from_str(&answer).unwrap())
}

fn answer(api: Api, body: &Value, folder: Option<&Path>) -> Value {
    run(api, body, folder).unwrap_or_else(|error| panic!("{body}: {}", error.chain()))
}

fn read(api: Api, body: &Value) -> HostedRequest {
    HostedRequest::read(api, &body.to_string(), None, &engine()).unwrap()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The bytes of a picture that an answer holds.
fn inline(picture: &Value) -> Vec<u8> {
    Source::parse(picture.as_str().unwrap()).unwrap().read(&Limits::default()).unwrap()
}

fn open(path: impl AsRef<Path>) -> Image {
    Image::open(path, &Limits::default()).unwrap()
}

/// The body of a face-detailer with the tiny model, at a size that runs quickly.
fn detailer(more: Value) -> Value {
    let mut body = json!({
        "image": ASTRONAUT, "prompt": "clear face and natural skin", "num_inference_steps": 15, "denoise": 0.5,
        "facekit": {"model": PACK, "crop": {"guide_size": 64}},
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn a_face_detailer_writes_its_samples_into_the_folder() {
    let folder = TempDir::new().unwrap();
    let told = answer(Api::FaceDetailer, &detailer(json!({"samples": 2})), Some(folder.path()));
    assert_eq!(keys(&told), ["request_id", "status", "output", "metrics", "facekit"]);
    assert_eq!(told["status"], "COMPLETED");
    assert!(told["metrics"]["inference_time"].as_f64().unwrap() > 0.0);
    let id = told["request_id"].as_str().unwrap();
    assert!(id.parse::<JobId>().is_ok(), "{id}");
    let files = [1, 2].map(|n| folder.path().join(format!("{id}-{n}.jpg")));
    assert_eq!(told["output"], json!(files));
    for file in &files {
        assert_eq!(FileFormat::of(&fs::read(file).unwrap()), Some(FileFormat::Jpeg));
        assert_eq!(open(file).width(), 512);
    }
    let own = &told["facekit"];
    assert_eq!((&own["pipeline"], &own["seeds"]), (&json!("detail"), &json!([12467, 12468])));
    assert_eq!((&own["engine"], &own["notes"]), (&json!("diffusion"), &json!([])));
}

#[test]
fn base64_is_in_the_answer() {
    let folder = TempDir::new().unwrap();
    let body = detailer(json!({"base64": true, "image_format": "png"}));
    let told = answer(Api::FaceDetailer, &body, Some(folder.path()));
    let picture = told["output"][0].as_str().unwrap();
    let uri = json!(format!("data:image/png;base64,{picture}"));
    assert!(inline(&uri).starts_with(b"\x89PNG"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // Without a folder, and without base64, it is a URI.
    let told = answer(Api::FaceDetailer, &detailer(json!({"image_format": "png"})), None);
    assert_eq!(told["output"][0], uri);
}

#[test]
fn what_is_left_out_has_the_default_of_the_parameters() {
    let Request::Detail { params, .. } =
        read(Api::FaceDetailer, &json!({"image": ASTRONAUT})).request.request
    else {
        panic!("a detailer details")
    };
    assert_eq!(params, DetailParams::default());
    let body = json!({"image": ASTRONAUT});
    let Request::StylizeFile { params, .. } = read(Api::FaceToMany, &body).request.request else {
        panic!("face-to-many stylizes")
    };
    assert_eq!(params, StylizeParams::default());
    let Request::Refine { params, .. } =
        read(Api::FaceRefiner, &json!({"imageUrl": ASTRONAUT})).request.request
    else {
        panic!("a refiner refines")
    };
    assert_eq!(params, RefineParams::default());
    let body = json!({"input_face_image": ASTRONAUT, "target_face_image": HOPPER});
    let Request::SwapFile { params, sources, .. } = read(Api::Faceswap, &body).request.request else {
        panic!("a faceswap swaps")
    };
    // The hosted API writes PNG files.
    assert_eq!(params, SwapParams { file_type: Some(FileFormat::Png), ..SwapParams::default() });
    assert_eq!(sources.len(), 1);
}

#[test]
fn face_to_many_tells_what_had_no_effect() {
    let body = json!({
        "image": HOPPER, "style": "Video game", "prompt": "a woman in uniform", "negative_prompt": "",
        "prompt_strength": 4.5, "denoising_strength": 0.65, "instant_id_strength": 0.8,
        "control_depth_strength": 0.8, "lora_scale": 1, "seed": -1
    });
    let told = answer(Api::FaceToMany, &body, None);
    assert_eq!(FileFormat::of(&inline(&told["output"][0])), Some(FileFormat::Jpeg));
    let own = &told["facekit"];
    assert_eq!((&own["style"], &own["engine"]), (&json!("Video game"), &json!("classic")));
    assert!(!own["notes"].as_array().unwrap().is_empty(), "{own}");
}

#[test]
fn a_lora_is_a_file() {
    let lora = |url: &str| {
        let body = json!({"image": ASTRONAUT, "custom_lora_url": url});
        let Request::StylizeFile { params, .. } = read(Api::FaceToMany, &body).request.request else {
            panic!("face-to-many stylizes")
        };
        params.custom_lora
    };
    assert_eq!(lora("loras/clay.safetensors").as_deref(), Some("loras/clay.safetensors"));
    assert_eq!(lora("file:///loras/my%20clay.tar").as_deref(), Some("/loras/my clay.tar"));
}

#[test]
fn a_face_refiner_answers_as_an_artwork() {
    let body = json!({
        "imageUrl": ASTRONAUT, "model": "tengrai-20231128-m-d.safetensors", "denoising": 2,
        "webhook": "https://example.com/hook", "facekit": {"fallback": "restore"}
    });
    let before = SystemTime::now() - Duration::from_secs(1);
    let told = answer(Api::FaceRefiner, &body, None);
    let fields = ["id", "artworkType", "parameters", "duration", "results", "status", "createdAt", "facekit"];
    assert_eq!(keys(&told), fields);
    assert_eq!((&told["artworkType"], &told["status"]), (&json!("face-refiner"), &json!("succeeded")));
    assert!(told["id"].as_str().unwrap().parse::<JobId>().is_ok());
    let created = humantime::parse_rfc3339(told["createdAt"].as_str().unwrap()).unwrap();
    assert!((before..SystemTime::now()).contains(&created), "{told}");
    assert_eq!(FileFormat::of(&inline(&told["results"][0])), Some(FileFormat::Jpeg));
    let given = &told["parameters"];
    assert_eq!((&given["imageUrl"], &given["denoising"]), (&json!(ASTRONAUT), &json!(2)));
    let notes = told["facekit"]["notes"].to_string();
    assert!(notes.contains("webhook") && notes.contains("tengrai-20231128-m-d"), "{notes}");
}

#[test]
fn a_model_of_the_refiner_is_any_installed_pack() {
    let params = |engine: &Engine, model: &str| {
        let body = json!({"imageUrl": ASTRONAUT, "model": model}).to_string();
        let read = HostedRequest::read(Api::FaceRefiner, &body, None, engine).unwrap();
        let Request::Refine { params, .. } = read.request.request else { panic!("a refiner refines") };
        (params.model, read.notes.len())
    };
    let hosted = "tengrai-20240423-m-f.safetensors";
    assert_eq!(params(&engine(), hosted), (None, 1));
    assert_eq!(params(&engine(), "sd1"), (Some("sd1".into()), 0));
    // One that is installed by the name of the hosted model is taken.
    let models = TempDir::new().unwrap();
    let pack = models.path().join("tengrai-20240423-m-f");
    copy_folder(Path::new(PACK), &pack);
    let engine = Engine::builder().models(models.path()).build().unwrap();
    assert_eq!(params(&engine, hosted), (Some("tengrai-20240423-m-f".into()), 0));
}

#[test]
fn the_answer_does_not_repeat_the_pictures_of_the_body() {
    let data = to_data_uri(&fs::read(ASTRONAUT).unwrap(), FileFormat::Png);
    let told = answer(Api::FaceRefiner, &json!({"imageUrl": data, "facekit": {"fallback": "restore"}}), None);
    assert_eq!(told["parameters"]["imageUrl"], "data:image/png;base64,…");
}

#[test]
fn a_faceswap_keeps_an_animation() {
    let folder = TempDir::new().unwrap();
    let body = json!({"input_face_image": ASTRONAUT, "target_face_image": HOPPER, "face_restore": false});
    let told = answer(Api::Faceswap, &body, Some(folder.path()));
    let file = told["output"][0].as_str().unwrap();
    assert!(file.ends_with("-1.png") && fs::read(file).unwrap().starts_with(b"\x89PNG"), "{told}");
    assert_eq!(told["facekit"]["engine"], "mesh");

    let gif = folder.path().join("film.gif");
    fs::write(&gif, moving()).unwrap();
    let swap = |file_type: Value| json!({"input_face_image": HOPPER, "target_face_image": gif, "file_type": file_type, "face_restore": false});
    for (file_type, format) in [(json!(null), FileFormat::Gif), (json!("webp"), FileFormat::Webp)] {
        let told = answer(Api::Faceswap, &swap(file_type), None);
        assert_eq!(FileFormat::of(&inline(&told["output"][0])), Some(format));
        assert_eq!(told["facekit"]["frames"], 2);
    }
}

#[test]
fn every_state_has_the_words_of_both_apis() {
    let words = JobState::ALL
        .iter()
        .map(|&state| [state.name(), Api::FaceDetailer.state(state), Api::FaceRefiner.state(state)]);
    let expected = [
        ["queued", "QUEUED", "starting"],
        ["processing", "PROCESSING", "processing"],
        ["completed", "COMPLETED", "succeeded"],
        ["failed", "FAILED", "failed"],
        ["canceled", "FAILED", "canceled"],
    ];
    assert_eq!(words.collect::<Vec<_>>(), expected);
    for state in JobState::ALL {
        for api in [Api::FaceToMany, Api::Faceswap] {
            assert_eq!(api.state(*state), Api::FaceDetailer.state(*state));
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Two frames of a moving face.
fn moving() -> Vec<u8> {
    use facekit::picture::{AnimationOptions, AnimationWriter, Frame};
    let photo = open(ASTRONAUT);
    let mut writer = AnimationWriter::new(240, 240, &AnimationOptions::new(FileFormat::Gif)).unwrap();
    for i in 0..2 {
        let cut = Image::from_view(photo.view().crop(110 + 3 * i, i, 240, 240).unwrap());
        writer.push(&Frame::new(cut, Duration::from_millis(80))).unwrap();
    }
    writer.finish().unwrap()
}
