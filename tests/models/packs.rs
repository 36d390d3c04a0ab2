use std::fs;
use std::path::Path;
use std::sync::Arc;

use facekit::ErrorKind;
use facekit::models::{
    Availability, Controlnet, DiffusionKind, DiffusionPack, Family, LicensePolicy, ModelSource, Models, Part,
    Role, Store, TensorFile,
};
use facekit::runtime::{Runtime, SessionOptions, Weights};
use ndarray::ArrayD;
use serde_json::json;
use tempfile::TempDir;

use crate::graph::FLOAT;
use crate::tiny_pack::{self, WEIGHTS, controlnet, safetensors, sd1, sd2, unet, unet_config, write_part, xl};

fn folder(write: impl Fn(&Path)) -> TempDir {
    let folder = TempDir::new().unwrap();
    write(folder.path());
    folder
}

fn store(folder: &TempDir) -> Store {
    Store::open(vec![folder.path().into()], LicensePolicy::default()).without_embedded()
}

fn models(store: Store, budget: Option<u64>) -> Models {
    Models::new(Runtime::load(None).unwrap(), store, SessionOptions::default(), budget)
}

#[test]
fn a_pack_tells_what_a_run_must_know() {
    for (write, kind, cross_attention_dim, pooled_dim, guide_size) in [
        (sd1 as fn(&Path), DiffusionKind::Sd1, 768, None, 512),
        (sd2, DiffusionKind::Sd2, 1024, None, 768),
        (xl, DiffusionKind::Xl, 2048, Some(1280), 1024),
    ] {
        let folder = folder(write);
        let pack = DiffusionPack::open(folder.path()).unwrap();
        assert_eq!((pack.kind, pack.cross_attention_dim), (kind, cross_attention_dim));
        assert_eq!((pack.pooled_dim, pack.guide_size), (pooled_dim, guide_size));
        assert_eq!((pack.unet_channels, pack.latent_channels, pack.vae_scale), (4, 4, 8));
        assert_eq!((pack.scaling_factor, pack.shift_factor, pack.vae_moments), (0.18215, 0.0, true));
        assert_eq!((pack.residuals, pack.image_tokens, pack.guidance_dim), (2, false, None));
        assert!(!pack.is_inpainting());
        assert!(pack.scheduler_config().contains("Scheduler"));
        assert_eq!(pack.card().license.id, "MIT");
        assert_eq!(pack.card().family, kind.pack_family());
        let has_second = pack.part(Part::TextEncoder2).is_ok();
        assert_eq!(has_second, kind == DiffusionKind::Xl);
        assert_eq!(pack.parts().len(), if has_second { 5 } else { 4 });
        let unet = pack.part(Part::Unet).unwrap();
        let graph = folder.path().join("unet/model.onnx").metadata().unwrap().len();
        assert_eq!(unet.bytes(), graph + 4 * WEIGHTS as u64);
        assert_eq!(pack.bytes(), pack.parts().iter().map(|part| part.bytes()).sum::<u64>());
    }
}

#[test]
fn what_the_exporter_writes_is_taken() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/diffusion");
    let steer = |name: &str| Controlnet::open(&golden.join(name)).unwrap();
    for (name, kind, cross_attention_dim, controlnets) in [
        ("sd1", DiffusionKind::Sd1, 32, &["control"][..]),
        ("xl", DiffusionKind::Xl, 80, &["xl_control_a", "xl_control_b"]),
    ] {
        let pack = DiffusionPack::open(&golden.join(name)).unwrap();
        assert_eq!((pack.kind, pack.cross_attention_dim), (kind, cross_attention_dim), "{name}");
        assert!(pack.vae_moments && pack.residuals > 0, "{name}");
        for controlnet in controlnets {
            steer(controlnet).check_fits(&pack).unwrap();
        }
    }
    let xl = DiffusionPack::open(&golden.join("xl")).unwrap();
    assert_eq!(steer("control").check_fits(&xl).unwrap_err().kind(), ErrorKind::InvalidModel);
}

