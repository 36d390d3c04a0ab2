//! What is known of models: catalogues, licences, and the names of files.

use facekit::models::{Catalog, License, LicensePolicy};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let license = License::from_spdx(text);
    let policy = LicensePolicy::Allow(vec![text.to_owned()]);
    assert!(policy.check("a model", &license).is_ok(), "a licence that is named is allowed");
    assert_eq!(
        LicensePolicy::Commercial.check("a model", &license).is_ok(),
        LicensePolicy::Commercial.allows("a model", &license)
    );

    let known = Catalog::get();
    known.hint(text, |_| true);
    if let Some(entry) = known.find_file(text) {
        assert_eq!(known.find(&entry.name), Some(entry));
    }

    let Ok(catalog) = toml::from_str::<Catalog>(text) else { return };
    for entry in catalog.entries() {
        assert!(entry.how_to_get().contains(&entry.name));
        assert!(LicensePolicy::Any.allows(&entry.name, &entry.license()));
        assert!(catalog.find(&entry.name).is_some());
        for file in &entry.files {
            assert!(catalog.find_file(file).is_some());
            catalog.hint(file, |family| family == entry.family);
        }
    }
}
