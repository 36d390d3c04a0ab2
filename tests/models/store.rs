use std::fs;
use std::path::PathBuf;

use facekit::ErrorKind;
use facekit::models::{Availability, Catalog, Family, LicensePolicy, ModelChoice, ModelSource, Role, Store};
use tempfile::TempDir;

use crate::{golden, real_models};

/// A model folder with copies of golden models under other names.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (model, name) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(golden(model), path).unwrap();
    }
    folder
}

fn open(folder: &TempDir, policy: LicensePolicy) -> Store {
    Store::open(vec![folder.path().into()], policy)
}

fn name(name: &str) -> ModelChoice {
    ModelChoice::Name(name.into())
}

#[test]
fn folders_are_scanned_in_order_and_broken_files_are_reported() {
    let folder = folder(&[
        ("gfpgan", "b.onnx"),
        ("yunet", "a/deep/er.onnx"),
        ("yunet", "a/deep/too/deep.onnx"),
        ("unknown", "odd.onnx"),
        ("gfpgan", "notes.txt"),
        ("gpen_256", "UPPER.ONNX"),
    ]);
    fs::write(folder.path().join("broken.onnx"), "not a model").unwrap();
    let store = open(&folder, LicensePolicy::default());
    let found = store.models().iter().filter(|model| matches!(model.source(), ModelSource::File(_)));
    let found: Vec<_> = found.map(|model| model.name()).collect();
    assert_eq!(found, ["UPPER", "er", "b"]);
    let problems: Vec<_> = store
        .problems()
        .iter()
        .map(|(path, error)| (path.file_name().unwrap().to_str().unwrap(), error.kind()))
        .collect();
    assert_eq!(problems, [("broken.onnx", ErrorKind::InvalidModel), ("odd.onnx", ErrorKind::InvalidModel)]);
}

#[test]
fn a_missing_folder_is_reported() {
    let store = Store::open(vec![PathBuf::from("no/such/folder")], LicensePolicy::default());
    assert_eq!(store.problems().len(), 1);
    assert_eq!(store.problems()[0].1.kind(), ErrorKind::Io);
}

#[test]
fn the_catalogue_ranks_the_default() {
    let folder = folder(&[
        ("gfpgan", "aaa_mine.onnx"),
        ("gfpgan", "GFPGANv1.3.onnx"),
        ("gfpgan", "restoreformer_plus_plus.onnx"),
    ]);
    let store = open(&folder, LicensePolicy::default());
    assert_eq!(store.get(Role::Restorer, None).unwrap().name(), "gfpgan_1.3");
    fs::remove_file(folder.path().join("GFPGANv1.3.onnx")).unwrap();
    let store = open(&folder, LicensePolicy::default());
    assert_eq!(store.get(Role::Restorer, None).unwrap().name(), "restoreformer_plus_plus");
}

#[test]
fn the_default_skips_what_the_policy_refuses_and_a_name_does_not() {
    let files = [("codeformer_float64", "codeformer.onnx"), ("gpen_1024", "gpen_bfr_1024.onnx")];
    let folder = folder(&files);
    let allow = LicensePolicy::Allow(vec!["gpen_bfr_1024".into()]);
    let store = open(&folder, allow);
    assert_eq!(store.get(Role::Restorer, None).unwrap().name(), "gpen_bfr_1024");
    let error = store.get(Role::Restorer, Some(&name("codeformer"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LicenseRefused);
    assert!(error.to_string().contains("LicenseRef-S-Lab-1.0"), "{error}");
    let error =
        store.get(Role::Restorer, Some(&folder.path().join("codeformer.onnx").to_str().unwrap().into()));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::LicenseRefused);
    assert_eq!(open(&folder, LicensePolicy::Any).get(Role::Restorer, None).unwrap().name(), "codeformer");
}

/// A model folder with a copy of a golden model that states no licence.
fn unlicensed(model: &str, file: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut bytes = fs::read(golden(model)).unwrap();
    let at = bytes.windows(7).position(|window| window == b"license").unwrap();
    bytes[at..at + 7].copy_from_slice(b"nothing");
    fs::write(folder.path().join(file), bytes).unwrap();
    folder
}

#[test]
fn a_model_of_unknown_licence_is_refused_until_it_is_named() {
    let folder = unlicensed("gfpgan", "mine.onnx");
    let refused = open(&folder, LicensePolicy::default()).get(Role::Restorer, Some(&name("mine")));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::LicenseRefused);
    let allowed = open(&folder, LicensePolicy::Allow(vec!["mine".into()]));
    assert_eq!(allowed.get(Role::Restorer, None).unwrap().name(), "mine");
}