#[test]
fn what_a_graph_may_take_beside_is_told() {
    let folder = folder(sd1);
    let graph = unet(9, 768)
        .input("timestep_cond", FLOAT, "batch 256")
        .input("image_tokens", FLOAT, "batch tokens 768")
        .input("image_token_scale", FLOAT, "1");
    write_part(folder.path(), "unet", graph, unet_config(9, 768));
    let pack = DiffusionPack::open(folder.path()).unwrap();
    assert!(pack.is_inpainting() && pack.image_tokens);
    assert_eq!((pack.unet_channels, pack.guidance_dim), (9, Some(256)));
}

#[test]
fn a_store_takes_a_pack_whole_and_lists_everything_by_its_role() {
    let home = TempDir::new().unwrap();
    sd1(&home.path().join("packs/mine"));
    xl(&home.path().join("stable-diffusion-xl-base-1.0"));
    controlnet(&home.path().join("control_v11f1e_sd15_tile"));
    sd1(&home.path().join(".hidden"));
    let lora = [("lora_unet_x_attn2_to_k.lora_down.weight", &[4, 768][..])];
    safetensors(&home.path().join("loras/soft.safetensors"), &lora);
    safetensors(&home.path().join("word.safetensors"), &[("emb_params", &[2, 768])]);
    let store = Store::open(vec![home.path().into()], LicensePolicy::default()).without_embedded();
    assert!(store.problems().is_empty(), "{:?}", store.problems());
    assert!(store.models().is_empty());
    let mut names: Vec<_> = store.cards().map(|card| (card.role(), card.name.as_str())).collect();
    names.sort_unstable();
    let expected = [
        (Role::Diffusion, "mine"),
        (Role::Diffusion, "stable_diffusion_xl_1.0"),
        (Role::Controlnet, "controlnet_tile_sd15"),
        (Role::Lora, "soft"),
        (Role::TextualInversion, "word"),
    ];
    assert_eq!(names, expected);
    let row = |name: &str| store.listing().into_iter().find(|row| row.name == name).unwrap();
    let installed = row("stable_diffusion_xl_1.0");
    assert!(installed.is_default && installed.allowed);
    assert_eq!(
        installed.availability,
        Availability::Installed(home.path().join("stable-diffusion-xl-base-1.0"))
    );
    assert_eq!((row("soft").family, row("soft").allowed), (Family::Sd1Lora, false));
    assert_eq!(row("dreamshaper_8").availability, Availability::Missing);
    assert_eq!(store.textual_inversions().count(), 0, "its licence is unknown");
    let any = Store::open(vec![home.path().into()], LicensePolicy::Any);
    assert_eq!(any.textual_inversions().count(), 1);
}

#[test]
fn a_model_folder_may_be_a_pack_itself() {
    let folder = folder(sd1);
    assert_eq!(store(&folder).packs().len(), 1);
}

