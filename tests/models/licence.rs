use facekit::ErrorKind;
use facekit::models::{License, LicensePolicy, LicenseTerms};

#[test]
fn spdx_tells_the_terms() {
    let terms = |id: &str| License::from_spdx(id).terms;
    for id in ["MIT", "MIT OR Apache-2.0", "Apache-2.0 AND BSD-3-Clause", "CC0-1.0", "GPL-3.0-only OR MIT"] {
        assert_eq!(terms(id), LicenseTerms::Permissive, "{id}");
    }
    for id in ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-3.0-only"] {
        assert_eq!(terms(id), LicenseTerms::Copyleft, "{id}");
    }
    for id in ["", "CC-BY-NC-4.0", "LicenseRef-mine", "MIT AND LicenseRef-mine", "free as in beer", "("] {
        assert_eq!(terms(id), LicenseTerms::Unknown, "{id}");
    }
}

#[test]
fn the_default_policy_runs_only_permissive_models() {
    let policy = LicensePolicy::default();
    policy.check("a", &License::from_spdx("MIT")).unwrap();
    let refused = [
        (License::from_spdx("AGPL-3.0-only"), "copyleft"),
        (License::stated("LicenseRef-S-Lab-1.0", false), "does not permit commercial use"),
        (License::unknown(), "not known"),
    ];
    for (license, reason) in refused {
        let error = policy.check("some_model", &license).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LicenseRefused);
        let message = error.to_string();
        for part in ["some_model", license.id.as_str(), reason, "allow `some_model`"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn a_model_is_allowed_by_its_name_or_its_licence() {
    let license = License::stated("LicenseRef-S-Lab-1.0", false);
    let allow = |name: &str| LicensePolicy::Allow(vec![name.into()]);
    assert!(allow("codeformer").allows("codeformer", &license));
    assert!(allow("CodeFormer").allows("codeformer", &license));
    assert!(allow("LicenseRef-S-Lab-1.0").allows("codeformer", &license));
    assert!(!allow("inswapper_128").allows("codeformer", &license));
    assert!(allow("codeformer").allows("another", &License::from_spdx("MIT")));
    assert!(LicensePolicy::Any.allows("codeformer", &license));
}

#[test]
fn open_rail_licences_run_and_are_told_apart() {
    for id in ["creativeml-openrail-m", "CreativeML-OpenRAIL-M", "openrail++", "LicenseRef-OpenRAIL"] {
        let license = License::from_spdx(id);
        if id == "CreativeML-OpenRAIL-M" {
            assert_eq!(license.id, "LicenseRef-CreativeML-OpenRAIL-M");
        }
        assert_eq!(license.terms, LicenseTerms::Restricted, "{id}");
        assert!(LicensePolicy::default().allows("sd", &license), "{id}");
        assert_eq!(License::stated(&license.id, true), license);
        assert_eq!(License::stated(&license.id, false).terms, LicenseTerms::Noncommercial);
    }
    assert_eq!(License::from_spdx("openrail-and-more").terms, LicenseTerms::Unknown);
}