#[test]
fn a_role_of_refused_models_alone_says_so() {
    let folder = unlicensed("realesrgan_x4", "my_realesrgan.onnx");
    let store = open(&folder, LicensePolicy::default()).without_embedded();
    let error = store.get(Role::Upscaler, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LicenseRefused);
    assert!(error.to_string().contains("allow `my_realesrgan`"), "{error}");
    assert_eq!(store.get(Role::Swapper, None).unwrap_err().kind(), ErrorKind::ModelNotFound);
}

#[test]
fn models_are_found_by_name_file_name_and_path() {
    let folder = folder(&[("gfpgan", "GFPGANv1.4.onnx"), ("yunet", "sub/finder.onnx")]);
    let store = open(&folder, LicensePolicy::default());
    for choice in ["gfpgan_1.4", "GFPGANv1.4", "gfpganv1.4"] {
        assert_eq!(store.get(Role::Restorer, Some(&name(choice))).unwrap().family(), Family::Gfpgan);
    }
    let path = folder.path().join("sub/finder.onnx");
    assert_eq!(store.get(Role::Detector, Some(&path.to_str().unwrap().into())).unwrap().name(), "finder");
    assert_eq!(ModelChoice::from("gfpgan_1.4"), name("gfpgan_1.4"));
    assert_eq!(ModelChoice::from("a.onnx"), ModelChoice::Path("a.onnx".into()));
    assert_eq!(ModelChoice::from("./a"), ModelChoice::Path("./a".into()));
}

#[test]
fn a_name_decides_the_role_of_a_graph_that_could_have_several() {
    let folder = folder(&[("realesrgan_x4", "4x_sharp.onnx")]);
    let store = open(&folder, LicensePolicy::default());
    assert_eq!(store.problems().len(), 1);
    assert_eq!(store.get(Role::Upscaler, Some(&name("4x_sharp"))).unwrap().family(), Family::Realesrgan);
}

