use facekit::ErrorKind;
use facekit::models::{Catalog, Family, ModelFile, Role, Signature, recognize};

use crate::{golden, golden_swapper, real_models};

#[test]
fn a_family_is_told_from_the_graph_alone() {
    let families = [
        ("yunet", Family::Yunet),
        ("scrfd_6", Family::Scrfd),
        ("scrfd_9", Family::Scrfd),
        ("scrfd_15", Family::Scrfd),
        ("retinaface", Family::Retinaface),
        ("ultraface", Family::Ultraface),
        ("blazeface", Family::Blazeface),
        ("yoloface", Family::Yoloface),
        ("gfpgan", Family::Gfpgan),
        ("weights_among_inputs", Family::Gfpgan),
        ("codeformer_float64", Family::Codeformer),
        ("codeformer_float32", Family::Codeformer),
        ("gpen_256", Family::Gpen),
        ("gpen_1024", Family::Gpen),
        ("lite_restore", Family::LiteRestore),
    ];
    for (name, family) in families {
        let signature = Signature::of_file(&golden(name)).unwrap();
        let recognized = recognize(&signature, "model.onnx", None, None).unwrap();
        assert_eq!((recognized.family, recognized.entry), (family, None), "{name}");
    }
}

#[test]
fn a_file_name_decides_between_families_that_look_alike() {
    let signature = Signature::of_file(&golden("gfpgan")).unwrap();
    let family = |name: &str| recognize(&signature, name, None, None).unwrap();
    assert_eq!(family("mine.onnx").family, Family::Gfpgan);
    assert_eq!(family("GPEN-BFR-512-fp16.onnx").family, Family::Gpen);
    assert_eq!(family("RestoreFormer.onnx").family, Family::Restoreformer);
    assert_eq!(family("yunet_n_dynamic.onnx").family, Family::Gfpgan);
    let exact = family("GFPGANv1.4.ONNX");
    assert_eq!(exact.entry, Catalog::get().find("gfpgan_1.4"));
    assert_eq!(family("GFPGANv1.4-fp16.onnx").entry, None);
}

#[test]
fn swappers_of_one_shape_are_told_apart_by_name_or_metadata_and_never_guessed() {
    let mut signature = Signature::of_file(&golden_swapper("ghost_1_256")).unwrap();
    for role in [None, Some(Role::Swapper)] {
        let error = recognize(&signature, "mine.onnx", None, role).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        for word in ["hyperswap", "ghost", "simswap", "hififace", "into the file's name", "as `family`"] {
            assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
        }
    }
    let family = |name: &str| recognize(&signature, name, None, None).unwrap().family;
    assert_eq!(family("ghost_2_256.onnx"), Family::Ghost);
    assert_eq!(family("my-ghost-finetune.onnx"), Family::Ghost);
    assert_eq!(family("hyperswap_1c_256_fp16.onnx"), Family::Hyperswap);
    assert_eq!(family("HifiFace.onnx"), Family::Hififace);
    assert_eq!(family("simswap_256.onnx"), Family::Simswap);
    signature.metadata.insert("family".into(), "ghost".into());
    assert_eq!(recognize(&signature, "mine.onnx", None, None).unwrap().family, Family::Ghost);
}

#[test]
fn swappers_of_a_shape_of_their_own_and_converters_are_told_from_the_graph() {
    for (name, family) in [
        ("inswapper_128", Family::Inswapper),
        ("simswap_unofficial_512", Family::Simswap),
        ("blendswap_256", Family::Blendswap),
        ("uniface_256", Family::Uniface),
        ("crossface_ghost", Family::Crossface),
    ] {
        let signature = Signature::of_file(&golden_swapper(name)).unwrap();
        let recognized = recognize(&signature, "model.onnx", None, None).unwrap();
        assert_eq!((recognized.family, recognized.entry), (family, None), "{name}");
        let entry = recognize(&signature, &format!("{name}.onnx"), None, None).unwrap().entry.unwrap();
        assert_eq!(entry.family, family);
    }
}

