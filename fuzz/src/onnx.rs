//! ONNX files: what a graph takes and gives, which family it is of, and its weights.

use facekit::models::{Initializer, Initializers, ModelFile, Role, Signature, recognize};

use super::with_file;

pub fn run(data: &[u8]) {
    let signature = Signature::of_bytes("a graph", data);
    if let Ok(signature) = &signature {
        assert!(signature.to_string().starts_with("takes "));
        for role in [None, Some(Role::Detector), Some(Role::Swapper)] {
            if let Ok(found) = recognize(signature, "case.onnx", None, role) {
                assert!(role.is_none_or(|role| found.family.role() == role));
            }
        }
    }
    if let Ok(weight) = Initializer::last_of_bytes("a graph", data) {
        assert_eq!(weight.dims.iter().product::<u64>(), weight.values.len() as u64);
    }
    with_file("case.onnx", data, |path| {
        assert_eq!(Signature::of_file(path).ok(), signature.ok());
        if let Ok(weights) = Initializers::of_file(path) {
            for (name, _) in weights.iter().take(64) {
                _ = weights.read(name);
            }
        }
        if let Ok(model) = ModelFile::open(path, None) {
            model.verify().expect("the catalogue knows no digest of it");
        }
    });
}