#[test]
fn what_is_missing_is_explained() {
    let folder = folder(&[("gfpgan", "mine.onnx")]);
    let store = open(&folder, LicensePolicy::default());
    let error = store.get(Role::Restorer, Some(&name("codeformer"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    let message = error.to_string();
    for part in ["no restorer called codeformer", "github.com/sczhou/CodeFormer", "mine", "facekit models"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(message.contains(&folder.path().display().to_string()), "{message}");
    let error = store.get(Role::Detector, Some(&name("mine"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(error.to_string().contains("mine has the role restorer, and detector is needed"), "{error}");
    let error = store.get(Role::Depth, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    let error = store.get(Role::Upscaler, Some(&"no/such.onnx".into())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_refused() {
    let folder = folder(&[("yunet", "yunet_n_dynamic.onnx")]);
    let store = open(&folder, LicensePolicy::default());
    let error = store.get(Role::Detector, Some(&name("yunet_n"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    let message = error.to_string();
    let expected = Catalog::get().find("yunet_n").unwrap().sha256.as_deref().unwrap();
    for part in [expected, store.models()[0].digest().unwrap(), "damaged or is another version"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn another_version_runs_under_another_usual_name() {
    let folder = folder(&[("realesrgan_x4", "realesr-general-x4v3.onnx")]);
    let store = open(&folder, LicensePolicy::default());
    assert_eq!(store.get(Role::Upscaler, None).unwrap().name(), "realesr_general_x4v3");
}

#[test]
fn adding_copies_a_model_whole() {
    let home = TempDir::new().unwrap();
    let models = home.path().join("not/yet/there");
    let mut store = Store::open(vec![models.clone()], LicensePolicy::default());
    let added = store.add(&golden("gfpgan")).unwrap();
    assert_eq!(added.family, Family::Gfpgan);
    assert_eq!(fs::read(models.join("gfpgan.onnx")).unwrap(), fs::read(golden("gfpgan")).unwrap());
    assert_eq!(fs::read_dir(&models).unwrap().count(), 1);
    assert_eq!(store.get(Role::Restorer, None).unwrap().name(), "gfpgan");
    store.add(&golden("gfpgan")).unwrap();
    assert_eq!(store.models().iter().filter(|model| model.name() == "gfpgan").count(), 1);

    let other = folder(&[("gpen_256", "gfpgan.onnx")]);
    let error = store.add(&other.path().join("gfpgan.onnx")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(fs::read(models.join("gfpgan.onnx")).unwrap(), fs::read(golden("gfpgan")).unwrap());
}

#[test]
fn adding_refuses_what_could_not_run() {
    let home = TempDir::new().unwrap();
    let mut store = open(&home, LicensePolicy::default());
    for model in ["unknown", "external_weights"] {
        assert_eq!(store.add(&golden(model)).unwrap_err().kind(), ErrorKind::InvalidModel, "{model}");
    }
    let unnamed = folder(&[("gfpgan", "weights.bin")]);
    let error = store.add(&unnamed.path().join("weights.bin")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    let wrong = folder(&[("yunet", "yunet_n_dynamic.onnx")]);
    let error = store.add(&wrong.path().join("yunet_n_dynamic.onnx")).unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
    assert_eq!(store.add(&golden("missing")).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    let mut nowhere = Store::open(vec![], LicensePolicy::default());
    assert_eq!(nowhere.add(&golden("gfpgan")).unwrap_err().kind(), ErrorKind::InvalidParameter);
}

#[test]
fn the_table_shows_every_model_once() {
    let folder = folder(&[("gfpgan", "GFPGANv1.4.onnx"), ("gfpgan", "mine.onnx")]);
    let store = open(&folder, LicensePolicy::default());
    let table = store.listing();
    for entry in Catalog::get().entries() {
        assert_eq!(table.iter().filter(|row| row.name == entry.name).count(), 1, "{}", entry.name);
    }
    let row = |name: &str| table.iter().find(|row| row.name == name).unwrap();
    assert!(row("gfpgan_1.4").is_default && row("gfpgan_1.4").allowed);
    assert_eq!(
        row("gfpgan_1.4").availability,
        Availability::Installed(folder.path().join("GFPGANv1.4.onnx"))
    );
    assert!(row("mine").entry.is_none() && !row("mine").is_default);
    assert_eq!(row("codeformer").availability, Availability::Missing);
    assert!(!row("codeformer").allowed);
    assert!(table.is_sorted_by_key(|row| row.role));
}

#[cfg(feature = "embedded")]
#[test]
fn the_embedded_pack_serves_when_nothing_is_installed() {
    let store = Store::open(vec![], LicensePolicy::default());
    assert!(store.problems().is_empty(), "{:?}", store.problems());
    for (role, name) in [
        (Role::Detector, "facekit-lite-detect"),
        (Role::Landmarker, "facekit-lite-landmark"),
        (Role::Recognizer, "facekit-lite-embed"),
        (Role::Swapper, "facekit-lite-swap"),
        (Role::Restorer, "facekit-lite-restore"),
        (Role::Upscaler, "facekit-lite-upscale-x2"),
        (Role::Segmenter, "facekit-lite-segment"),
        (Role::Stylizer, "facekit-lite-stylize"),
    ] {
        let model = store.get(role, None).unwrap();
        assert_eq!(model.name(), name);
        assert!(matches!(model.source(), ModelSource::Embedded(_)));
        assert_eq!(model.digest().unwrap().len(), 64);
        model.verify().unwrap();
    }
    let folder = folder(&[("yunet", "mine.onnx")]);
    let store = open(&folder, LicensePolicy::default());
    assert_eq!(store.get(Role::Detector, None).unwrap().name(), "mine");
    assert_eq!(
        store.get(Role::Detector, Some(&name("facekit-lite-detect"))).unwrap().name(),
        "facekit-lite-detect"
    );
}

#[test]
fn real_models_choose_the_permissive_ones() {
    let Some(folder) = real_models() else { return };
    let store = Store::open(vec![folder], LicensePolicy::default());
    assert_eq!(store.get(Role::Detector, None).unwrap().name(), "yunet_n");
    assert_eq!(store.get(Role::Upscaler, None).unwrap().name(), "realesr_general_x4v3");
    assert_eq!(
        store.get(Role::Detector, Some(&name("scrfd_2.5g"))).unwrap_err().kind(),
        ErrorKind::LicenseRefused
    );
    let problems: Vec<_> =
        store.problems().iter().filter_map(|(path, _)| path.file_stem()?.to_str()).collect();
    assert_eq!(problems, ["taef2_decoder", "taef2_encoder"]);
}