#[test]
fn packs_and_what_goes_with_them_are_chosen_by_name_path_or_rank() {
    let home = TempDir::new().unwrap();
    sd1(&home.path().join("stable-diffusion-v1-5"));
    sd2(&home.path().join("zebra"));
    controlnet(&home.path().join("steer.v2"));
    let models = models(store(&home), None);
    assert_eq!(models.diffusion(None).unwrap().name(), "stable_diffusion_1.5");
    assert_eq!(models.diffusion(Some("")).unwrap().name(), "stable_diffusion_1.5");
    for name in ["stable_diffusion_1.5", "Stable-Diffusion-v1-5"] {
        assert_eq!(models.diffusion(Some(name)).unwrap().kind, DiffusionKind::Sd1);
    }
    assert_eq!(models.diffusion(Some("zebra")).unwrap().kind, DiffusionKind::Sd2);
    let path = home.path().join("zebra");
    assert_eq!(models.diffusion(path.to_str()).unwrap().kind, DiffusionKind::Sd2);
    let error = models.controlnet(Some("steer.v2")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LicenseRefused, "{error}");
    let error = models.diffusion(Some("steer.v2")).unwrap_err();
    assert!(error.to_string().contains("has the role controlnet, and diffusion is needed"), "{error}");
    let error = models.lora(None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    assert!(error.to_string().contains("no LoRA is installed"), "{error}");
}

#[test]
fn without_a_pack_the_error_says_which_would_serve_and_how_to_export_one() {
    let store = Store::open(vec!["no/such/folder".into()], LicensePolicy::default());
    let error = store.diffusion(None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    let message = error.to_string();
    for part in [
        "no diffusion pack is installed",
        "no/such/folder",
        "stable_diffusion_1.5",
        "models/export/export.py",
        "facekit models add FOLDER",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("sdxl_turbo"), "{message}");
    let error = store.diffusion(Some(&"dreamshaper_8".into())).unwrap_err();
    assert!(error.to_string().contains("export.py CHECKPOINT dreamshaper-8"), "{error}");
}

#[test]
fn a_pack_that_could_not_be_opened_says_why_when_it_is_asked_for() {
    let home = TempDir::new().unwrap();
    sd1(&home.path().join("broken.v1"));
    fs::remove_file(home.path().join("broken.v1/unet/model.onnx_data")).unwrap();
    let store = store(&home);
    assert_eq!(store.problems().len(), 1);
    let error = store.diffusion(Some(&"broken.v1".into())).unwrap_err();
    assert!(error.to_string().contains("model.onnx_data"), "{error}");
}

#[test]
fn the_catalogue_answers_for_the_licence_then_the_folder() {
    let home = TempDir::new().unwrap();
    for (name, license) in [("sdxl-turbo", "MIT"), ("mine", "openrail++"), ("yours", "")] {
        xl(&home.path().join(name));
        tiny_pack::write_json(
            &home.path().join(name).join("facekit.json"),
            &match license {
                "" => json!({}),
                license => json!({"license": license}),
            },
        );
    }
    let store = store(&home);
    let refused = |name: &str| store.diffusion(Some(&name.into())).unwrap_err().kind();
    assert_eq!(refused("sdxl_turbo"), ErrorKind::LicenseRefused);
    assert_eq!(refused("yours"), ErrorKind::LicenseRefused);
    assert_eq!(store.diffusion(None).unwrap().name(), "mine");
}

#[test]
fn controlnets_must_fit_their_pack() {
    let home = TempDir::new().unwrap();
    let (one, two, steer) = (home.path().join("one"), home.path().join("xl"), home.path().join("steer"));
    sd1(&one);
    xl(&two);
    controlnet(&steer);
    let steering = Controlnet::open(&steer).unwrap();
    assert_eq!(
        (steering.kind, steering.cross_attention_dim, steering.residuals),
        (DiffusionKind::Sd1, 768, 2)
    );
    steering.check_fits(&DiffusionPack::open(&one).unwrap()).unwrap();
    let unfit = |pack: &Path, word: &str| {
        let error = steering.check_fits(&DiffusionPack::open(pack).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains("steer") && error.to_string().contains(word), "{error}");
    };
    unfit(&two, "choose a ControlNet for Stable Diffusion XL");
    let more = unet(4, 768).input("down_block_additional_residual_2", FLOAT, "batch 320 height width");
    write_part(&one, "unet", more, unet_config(4, 768));
    unfit(&one, "gives 2 residuals, and the UNet of one takes 3");
    let names = ["down_block_additional_residual_0", "down_block_additional_residual_1"];
    let none = names.iter().fold(unet(4, 768), |graph, name| graph.without(name));
    write_part(&one, "unet", none.without("mid_block_additional_residual"), unet_config(4, 768));
    unfit(&one, "takes no residuals");
}

#[test]
fn safetensors_are_told_apart_by_their_tensors() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.safetensors");
    for (tensors, family) in [
        (&[("lora_unet_a_attn2_to_k.lora_down.weight", &[4, 768][..])][..], Family::Sd1Lora),
        (&[("lora_unet_a_attn2_to_k.lora_down.weight", &[4, 1024])], Family::Sd2Lora),
        (
            &[("lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", &[4, 768])],
            Family::Sd1Lora,
        ),
        (
            &[("lora_te1_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", &[4, 768])],
            Family::SdxlLora,
        ),
        (&[("unet.down_blocks.0.attn2.to_k.lora_A.weight", &[4, 2048])], Family::SdxlLora),
        (&[("unet.down_blocks.0.attn2.processor.to_k_lora.down.weight", &[4, 768])], Family::Sd1Lora),
        (&[("text_encoder_2.layers.0.q_proj.lora_linear_layer.down.weight", &[4, 1280])], Family::SdxlLora),
        (&[("lora_unet_a_attn2_to_k.hada_w1_a", &[4, 768])], Family::Lora),
        (&[("lora_unet_a_attn2_to_k.lora_down.weight", &[4, 32])], Family::Lora),
        (&[("<cat-toy>", &[768])], Family::TextualInversion),
        (&[("emb_params", &[3, 768])], Family::TextualInversion),
        (&[("clip_g", &[3, 1280]), ("clip_l", &[3, 768])], Family::TextualInversion),
    ] {
        safetensors(&path, tensors);
        let file = TensorFile::open(&path).unwrap();
        assert_eq!((file.card().family, file.role()), (family, family.role()), "{tensors:?}");
    }
    let refused = |tensors: &[(&str, &[u64])], word: &str| {
        safetensors(&path, tensors);
        let error = TensorFile::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains(word), "{error}");
    };
    let whole = "model.diffusion_model.input_blocks.0.0.weight";
    refused(&[(whole, &[4]), ("first_stage_model.post_quant_conv.bias", &[4])], "models/export/export.py");
    refused(&[("a", &[4]), ("b", &[4])], "such as a, b");
    refused(&[("a", &[1, 2, 3])], "neither a LoRA nor a textual inversion");
    fs::write(&path, b"\x10\0\0\0\0\0\0\0{\"a\"").unwrap();
    assert!(TensorFile::open(&path).unwrap_err().to_string().contains("truncated"));
}