#[test]
fn a_role_or_a_name_decides_where_roles_differ() {
    let signature = Signature::of_file(&golden("realesrgan_x4")).unwrap();
    let error = recognize(&signature, "model.onnx", None, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(error.to_string().contains("realesrgan (upscaler), fast_neural_style (stylizer)"), "{error}");
    let upscaler = recognize(&signature, "model.onnx", None, Some(Role::Upscaler)).unwrap();
    assert_eq!(upscaler.family, Family::Realesrgan);
    assert_eq!(
        recognize(&signature, "RealESRGAN_x4plus_fp16.onnx", None, None).unwrap().family,
        Family::Realesrgan
    );
}

#[test]
fn metadata_names_the_family_only_where_it_fits() {
    let mut signature = Signature::of_file(&golden("gfpgan")).unwrap();
    let mut family = |declared: &str| {
        signature.metadata.insert("family".into(), declared.into());
        recognize(&signature, "model.onnx", None, None).unwrap().family
    };
    assert_eq!(family("restoreformer"), Family::Restoreformer);
    assert_eq!(family("yunet"), Family::Gfpgan);
    assert_eq!(family("nonsense"), Family::Gfpgan);
}

#[test]
fn a_graph_of_another_role_is_refused_with_what_was_expected() {
    for (name, role) in [("yunet", Role::Restorer), ("gfpgan", Role::Detector), ("gfpgan", Role::Upscaler)] {
        let error = ModelFile::open(&golden(name), Some(role)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        let message = error.to_string();
        assert!(message.starts_with(&format!("{}: ", golden(name).display())), "{message}");
        for family in Family::of_role(role) {
            assert!(message.contains(family.contract()), "{message}");
        }
        assert!(message.contains("takes input float32 ["), "{message}");
    }
    let error = ModelFile::open(&golden("unknown"), None).unwrap_err();
    assert!(
        error.to_string().contains("takes input float32 [1, 7] and gives output float32 [1, 7]"),
        "{error}"
    );
}

#[test]
fn a_wrong_shape_does_not_fit() {
    let fits = |family: Family, name: &str, change: &dyn Fn(&mut Signature)| {
        let mut signature = Signature::of_file(&golden(name)).unwrap();
        change(&mut signature);
        family.fits(&signature).is_ok()
    };
    use facekit::models::Dim::Fixed;
    let dim = |side: usize, len: u64| {
        move |signature: &mut Signature| signature.inputs[0].dims.as_mut().unwrap()[side] = Fixed(len)
    };
    assert!(!fits(Family::Gfpgan, "gfpgan", &dim(1, 1)));
    assert!(!fits(Family::Gfpgan, "gfpgan", &dim(3, 256)));
    assert!(!fits(Family::Gpen, "gpen_1024", &dim(2, 512)));
    assert!(!fits(Family::Yunet, "yunet", &dim(1, 4)));
    assert!(!fits(Family::Yunet, "yunet", &|signature| signature.outputs.truncate(11)));
    assert!(!fits(Family::Yunet, "yunet", &|signature| signature.outputs[3].name = "obj".into()));
    assert!(!fits(Family::Scrfd, "scrfd_9", &|signature| signature.outputs.swap(0, 3)));
    assert!(!fits(Family::Retinaface, "retinaface", &|signature| signature.outputs.reverse()));
    assert!(!fits(Family::Ultraface, "ultraface", &dim(3, 240)));
    assert!(!fits(Family::Blazeface, "blazeface", &dim(2, 129)));
    assert!(!fits(Family::Codeformer, "codeformer_float32", &|signature| {
        signature.inputs[1].name = "w".into()
    }));
    let mut fixed = Signature::of_file(&golden("gfpgan")).unwrap();
    assert!(Family::Realesrgan.fits(&fixed).is_err(), "a factor of one");
    fixed.outputs[0].dims = Some(vec![Fixed(1), Fixed(3), Fixed(2048), Fixed(2048)]);
    Family::Realesrgan.fits(&fixed).unwrap();
    fixed.outputs[0].dims.as_mut().unwrap()[2] = Fixed(1024);
    assert!(Family::Realesrgan.fits(&fixed).is_err(), "another factor in each direction");
    fixed.outputs[0].dims = None;
    Family::Gfpgan.fits(&fixed).unwrap_err();
}

#[test]
fn a_real_file_is_recognised_under_any_name() {
    let Some(folder) = real_models() else { return };
    let elsewhere = tempfile::TempDir::new().unwrap();
    let path = elsewhere.path().join("mystery.onnx");
    std::fs::copy(folder.join("stylize/fns8_candy.onnx"), &path).unwrap();
    let model = ModelFile::open(&path, None).unwrap();
    assert_eq!(model.name(), "fns8_candy");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = elsewhere.path().join("fns8_candy.onnx");
    std::fs::write(&damaged, bytes).unwrap();
    let model = ModelFile::open(&damaged, None).unwrap();
    assert_eq!(model.name(), "fns8_candy");
    assert_eq!(model.verify().unwrap_err().kind(), ErrorKind::InvalidModel);
}

#[test]
fn real_files_are_recognised() {
    let Some(folder) = real_models() else { return };
    for entry in Catalog::get().entries().iter().filter(|entry| entry.sha256.is_some() && !entry.embedded) {
        let found = walkdir::WalkDir::new(&folder).into_iter().filter_map(Result::ok).find(|file| {
            file.metadata().is_ok_and(|metadata| Some(metadata.len()) == entry.bytes)
                && ModelFile::open(file.path(), None).is_ok_and(|model| model.entry() == Some(entry))
        });
        let found = found.unwrap_or_else(|| panic!("no file is {}", entry.name));
        let model = ModelFile::open(found.path(), Some(entry.role)).unwrap();
        assert_eq!((model.name(), model.family()), (entry.name.as_str(), entry.family));
        model.verify().unwrap();
        let blind = recognize(model.signature(), "model.onnx", None, Some(entry.role)).unwrap();
        let alike = [Family::Sface, Family::Cartoongan, Family::FastNeuralStyle, Family::FritzStyle];
        assert!(
            blind.family == entry.family || alike.contains(&entry.family),
            "{}: {}",
            entry.name,
            blind.family
        );
    }
}
