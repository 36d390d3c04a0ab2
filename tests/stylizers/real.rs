use facekit::ErrorKind;
use facekit::models::LicensePolicy;
use serde::Deserialize;

use crate::shared::shared;
use crate::support::*;

#[derive(Deserialize)]
struct Golden {
    stride: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    model: String,
    part: [u32; 4],
    style: bool,
    levels: Vec<u8>,
}

#[test]
fn real_models_paint_as_in_python() {
    let Some(folder) = shared("models/stylize") else { return };
    let models = models(&folder, LicensePolicy::Any);
    let expected: Golden = serde_json::from_slice(&std::fs::read(golden("real.json")).unwrap()).unwrap();
    let photo = photo("astronaut.png");
    for case in &expected.cases {
        let style = case.style.then(|| part(&photo, [0, 0, 256, 256]));
        let stylizer = stylizer(&models, &case.model, style.as_ref()).unwrap();
        let picture = part(&photo, case.part);
        let painted = paint(&stylizer, &picture, picture.width().max(picture.height())).unwrap();
        let what = format!("{} of {:?}", case.model, case.part);
        assert_same_levels(every(&painted, expected.stride).pixels(), &case.levels, &what);
    }
}

#[test]
fn a_real_model_without_a_licence_is_refused_until_it_is_named() {
    let Some(folder) = shared("models/stylize") else { return };
    let commercial = models(&folder, LicensePolicy::Commercial);
    let error = stylizer(&commercial, "fns8_candy", None).unwrap_err();
    assert_error(error, ErrorKind::LicenseRefused, &["fns8_candy", "not known", "by name"]);
    let allowed = models(&folder, LicensePolicy::Allow(vec!["fns8_candy".into()]));
    assert_eq!(stylizer(&allowed, "fns8_candy", None).unwrap().models(), ["fns8_candy"]);
}

#[test]
fn a_real_model_under_any_name_is_run_as_what_its_graph_says() {
    let Some(folder) = shared("models/stylize") else { return };
    let renamed = tempfile::TempDir::new().unwrap();
    for (file, name) in
        [("cartoongan_light_paprika.onnx", "a"), ("fns8_candy.onnx", "b"), ("fritz_starry_025.onnx", "c")]
    {
        // A byte more than the catalogue knows: neither name nor digest tell.
        let mut bytes = std::fs::read(folder.join(file)).unwrap();
        bytes.extend([0x3a, 0]);
        std::fs::write(renamed.path().join(format!("{name}.onnx")), bytes).unwrap();
    }
    let (real, unnamed) = (models(&folder, LicensePolicy::Any), models(renamed.path(), LicensePolicy::Any));
    let picture = part(&photo("astronaut.png"), [120, 10, 176, 176]);
    for (name, other) in [("cartoongan_paprika", "a"), ("fns8_candy", "b"), ("fritz_starry", "c")] {
        let named = paint(&stylizer(&real, name, None).unwrap(), &picture, 176).unwrap();
        let path = renamed.path().join(format!("{other}.onnx"));
        let blind = stylizer(&unnamed, path.to_str().unwrap(), None).unwrap();
        assert_eq!(paint(&blind, &picture, 176).unwrap(), named, "{name}");
    }
}