#[test]
fn a_lora_for_another_architecture_is_refused_by_name() {
    let home = TempDir::new().unwrap();
    sd1(&home.path().join("one"));
    let pack = DiffusionPack::open(&home.path().join("one")).unwrap();
    let path = home.path().join("soft.safetensors");
    let (to_k, to_q) = ("lora_unet_a_attn2_to_k.lora_down.weight", "lora_unet_a_attn2_to_q.lora_down.weight");
    for fitting in [&[(to_k, &[4, 768][..])], &[(to_k, &[4, 32][..])], &[(to_q, &[4, 320][..])]] {
        safetensors(&path, fitting);
        TensorFile::open(&path).unwrap().check_fits(&pack).unwrap();
    }
    safetensors(&path, &[(to_k, &[4, 2048])]);
    let error = TensorFile::open(&path).unwrap().check_fits(&pack).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    for word in
        ["soft", to_k, "Stable Diffusion XL", "one is Stable Diffusion 1.x", "for Stable Diffusion 1.x"]
    {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn the_parts_of_a_pack_take_turns_in_a_small_budget() {
    let folder = folder(sd1);
    let pack = DiffusionPack::open(folder.path()).unwrap();
    let largest = pack.parts().iter().map(|part| part.bytes()).max().unwrap();
    let name = pack.name().to_owned();
    let small = models(store(&folder), Some(largest));
    let pack = small.diffusion(Some(folder.path().to_str().unwrap())).unwrap();
    for part in [Part::TextEncoder, Part::VaeEncoder, Part::Unet, Part::VaeDecoder] {
        let model = small.load(pack.part(part).unwrap()).unwrap();
        assert_eq!(model.name(), name);
        let loaded = small.loaded();
        assert_eq!(loaded.len(), 1);
        assert_eq!((loaded[0].part, loaded[0].role), (Some(part), Role::Diffusion));
    }
    let large = models(store(&folder), None);
    let pack = large.diffusion(None).unwrap();
    let held: Vec<_> = pack.parts().iter().map(|part| large.load(part).unwrap()).collect();
    assert_eq!((held.len(), large.loaded().len()), (4, 4));
    assert!(Arc::ptr_eq(&held[0], &large.load(&pack.parts()[0]).unwrap()));

    let tight = models(store(&folder), Some(largest - 1));
    let error = tight.diffusion(None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    assert!(error.to_string().contains(&format!("{name} (")), "{error}");
    assert!(error.to_string().contains(&format!("takes {largest} bytes")), "{error}");
    assert!(tight.loaded().is_empty());
}

#[test]
fn a_change_of_weights_is_a_model_of_its_own() {
    let folder = folder(sd1);
    let models = models(store(&folder), None);
    let pack = models.diffusion(None).unwrap();
    let unet = pack.part(Part::Unet).unwrap();
    let ones = || {
        let mut weights = Weights::new();
        weights.insert("weight", ArrayD::ones(vec![WEIGHTS as usize]));
        Ok(weights)
    };
    let plain = models.load(unet).unwrap();
    let changed = models.load_with(unet, "soft × 0.5", ones).unwrap();
    assert!(!Arc::ptr_eq(&plain, &changed));
    let again = models.load_with(unet, "soft × 0.5", || panic!("it is in memory")).unwrap();
    assert!(Arc::ptr_eq(&again, &changed));
    assert!(!Arc::ptr_eq(&models.load_with(unet, "soft × 0.6", ones).unwrap(), &changed));
    let error = models
        .load_with(unet, "odd", || {
            let mut weights = Weights::new();
            weights.insert("no such weight", ArrayD::ones(vec![1]));
            Ok(weights)
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
}

#[test]
fn adding_copies_a_folder_whole_or_not_at_all() {
    let (home, source) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let pack = source.path().join("my.pack");
    sd1(&pack);
    fs::create_dir(pack.join(".git")).unwrap();
    fs::write(pack.join(".git/config"), "x").unwrap();
    fs::write(pack.join("LICENSE"), "MIT").unwrap();
    let mut store = store(&home);
    let card = store.add(&pack).unwrap();
    assert_eq!((card.name.as_str(), card.family), ("my.pack", Family::Sd1));
    let target = home.path().join("my.pack");
    assert_eq!(fs::read(target.join("LICENSE")).unwrap(), b"MIT");
    assert!(!target.join(".git").exists());
    DiffusionPack::open(&target).unwrap();
    assert_eq!(store.diffusion(None).unwrap().folder(), target);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing unfinished is left");
    assert_eq!(store.add(&pack).unwrap_err().kind(), ErrorKind::InvalidParameter);

    let broken = source.path().join("broken");
    sd1(&broken);
    fs::remove_file(broken.join("vae_decoder/model.onnx")).unwrap();
    assert_eq!(store.add(&broken).unwrap_err().kind(), ErrorKind::InvalidModel);
    assert_eq!(store.add(source.path()).unwrap_err().kind(), ErrorKind::InvalidParameter);
    assert_eq!(store.add(&source.path().join("none")).unwrap_err().kind(), ErrorKind::InvalidParameter);

    let steer = source.path().join("steer");
    controlnet(&steer);
    let card = store.add(&steer).unwrap();
    assert_eq!((card.role(), card.source), (Role::Controlnet, ModelSource::File(home.path().join("steer"))));
    let lora = source.path().join("soft.safetensors");
    safetensors(&lora, &[("lora_unet_a_attn2_to_k.lora_down.weight", &[4, 768])]);
    for _ in 0..2 {
        assert_eq!(store.add(&lora).unwrap().role(), Role::Lora);
    }
    assert_eq!(store.tensor_files().len(), 1);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 3);
}

/// A folder with a file that cannot be read is not half there.
#[cfg(unix)]
#[test]
fn what_cannot_be_copied_leaves_nothing() {
    let (home, source) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let pack = source.path().join("pack");
    sd1(&pack);
    std::os::unix::fs::symlink("nowhere", pack.join("README.md")).unwrap();
    assert_eq!(store(&home).add(&pack).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
