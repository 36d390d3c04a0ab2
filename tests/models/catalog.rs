use std::collections::HashSet;

use facekit::models::{Catalog, Family, License, LicensePolicy, LicenseTerms, ModelFile, Role};

use crate::real_models;

const TEMPLATES: [&str; 7] = [
    "arcface_112_v1",
    "arcface_112_v2",
    "arcface_128",
    "dfl_whole_face",
    "ffhq_512",
    "mtcnn_512",
    "styleganex_384",
];

#[test]
fn every_entry_is_complete() {
    for entry in Catalog::get().entries() {
        let name = &entry.name;
        assert_eq!(entry.role, entry.family.role(), "{name}");
        let ending = match entry.role {
            Role::Diffusion | Role::Controlnet => "",
            Role::Lora => ".safetensors",
            _ => ".onnx",
        };
        assert!(!entry.files.is_empty() && entry.files.iter().all(|file| file.ends_with(ending)), "{name}");
        assert!(!entry.project.is_empty() && entry.obtain.ends_with('.'), "{name}");
        assert!(entry.embedded || entry.url.starts_with("https://"), "{name}");
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c)),
            "{name}"
        );
        if let Some(digest) = &entry.sha256 {
            assert!(entry.bytes.is_some(), "{name}");
            assert_eq!(digest.len(), 64, "{name}");
            assert!(digest.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)), "{name}");
        }
        if let Some(template) = &entry.contract.template {
            assert!(TEMPLATES.contains(&template.as_str()), "{name}");
        }
        assert_eq!(entry.contract.mean.is_some(), entry.contract.std.is_some(), "{name}");
        assert!(entry.contract.std.is_none_or(|std| std.iter().all(|std| *std > 0.0)), "{name}");
        assert!(entry.how_to_get().contains(name.as_str()));
    }
}

#[test]
fn names_files_digests_and_ranks_are_unique() {
    let mut names = HashSet::new();
    let mut digests = HashSet::new();
    let mut ranks = HashSet::new();
    for entry in Catalog::get().entries() {
        let mut own: HashSet<String> = entry.files.iter().map(|file| file.to_lowercase()).collect();
        own.insert(format!("{}.onnx", entry.name));
        for name in own {
            assert!(names.insert(name.clone()), "{name} names two models");
        }
        if let Some(digest) = &entry.sha256 {
            assert!(digests.insert(digest), "{}", entry.name);
        }
        assert!(ranks.insert((entry.role, entry.rank)), "{} shares its rank", entry.name);
    }
}

#[test]
fn licences_say_what_spdx_says() {
    for entry in Catalog::get().entries() {
        let terms = License::from_spdx(&entry.license_id).terms;
        if terms == LicenseTerms::Restricted {
            assert!(entry.commercial, "{}", entry.name);
            assert_eq!(entry.license().terms, terms, "{}", entry.name);
        } else if entry.license_id.starts_with("LicenseRef-") {
            assert!(!entry.commercial, "{}: a licence of its own needs a look", entry.name);
        } else if entry.license_id.contains("-NC") {
            assert!(!entry.commercial, "{}", entry.name);
        } else {
            assert!(entry.commercial, "{}", entry.name);
            assert_ne!(terms, LicenseTerms::Unknown, "{}: {} is not SPDX", entry.name, entry.license_id);
            assert_eq!(entry.license().terms, terms, "{}", entry.name);
        }
    }
}

#[test]
fn the_default_policy_leaves_out_what_is_not_free_to_use() {
    let allows = |name: &str| {
        let entry = Catalog::get().find(name).unwrap();
        LicensePolicy::Commercial.allows(name, &entry.license())
    };
    let allowed = [
        "yunet_n",
        "sface",
        "gfpgan_1.4",
        "restoreformer_plus_plus",
        "real_esrgan_x4",
        "ghost_1_256",
        "stable_diffusion_1.5",
        "stable_diffusion_xl_1.0",
        "ssd_1b",
        "controlnet_tile_sd15",
        "lcm_lora_sd15",
    ];
    for name in allowed {
        assert!(allows(name), "{name}");
    }
    let refused = [
        "scrfd_10g",
        "scrfd_2.5g",
        "scrfd_500m",
        "retinaface_10g",
        "yoloface_8n",
        "arcface_w600k_r50",
        "antelopev2_glintr100",
        "codeformer",
        "gpen_bfr_256",
        "gpen_bfr_2048",
        "inswapper_128",
        "hyperswap_1a_256",
        "simswap_256",
        "blendswap_256",
        "hififace_256",
        "uniface_256",
        "crossface_ghost",
        "xseg_1",
        "white_box",
        "fns8_candy",
        "sdxl_turbo",
        "juggernaut_xl_9",
        "commoncanvas_xl_c",
        "hyper_sdxl_8step",
    ];
    for name in refused {
        assert!(!allows(name), "{name}");
    }
}

#[test]
fn the_embedded_pack_ranks_last_and_serves_its_roles() {
    for (name, role) in [
        ("facekit-lite-detect", Role::Detector),
        ("facekit-lite-landmark", Role::Landmarker),
        ("facekit-lite-embed", Role::Recognizer),
        ("facekit-lite-swap", Role::Swapper),
        ("facekit-lite-restore", Role::Restorer),
        ("facekit-lite-upscale-x2", Role::Upscaler),
        ("facekit-lite-upscale-x4", Role::Upscaler),
        ("facekit-lite-segment", Role::Segmenter),
        ("facekit-lite-stylize", Role::Stylizer),
    ] {
        let entry = Catalog::get().find(name).unwrap();
        assert!(entry.embedded && entry.role == role);
        let mut others =
            Catalog::get().entries().iter().filter(|other| other.role == role && !other.embedded);
        assert!(others.all(|other| other.rank < entry.rank));
    }
}

#[test]
fn roles_and_families_are_read_by_their_names() {
    for role in Role::ALL {
        assert_eq!(role.name().parse::<Role>().unwrap(), role);
        assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        assert!(!role.noun().is_empty());
    }
    let mut names = HashSet::new();
    for &family in Family::ALL {
        assert!(names.insert(family.name()));
        assert_eq!(family.name().parse::<Family>().unwrap(), family);
        assert_eq!(serde_json::to_value(family).unwrap(), family.name());
        assert!(!family.contract().is_empty());
    }
    assert!("oracle".parse::<Role>().unwrap_err().to_string().contains("restorer"));
}

#[test]
fn digests_are_those_of_the_real_files() {
    let Some(folder) = real_models() else { return };
    let files: Vec<_> = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok).collect();
    let mut checked = 0;
    for file in
        files.iter().filter(|file| file.path().extension().is_some_and(|extension| extension == "onnx"))
    {
        let Ok(model) = ModelFile::open(file.path(), None) else {
            continue;
        };
        let Some(entry) = model.entry() else { continue };
        assert_eq!(entry.sha256.as_deref(), Some(model.digest().unwrap()), "{}", entry.name);
        assert_eq!(entry.bytes, Some(model.bytes()), "{}", entry.name);
        checked += 1;
    }
    let known =
        Catalog::get().entries().iter().filter(|entry| entry.sha256.is_some() && !entry.embedded).count();
    assert_eq!(checked, known);
}
